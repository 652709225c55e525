"""Procedural eyeballs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.mesh.triangles import grid_triangles

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Int

_SEGMENTS = 28
_RING_ANGLES_DEG = np.array([3, 7, 11, 15, 19, 23, 26, 29, 34, 42, 52, 64, 78, 94, 112])
_CORNEA = 1.055
_EDGE_DEG = 112
_UV_RADIUS = 0.48
_UV_POWER = 0.7


def eyeball(centre: Float, radius: float) -> tuple[Float, Int, Float]:
    """The front of an eyeball that looks along +z, with a bulging cornea.

    Args:
        centre: [3] dm.
        radius: of the white, dm.

    Returns:
        Vertices [N, 3] dm, triangles [F, 3], and uvs [N, 2] about (0.5, 0.5): the azimuth is that
        of the vertex, `gaze_angle_deg` gives the angle from the gaze.
    """
    angles = np.radians(_RING_ANGLES_DEG)
    cornea = 0.055 * np.exp(-((np.degrees(angles) / 22) ** 4))
    radii = 1 + np.where(np.degrees(angles) < 32, cornea, 0)
    azimuths = np.linspace(0, 2 * np.pi, _SEGMENTS + 1)[:-1]
    across, ahead = (radii * np.sin(angles))[:, None], (radii * np.cos(angles))[:, None]
    rings = np.stack(
        [across * np.cos(azimuths), across * np.sin(azimuths), ahead + 0 * azimuths], -1
    )
    vertices = np.r_[[[0, 0, _CORNEA]], rings.reshape(-1, 3)]
    return centre + radius * vertices, _triangles(vertices), _uvs(vertices)


def gaze_angle_deg(distance: Float) -> Float:
    """Angle from the gaze that lies at a uv distance from the middle of the eye's island."""
    share = np.clip(distance / _UV_RADIUS, 0, 1)
    angle: Float = _EDGE_DEG * share ** (1 / _UV_POWER)
    return angle


def _triangles(vertices: Float) -> Int:
    segment = np.arange(_SEGMENTS)
    cap = np.stack([0 * segment, 1 + segment, 1 + (segment + 1) % _SEGMENTS], 1)
    triangles = np.r_[cap, grid_triangles(len(_RING_ANGLES_DEG), _SEGMENTS)[:, ::-1] + 1]
    corners = vertices[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    is_inward = np.einsum("ij,ij->i", normals, corners.mean(1)) < 0
    triangles[is_inward] = triangles[is_inward][:, ::-1]
    return triangles


def _uvs(vertices: Float) -> Float:
    angle = np.arccos(np.clip(vertices[:, 2] / np.linalg.norm(vertices, axis=1), -1, 1))
    distance = _UV_RADIUS * (angle / np.radians(_EDGE_DEG)) ** _UV_POWER
    azimuth = np.arctan2(vertices[:, 1], vertices[:, 0])
    uvs: Float = 0.5 + distance[:, None] * np.stack([np.cos(azimuth), np.sin(azimuth)], 1)
    return uvs
