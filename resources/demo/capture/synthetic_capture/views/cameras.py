"""The calibrated cameras of every capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float

SIZE_PX = 512
FOCAL_PX = 2.9 * SIZE_PX
CENTRE_PX = SIZE_PX / 2
_DISTANCE_M = 1.05
_TARGET_M = np.array([0, -0.045, 0])

CAMERAS_DEG = (  # azimuth, elevation
    *((0, 0), (15, 8), (-15, -8), (30, -10), (-30, 12), (52, 4), (-52, -4), (76, 10), (-76, 0)),
    *((100, 0), (-100, 10), (140, 5), (-140, 5), (180, 8)),
    *((0, 28), (0, -22), (12, 72), (180, 48), (60, 34), (-60, 34), (120, 30), (-120, 30)),
    *((162, -10), (-160, -6)),
    *((8, 4), (-40, 8), (64, -5)),
)
"""Azimuth 0 looks at the face, positive ones from the person's left. The last three test."""


def camera_pose(index: int) -> Float:
    """world_from_camera [4, 4] of a camera, OpenGL axes (x right, y up, z back), metres."""
    azimuth, elevation = np.radians(CAMERAS_DEG[index])
    outwards = np.array(
        [
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
            np.cos(azimuth) * np.cos(elevation),
        ]
    )
    return looking_at(_TARGET_M + _DISTANCE_M * outwards, _TARGET_M)


def looking_at(eye: Float, target: Float) -> Float:
    """world_from_camera [4, 4], OpenGL axes, of a camera at `eye` [3] that sees `target` [3]."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    is_level = abs(forward[1]) < 0.98
    upwards = np.array([0, 1.0, 0]) if is_level else np.array([0, 0, -1.0])
    right = np.cross(forward, upwards)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2] = right, np.cross(right, forward), -forward
    pose[:3, 3] = eye
    return pose


def in_camera(points: Float, world_from_camera: Float) -> Float:
    """World points [..., 3] in OpenCV axes (x right, y down, z forward) of an OpenGL pose."""
    local = (points - world_from_camera[:3, 3]) @ world_from_camera[:3, :3]
    flipped: Float = local * (1, -1, -1)
    return flipped
