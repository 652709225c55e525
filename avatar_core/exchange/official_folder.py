"""The files of an official MeGA folder: which one to read, what it holds, what to beware of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, WeightsError
from avatar_core.exchange.tracked import frame_count, pose_at, read_tracked
from avatar_core.io import limits
from avatar_core.io.official_run import CONFIG_FILE, TRACKED_FILE
from avatar_core.mega.checkpoint import Checkpoint, read_checkpoint
from avatar_core.mega.official_config import OfficialConfig

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import HeadParameters

LATEST = "checkpoint_latest.pth"
BEFORE_RESET = "checkpoint_reset.pth"
CANONICAL_FILE = "canonical_flame.npz"
"""Our exports put the hair's pose beside the checkpoint; the original keeps it in the data set."""

_NUMBERED = re.compile(r"checkpoint_(\d+)\.pth")
_RESET_OPACITY = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class OfficialFolder:
    """What was read.

    Args:
        checkpoint: the weights, BGR.
        config: the configuration.
        tracked: the arrays of `flame_params.npz`.
        canonical: the pose of the head that the hair lives on.
        checkpoint_path: which checkpoint it was.
        warnings: sentences on what to beware of.
        used_files: everything that was read.
    """

    checkpoint: Checkpoint
    config: OfficialConfig
    tracked: dict[str, AnyArray]
    canonical: HeadParameters
    checkpoint_path: Path
    warnings: tuple[str, ...]
    used_files: tuple[Path, ...]


def read_official_folder(
    folder: Path, checkpoint: Path | None = None, canonical: Path | None = None
) -> OfficialFolder:
    """Read a folder that training with the published code has written.

    Args:
        folder: with checkpoints, `params.yaml` and `flame_params.npz`.
        checkpoint: which one; chosen when None: the latest, of a hair run the one before the last
            reset of the opacities.
        canonical: the `.npz` of the frame that the hair was fitted on; looked for when None.

    Raises:
        AssetError, WeightsError: a file is missing, damaged, hostile, or does not fit.
    """
    if not folder.is_dir():
        raise AssetError(f"'{folder}' is no folder.", "Choose the folder of an official run.")
    config = _config(folder / CONFIG_FILE)
    path = checkpoint or _chosen(folder, config)
    weights = read_checkpoint(path)
    tracked_path = folder / TRACKED_FILE
    if not tracked_path.is_file():
        raise AssetError(
            f"{TRACKED_FILE} is missing in '{folder}'; it holds the person's face shape.",
            "Training writes it beside every checkpoint.",
        )
    tracked = read_tracked(tracked_path, config.n_shape, config.n_expr)
    canonical_path = canonical or _canonical_path(folder, config)
    if canonical_path is None:
        pose = pose_at(tracked, 0)
    else:
        pose = pose_at(read_tracked(canonical_path, config.n_shape, config.n_expr), 0)
    warnings = [
        *_warnings_of_config(config),
        *_warnings_of_weights(weights, config, path),
        *_warnings_of_pose(canonical_path, tracked, config),
    ]
    used = [path, folder / CONFIG_FILE, tracked_path]
    used += [] if canonical_path is None else [canonical_path]
    return OfficialFolder(weights, config, tracked, pose, path, tuple(warnings), tuple(used))


