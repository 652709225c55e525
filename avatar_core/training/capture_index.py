"""The index files of captures: entries, cameras, and the files that they may name."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import Camera
from avatar_core.geometry.camera import view_from_opengl_pose
from avatar_core.io import limits
from avatar_core.io.images import MOST_PIXELS

_NAME_BYTES = 250
"""No file system has longer names, and captures name files a few folders deep."""


def is_capture_folder(folder: Path) -> bool:
    """Whether a folder looks like a capture: it has an index."""
    try:
        return any(path.is_file() for path in folder.glob("transforms*.json"))
    except (OSError, ValueError):
        return False


def read_index(path: Path) -> dict[str, Any]:
    """An index, with its list `frames` of entries; what all frames share is put into each.

    Raises:
        AssetError: it cannot be read or holds something else.
    """
    try:
        if path.stat().st_size > limits.CAPTURE_INDEX_BYTES:
            raise AssetError(f"'{path}' is larger than an index of a capture can be.")
        index = dict(json.loads(path.read_text(encoding="utf-8")))
        shared = {key: value for key, value in index.items() if key != "frames"}
        frames = [shared | dict(entry) for entry in index["frames"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AssetError(f"'{path}' is no readable index of a capture.") from error
    return {**index, "frames": frames}


def camera_of(entry: dict[str, Any]) -> Camera:
    """The camera of an entry, from focal lengths in pixels or angles of view in radians.

    Raises:
        KeyError, TypeError, ShapeError: something is missing or impossible.
    """
    view = view_from_opengl_pose(np.asarray(entry["transform_matrix"], np.float64))
    width, height = int(entry["w"]), int(entry["h"])
    focal_x = _focal(entry, "x", width)
    has_own_y = "fl_y" in entry or "camera_angle_y" in entry
    focal_y = _focal(entry, "y", height) if has_own_y else focal_x
    intrinsics = np.array(
        [[focal_x, 0, entry["cx"]], [0, focal_y, entry["cy"]], [0, 0, 1]], np.float32
    )
    finite = np.isfinite(view).all() and np.isfinite(intrinsics).all()
    drawable = min(width, height) > 0 and width * height <= MOST_PIXELS
    if not finite or not drawable or min(focal_x, focal_y) <= 0:
        raise ShapeError("camera: its numbers are impossible")
    return Camera(view, intrinsics, width, height)


def _focal(entry: dict[str, Any], axis: str, size_px: int) -> float:
    if f"fl_{axis}" in entry:
        return float(entry[f"fl_{axis}"])
    return 0.5 * size_px / math.tan(0.5 * float(entry[f"camera_angle_{axis}"]))


def place_of(folder: Path, named: str) -> Path:
    """Where a file lies that an index names: in the capture, or in a folder beside it.

    Raises:
        AssetError: it would lie elsewhere.
    """
    # By its words, not `resolve`: sequences may be links to another disk.
    if len(named.encode("utf-8", "replace")) > _NAME_BYTES or "\0" in named:
        raise AssetError(f"The capture '{folder}' names an impossible file: {named!r:.60}.")
    root = Path(os.path.normpath(folder.absolute()))
    path = Path(os.path.normpath(root / named.replace("\\", "/")))
    if not path.is_relative_to(root.parent):
        raise AssetError(
            f"The capture '{folder}' names a file outside of it and its neighbours: {named!r:.60}."
        )
    return path


def existing(path: Path) -> Path:
    """The path of a file that must be there.

    Raises:
        AssetError: it is not.
    """
    if not path.is_file():
        raise AssetError(f"The capture names a file that is missing: '{path}'.")
    return path


def if_there(path: Path | None) -> Path | None:
    """The path of a file that may be missing, or None."""
    return path if path is not None and path.is_file() else None
