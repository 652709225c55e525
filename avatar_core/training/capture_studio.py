"""Captures laid out by the studio's own generator: an index names every file of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.heads import HeadParameters
from avatar_core.training.capture_frames import CaptureFrame
from avatar_core.training.capture_index import camera_of, existing, if_there, place_of
from avatar_core.training.npz import read_npz

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = "head_param_path"
"""The entry by which this layout is recognised."""

_JOINTS = ("rotation", "neck_pose", "jaw_pose", "eyes_pose")


def studio_series(
    folder: Path, indices: dict[str, dict[str, Any]]
) -> dict[str, tuple[CaptureFrame, ...]]:
    """Frames by series.

    Args:
        folder: of the capture.
        indices: from `read_index`, by series.

    Raises:
        AssetError: a frame is incomplete, or a file that it needs is missing or damaged.
    """
    poses: dict[Path, HeadParameters] = {}
    return {
        name: tuple(_frame(folder, name, entry, poses) for entry in index["frames"])
        for name, index in indices.items()
    }


def _frame(
    folder: Path, series: str, entry: dict[str, Any], poses: dict[Path, HeadParameters]
) -> CaptureFrame:
    try:
        path = place_of(folder, entry[PARAMETERS])
        if path not in poses:
            poses[path] = _read_parameters(path)
        return CaptureFrame(
            series=series,
            timestep=int(entry["timestep_index"]),
            expression_name=str(entry.get("timestep_id", entry["timestep_index"])),
            camera_index=int(entry["camera_index"]),
            camera=camera_of(entry),
            image_path=existing(place_of(folder, entry["file_path"])),
            mask_path=_optional(folder, entry, "fg_mask_path"),
            parsing_path=_optional(folder, entry, "parsing_path"),
            depth_path=_optional(folder, entry, "depth_path"),
            parameters=poses[path],
            has_hair=bool(entry.get("hair", True)),
        )
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise AssetError(f"A frame of series '{series}' in '{folder}' is incomplete.") from error


def _read_parameters(path: Path) -> HeadParameters:
    try:
        arrays = read_npz(path)
        values = {key: np.asarray(array, np.float32).ravel() for key, array in arrays.items()}
    except (OSError, ValueError) as error:
        raise AssetError(f"The head parameters '{path}' cannot be read.") from error
    joints = np.concatenate([values[key] for key in _JOINTS]).reshape(5, 3)
    return HeadParameters(values["expression"], joints, values["translation"])


def _optional(folder: Path, entry: dict[str, Any], key: str) -> Path | None:
    return if_there(place_of(folder, entry[key])) if entry.get(key) else None
