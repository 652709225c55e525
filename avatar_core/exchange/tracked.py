"""Head parameters in `.npz` files of MeGA and VHAP: a sequence, or one pose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.heads import HeadParameters
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray, Float32

_TURNS = ("rotation", "neck_pose", "jaw_pose", "eyes_pose")
_WIDTHS = {"rotation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6, "translation": 3}
_HINT = "Take the file that training or tracking wrote."


def read_tracked(path: Path, n_shape: int, n_expr: int) -> dict[str, AnyArray]:
    """The arrays of a file as they are: shape [1, S] or [S], expr [T, E], turns and translation.

    Other arrays in it, such as VHAP's offsets, are left out: the model does not use them.

    Args:
        path: the file.
        n_shape: identity coefficients of the model.
        n_expr: expression coefficients of the model.

    Raises:
        AssetError: missing, damaged, or not such parameters; the culprit is named.
    """
    try:
        if path.stat().st_size > limits.FLAME_TRACKED_BYTES:
            raise AssetError(f"'{path.name}' is larger than such a file can be.", _HINT)
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"'{path}' cannot be read.", "Check the path.") from error
    arrays = arrays_from_npz(data, f"'{path.name}'", most_bytes=limits.FLAME_TRACKED_BYTES)
    try:
        return _checked(arrays, n_shape, n_expr)
    except ShapeError as error:
        raise AssetError(f"'{path.name}' holds no head parameters: {error}.", _HINT) from error


def _checked(arrays: Mapping[str, AnyArray], n_shape: int, n_expr: int) -> dict[str, AnyArray]:
    reader = NamedArrays(arrays)
    names = ("shape", "expr", *_WIDTHS)
    values = {name: reader.floats(name) for name in names}
    shape = values["shape"].reshape(-1)
    for name, array in values.items():
        if array.ndim == 0 or array.shape[-1] == 0:
            raise ShapeError(f"{name}: expected rows, got {list(array.shape)}")
    rows = {name: values[name].reshape(-1, values[name].shape[-1]) for name in names[1:]}
    expect_shapes(
        shape=(shape, str(n_shape)),
        expr=(rows["expr"], f"T {n_expr}"),
        **{name: (rows[name], f"T {width}") for name, width in _WIDTHS.items()},
    )
    if len(rows["expr"]) == 0:
        raise ShapeError("expr: there is no frame")
    return {name: arrays[name] for name in names}


def pose_at(tracked: Mapping[str, AnyArray], frame: int) -> HeadParameters:
    """One frame of what `read_tracked` gave."""
    rows = {name: _row(tracked[name], frame) for name in ("expr", "translation", *_TURNS)}
    joints = np.concatenate([rows[name] for name in _TURNS]).reshape(5, 3)
    return HeadParameters(rows["expr"], joints, rows["translation"], shape_of(tracked))


def shape_of(tracked: Mapping[str, AnyArray]) -> Float32:
    """[S] the identity."""
    return np.asarray(tracked["shape"], np.float32).reshape(-1)


def frame_count(tracked: Mapping[str, AnyArray]) -> int:
    """Number of frames."""
    return int(tracked["expr"].size // tracked["expr"].shape[-1])


def tracked_from_pose(pose: HeadParameters, shape: Float32) -> dict[str, AnyArray]:
    """One pose as the arrays of a file.

    Args:
        pose: of a FLAME head.
        shape: [S] the identity where the pose has none of its own.
    """
    joints = pose.joints.astype(np.float32)
    own = shape if pose.shape is None else pose.shape
    return {
        "shape": own[None].astype(np.float32),
        "expr": pose.expression[None].astype(np.float32),
        "rotation": joints[:1],
        "neck_pose": joints[1:2],
        "jaw_pose": joints[2:3],
        "eyes_pose": joints[3:].reshape(1, 6),
        "translation": pose.translation[None].astype(np.float32),
    }


def _row(values: AnyArray, frame: int) -> Float32:
    rows = np.asarray(values, np.float32).reshape(-1, values.shape[-1])
    row: Float32 = rows[frame].copy()
    return row
