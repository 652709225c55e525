"""Cameras, rotations, mesh topology and shape checks; plain numpy, metres and radians."""

from avatar_core.geometry.camera import Camera, look_at
from avatar_core.geometry.rotations import (
    matrix_from_axis_angle,
    matrix_from_quat,
    quat_from_axis_angle,
    quat_from_matrix,
    quat_multiply,
    rigid_fit,
    similarity_fit,
)
from avatar_core.geometry.shapes import Float16, Float32, Int32, UInt8, expect_shapes

__all__ = [
    "Camera",
    "Float16",
    "Float32",
    "Int32",
    "UInt8",
    "expect_shapes",
    "look_at",
    "matrix_from_axis_angle",
    "matrix_from_quat",
    "quat_from_axis_angle",
    "quat_from_matrix",
    "quat_multiply",
    "rigid_fit",
    "similarity_fit",
]