def _config(path: Path) -> OfficialConfig:
    if not path.is_file():
        raise AssetError(
            f"{CONFIG_FILE} is missing in '{path.parent}'; it holds the sizes of the networks.",
            "Training writes it beside the checkpoints.",
        )
    try:
        if path.stat().st_size > limits.OFFICIAL_CONFIG_BYTES:
            raise WeightsError(f"{CONFIG_FILE} is too long for a configuration.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssetError(f"'{path}' cannot be read.", "Check the file.") from error
    return OfficialConfig.from_yaml(text, CONFIG_FILE)


def _chosen(folder: Path, config: OfficialConfig) -> Path:
    preferred = (BEFORE_RESET, LATEST) if config.is_hair_run else (LATEST,)
    for name in preferred:
        if (folder / name).is_file():
            return folder / name
    numbered = [(int(m[1]), path) for path in folder.iterdir()
                if (m := _NUMBERED.fullmatch(path.name))]  # fmt: skip
    if numbered:
        return max(numbered)[1]
    others = sorted(path for path in folder.glob("checkpoint_*.pth") if path.is_file())
    if not others:
        raise AssetError(
            f"There is no checkpoint_*.pth in '{folder}'.", "Choose the folder of an official run."
        )
    return others[-1]


def _canonical_path(folder: Path, config: OfficialConfig) -> Path | None:
    """By name in this folder only: paths in a file from elsewhere are not followed."""
    for name in (config.canonical_file, CANONICAL_FILE):
        if name not in ("", ".", "..") and (folder / name).is_file():
            return folder / name
    return None


def _warnings_of_config(config: OfficialConfig) -> list[str]:
    warnings = [f"{CONFIG_FILE} does not say {entry.split(' = ')[0]}; {entry} was assumed."
                for entry in config.assumed]  # fmt: skip
    if config.is_hair_run:
        warnings.append(
            "This is a hair run, fitted to a single frame: its face does not know other"
            " expressions. Import the full run that was started from it for an avatar that"
            " performs."
        )
    if config.pretrained_hair and not config.is_bald:
        warnings.append(
            f"When the original program loads this run it replaces the hair by that of"
            f" '{config.pretrained_hair}' (gs.pretrain). This import keeps the checkpoint's own"
            " hair, with which its deformation was trained; name the other file with --hair-from"
            " to take that."
        )
    if config.is_bald:
        warnings.append(
            "The subject is bald by its configuration: the avatar has no hair layer, and"
            " canonical_gs and deform_mlp of the checkpoint are left out."
        )
    if config.is_blur_older:
        warnings.append(
            "The checkpoint is older than April 2025 (the public model of subject 306 is from"
            " August 2024): the edge between hair and face was not blurred then, and is not here."
            " Compare with --mask-blur."
        )
    if config.switched_off:
        warnings.append(
            f"The run was trained without some parts ({', '.join(config.switched_off)}); here they"
            " are on, as the original program has them unless told otherwise."
        )
    return warnings


def _warnings_of_weights(checkpoint: Checkpoint, config: OfficialConfig, path: Path) -> list[str]:
    warnings = []
    if config.is_hair_run and path.name != BEFORE_RESET:
        warnings.append(
            f"{path.name} of a hair run is usually written two steps after all opacities were"
            f" reset; use {BEFORE_RESET}, which is written just before."
        )
    elif not config.is_bald and _was_just_reset(checkpoint):
        warnings.append(
            "All hair is nearly transparent, as right after a reset of the opacities; use"
            f" {BEFORE_RESET} if there is one."
        )
    if not config.is_bald and checkpoint.gaussian_count == 0:
        warnings.append("The checkpoint holds no hair; the avatar is bald.")
    if checkpoint.narrowed:
        warnings.append(
            f"Weights of another precision were turned into single: {_few(checkpoint.narrowed)}."
        )
    strange = [name for name in checkpoint.left_out if name != "optimizer"]
    if strange:
        warnings.append(f"Entries that mean nothing here were left out: {_few(strange)}.")
    return warnings


def _warnings_of_pose(
    path: Path | None, tracked: dict[str, AnyArray], config: OfficialConfig
) -> list[str]:
    if path is not None or config.is_bald:
        return []
    wanted = config.canonical_file or "the .npz of the frame the hair was fitted on"
    frames = frame_count(tracked)
    return [
        f"{wanted} (data.canonical_flame_path, a file of the data set) is not beside the"
        f" checkpoint: the hair is placed by {'the' if frames == 1 else 'the first'} frame of"
        f" {TRACKED_FILE} instead, and may sit a little off. Name it with --canonical."
    ]


def _was_just_reset(checkpoint: Checkpoint) -> bool:
    logits = checkpoint.states.get("canonical_gs", {}).get("_opacity")
    if logits is None or logits.numel() == 0:
        return False
    return bool(logits.max() < np.log(_RESET_OPACITY / (1 - _RESET_OPACITY)))


def _few(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(f"{name:.60}" for name in names[:5]) + more
