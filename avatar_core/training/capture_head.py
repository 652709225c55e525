"""The head of a captured person: the capture's own, or the user's FLAME in their identity."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.heads import BlendshapeHead
from avatar_core.io.flame_files import FlameLayout, read_flame_head
from avatar_core.io.flame_sources import find_flame_sources, flame_folder
from avatar_core.io.flame_units import with_units
from avatar_core.training.npz import read_npz

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.heads import ParametricHead
    from avatar_core.heads.flame import FlameHead
    from avatar_core.training.captures import Capture

_log = logging.getLogger(__name__)


def read_capture_head(capture: Capture, flame: Path | None = None) -> ParametricHead:
    """The head of the captured person: the capture's own, or the user's FLAME in that identity.

    Args:
        capture: from `open_capture`.
        flame: the user's FLAME files, a folder or the model in one; their usual folder when None.

    Raises:
        AssetError: it is missing or damaged, or FLAME was given where it has no use.
    """
    if capture.flame_identity is not None:
        return _flame_head(capture, capture.flame_identity, flame)
    if flame is not None:
        raise AssetError(
            f"The capture '{capture.folder}' brings its own head and cannot use FLAME.",
            "Leave out --flame.",
        )
    path = capture.folder / "head_model.npz"
    try:
        return BlendshapeHead.from_arrays(read_npz(path))
    except (OSError, ValueError, KeyError) as error:
        raise AssetError(
            f"The capture '{capture.folder}' has no readable head model.",
            "It needs a head_model.npz beside its transforms_<series>.json.",
        ) from error


def expect_poses(capture: Capture, head: ParametricHead) -> None:
    """Refuse a capture whose tracked poses a head cannot take.

    Raises:
        AssetError: a frame has another number of expressions or joints, or values that are not
            finite.
    """
    wanted = (len(head.expression_names), len(head.joint_names), 3)
    for frame in capture.frames(*capture.series):
        pose = frame.parameters
        found = (len(pose.expression), len(pose.joints), len(pose.translation))
        if found != wanted:
            raise AssetError(
                f"The poses of '{frame.name}' in '{capture.folder}' are not those of this head: "
                f"they have {found[0]} expressions and {found[1]} joints, the head "
                f"{wanted[0]} and {wanted[1]}.",
                "Take a capture that was tracked with the same kind of head.",
            )
        values = (pose.expression, pose.joints, pose.translation, pose.shape)
        if not all(part is None or np.isfinite(part).all() for part in values):
            raise AssetError(
                f"The pose of '{frame.name}' in '{capture.folder}' is not finite.",
                "Track that frame again, or leave it out of the capture.",
            )


def _flame_head(capture: Capture, identity: Float32, flame: Path | None) -> FlameHead:
    try:
        if flame is not None and flame.is_file():
            sources = find_flame_sources(flame)
        else:
            sources = find_flame_sources(folders=() if flame is None else (flame,))
    except AssetError as error:
        if flame is not None:
            raise
        raise AssetError(
            f"The capture '{capture.folder}' was tracked with FLAME, which is yours to bring.",
            f"Name the folder of your FLAME files with --flame, or put them into {flame_folder()}.",
        ) from error
    expressions = len(next(f for f in capture.frames(*capture.series)).parameters.expression)
    reading = read_flame_head(sources, FlameLayout(len(identity), expressions))
    for warning in reading.warnings:
        _log.warning("%s", warning)
    return with_units(replace(reading.head, shape=identity))
