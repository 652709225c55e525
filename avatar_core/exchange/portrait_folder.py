"""Folders of the released EMOPortraits: which of their files is which.

Unpacked, `logs.zip`, `logs_s2.zip` and `repos.zip` lie side by side:
`logs/<experiment>/checkpoints/NNN_model.pth` with `args.txt` beside the folder, the same for the
second stage in `logs_s2`, and `repos/head_pose_regressor.pth`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

HEAD_POSE = "head_pose_regressor.pth"
_ARGUMENTS = "args.txt"
_STAGE_2 = "logs_s2"
_CHECKPOINT = re.compile(r"(\d+)_model\.pth")
_HINT = (
    "Unpack logs.zip and repos.zip of the release side by side and choose the folder around them."
)
_PARENTS = 3


@dataclass(frozen=True, slots=True)
class PortraitFiles:
    """What was found.

    Args:
        checkpoint: the generator, with all that trained beside it.
        head_pose: the head-pose network.
        arguments: how the generator was trained, where it is said.
        enhancer: the second stage, where there is one.
        experiment: the run's name.
        others: further checkpoints that were not chosen.
    """

    checkpoint: Path
    head_pose: Path
    arguments: Path | None
    enhancer: Path | None
    experiment: str
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class PortraitPieces:
    """What there is in a folder, whole release or not; see `PortraitFiles`."""

    checkpoint: Path | None
    head_pose: Path | None
    arguments: Path | None
    enhancer: Path | None
    others: tuple[Path, ...] = ()


def find_portrait_pieces(
    folder: Path, checkpoint: Path | None = None, head_pose: Path | None = None
) -> PortraitPieces:
    """Look for the files of a release, see `find_portrait_files`; what is missing is None.

    Raises:
        WeightsError: no folder.
    """
    if not folder.is_dir():
        raise WeightsError(f"'{folder}' is no folder.", _HINT)
    found = _checkpoints(folder)
    first = [path for path in found if _STAGE_2 not in path.parts]
    second = [path for path in found if _STAGE_2 in path.parts]
    chosen = checkpoint or (first[0] if first else None)
    arguments = None if chosen is None else _run(chosen) / _ARGUMENTS
    return PortraitPieces(
        chosen,
        head_pose or _head_pose(folder),
        arguments if arguments is not None and arguments.is_file() else None,
        second[0] if second else None,
        tuple(path for path in first if path != chosen),
    )


def find_portrait_files(
    folder: Path, checkpoint: Path | None = None, head_pose: Path | None = None
) -> PortraitFiles:
    """Files of a release, by their names.

    Args:
        folder: the unpacked release, one of its experiments, or a folder with both files in it.
        checkpoint: which one; None for the longest trained.
        head_pose: None to look for it in the folder and in those around it.

    Raises:
        WeightsError: no folder, or a file that nothing works without is missing; all are named.
    """
    found = find_portrait_pieces(folder, checkpoint, head_pose)
    missing = [
        text
        for path, text in (
            (found.checkpoint, "NNN_model.pth (the generator, in logs/<experiment>/checkpoints)"),
            (found.head_pose, f"{HEAD_POSE} (the head-pose network, in repos)"),
        )
        if path is None
    ]
    if missing:
        raise WeightsError(f"'{folder.name}' lacks {' and '.join(missing)}.", _HINT)
    assert found.checkpoint is not None
    assert found.head_pose is not None
    return PortraitFiles(
        found.checkpoint,
        found.head_pose,
        found.arguments,
        found.enhancer,
        _run(found.checkpoint).name,
        found.others,
    )


def _run(checkpoint: Path) -> Path:
    """The folder of an experiment."""
    parent = checkpoint.parent
    return parent.parent if parent.name == "checkpoints" else parent


def _checkpoints(folder: Path) -> list[Path]:
    """Model files anywhere in a folder, the longest trained first."""
    paths = [path for path in folder.rglob("*_model.pth") if path.is_file()]
    return sorted(paths, key=lambda path: (-_number(path), path))


def _number(path: Path) -> int:
    found = _CHECKPOINT.fullmatch(path.name)
    return int(found[1]) if found else -1


def _head_pose(folder: Path) -> Path | None:
    for path in sorted(folder.rglob(HEAD_POSE)):
        return path
    around = [folder, *folder.absolute().parents][: _PARENTS + 1]
    for parent in around:
        path = parent / "repos" / HEAD_POSE
        if path.is_file():
            return path
    return None
