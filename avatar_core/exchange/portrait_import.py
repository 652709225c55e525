"""A portrait model from the released weights of EMOPortraits, which the user has fetched."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from avatar_core.emoportraits import official
from avatar_core.emoportraits.model import model_arrays, model_config
from avatar_core.emoportraits.official_state import few
from avatar_core.errors import WeightsError
from avatar_core.exchange.portrait_folder import PortraitFiles, find_portrait_files
from avatar_core.io.portrait_model_file import PortraitModelFile, PortraitModelInfo
from avatar_core.mega.checkpoint import load_weights_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LICENCE = (
    "The statements of the authors differ: the README of github.com/neeek2303/EMOPortraits says"
    " CC BY-NC-SA 4.0, and on 8 April 2025 they wrote that they had changed it to Apache 2.0"
    " (issue 24). Until that is settled, treat these weights as non-commercial, and name their"
    " authors: Drobyshev et al., EMOPortraits, CVPR 2024. They stay on this machine; the studio"
    " does not pass them on."
)
"""What is known of the licence of every file of the release."""

_DESCRIPTION = (
    "Imported from the released weights of EMOPortraits. Trained on photographs of heads that look"
    " nearly into the camera: large turns are weak, and shoulders are not drawn."
)
_HINT = "Fetch the file again from where its authors publish it; nothing in it was executed."
_NO_ARGUMENTS = (
    "args.txt is not beside the checkpoint: the sizes were read off the weights, and what those do"
    " not tell was taken from the published configuration."
)
_NO_ENHANCER = (
    "logs_s2 is not in the folder: the model has no second stage and draws pictures of {size}"
    " pixels."
)
_MASKS = (
    "Heads are cut out with the studio's own matte; the parsing and matting networks in repos are"
    " not needed and not used."
)


@dataclass(frozen=True, slots=True, eq=False)
class PortraitImport:
    """An imported model and what is to be said about it.

    Args:
        model: ready to be saved.
        notes: sentences; what was missed, assumed or left out.
        used_files: everything that was read.
    """

    model: PortraitModelFile
    notes: tuple[str, ...]
    used_files: tuple[Path, ...]


def import_portrait_model(
    folder: Path,
    checkpoint: Path | None = None,
    head_pose: Path | None = None,
    name: str = "",
    half: bool = False,
    step: Callable[[float, str], None] = lambda _fraction, _text: None,
) -> PortraitImport:
    """Read a release, fold its weights and describe it.

    Args:
        folder: see `find_portrait_files`.
        checkpoint: which one; None for the longest trained.
        head_pose: where the head-pose network lies; None to look for it.
        name: what the library calls the model; empty for the experiment's name.
        half: weights in float16, half the file.
        step: told how far it is, 0..1, and what is being done; may raise to stop it.

    Raises:
        WeightsError: a file is missing, damaged, of another kind or holds anything but finite
            weights; what is wrong is named.
    """
    files = find_portrait_files(folder, checkpoint, head_pose)
    arguments = official.read_arguments(files.arguments) if files.arguments else None
    step(0.05, "Reading the generator")
    generator = official.load_generator(_weights(files.checkpoint), arguments)
    step(0.4, "Reading the head-pose network")
    pose = official.load_head_pose(_weights(files.head_pose))
    enhancer = None
    if files.enhancer is not None:
        step(0.45, "Reading the second stage")
        enhancer = official.load_enhancer(_weights(files.enhancer))
    step(0.6, "Folding the weights")
    config = dataclasses.replace(
        generator.config, head_pose_backbone=pose.backbone, head_pose_width=pose.width
    )
    info = PortraitModelInfo(
        name or files.experiment,
        _DESCRIPTION,
        model_config(config, enhancer.config if enhancer else None),
        {path.name: LICENCE for path in _used(files)},
        {"imported_from": [path.name for path in _used(files)], "experiment": files.experiment},
    )
    arrays = model_arrays(generator, pose, enhancer, half=half)
    step(1.0, "Done")
    return PortraitImport(
        PortraitModelFile(info, arrays), _notes(files, config.image_size), _used(files)
    )


def _weights(path: Path) -> Mapping[str, Tensor]:
    """The state dict in a file; entries of other kinds are an error, as are numbers beyond all.

    Raises:
        WeightsError: see `import_portrait_model`.
    """
    content: Any = load_weights_only(path, _HINT)
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise WeightsError(f"'{path.name}' holds no weights by name.", _HINT)
    strange = [key for key, value in content.items() if not isinstance(value, Tensor)]
    if strange:
        raise WeightsError(f"'{path.name}' holds more than weights: {few(strange)}.", _HINT)
    endless = [key for key, value in content.items() if not bool(value.isfinite().all())]
    if endless:
        raise WeightsError(
            f"'{path.name}' holds numbers that are not finite: {few(endless)}.", _HINT
        )
    return content


def _used(files: PortraitFiles) -> tuple[Path, ...]:
    every = (files.checkpoint, files.head_pose, files.arguments, files.enhancer)
    return tuple(path for path in every if path is not None)


def _notes(files: PortraitFiles, size: int) -> tuple[str, ...]:
    notes = []
    if files.others:
        others = few("/".join(path.parts[-3:]) for path in files.others)
        notes.append(f"{files.checkpoint.name} was taken; there are also {others}.")
    if files.arguments is None:
        notes.append(_NO_ARGUMENTS)
    if files.enhancer is None:
        notes.append(_NO_ENHANCER.format(size=size))
    return (*notes, _MASKS, LICENCE)
