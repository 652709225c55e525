"""Cameras and the hair's map as the published MeGA code has them, quirks included.

Needed to draw official checkpoints as they were trained; our own avatars use none of it.

Source:
    Wang et al., MeGA, arXiv:2404.19026, and the released code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.geometry.camera import view_from_opengl_pose

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_NEAR_M, _FAR_M = 0.01, 100.0


class OfficialCamera(NamedTuple):
    """Matrices of one camera.

    view [4, 4] world to camera, OpenCV axes; splat_view and splat_projection [4, 4] as the splatter
    stores them (transposed, row vectors); centre [3]; mesh_view [4, 4] with rows y and z negated;
    mesh_projection [4, 4] world to clip with the y row negated.
    """

    view: Float32
    splat_view: Float32
    splat_projection: Float32
    centre: Float32
    mesh_view: Float32
    mesh_projection: Float32


def official_camera(
    world_from_camera: Float64, intrinsics: Float32, width_px: int, height_px: int
) -> OfficialCamera:
    """Matrices of a data set's camera (OpenGL camera-to-world [4, 4], intrinsics [3, 3] px)."""
    view = view_from_opengl_pose(world_from_camera)
    projection = np.zeros((4, 4))
    projection[0, 0] = 2 * intrinsics[0, 0] / width_px
    projection[1, 1] = 2 * intrinsics[1, 1] / height_px
    projection[0, 2] = 2 * intrinsics[0, 2] / width_px - 1
    projection[1, 2] = 2 * intrinsics[1, 2] / height_px - 1
    projection[2, 2] = (_FAR_M + _NEAR_M) / (_FAR_M - _NEAR_M)
    projection[2, 3] = -2 * _FAR_M * _NEAR_M / (_FAR_M - _NEAR_M)
    projection[3, 2] = 1
    full = projection @ view
    flipped = np.diag([1.0, -1.0, 1.0, 1.0])
    return OfficialCamera(
        view=view,
        splat_view=np.ascontiguousarray(view.T),
        splat_projection=full.T.astype(np.float32),
        centre=np.linalg.inv(view.astype(np.float64))[:3, 3].astype(np.float32),
        mesh_view=(np.diag([1.0, -1.0, -1.0, 1.0]) @ view).astype(np.float32),
        mesh_projection=(flipped @ full).astype(np.float32),
    )


def scalp_affine(canonical: Float32, posed: Float32) -> Float32:
    """The map [3, 4] that carries canonical hair to the posed head.

    OpenCV's RANSAC with its default threshold of 3 (metres here) accepts the first four pairs it
    draws and never refits: the result is the exact affine through four vertices, chosen by their
    position in the list.

    Args:
        canonical: [S, 3] scalp of the canonical head, in the order of the part list.
        posed: [S, 3] the same vertices posed.

    Raises:
        ShapeError: shapes disagree, or the points allow no affine map.
    """
    expect_shapes(canonical=(canonical, "S 3"), posed=(posed, "S 3"))
    found, affine, _ = cv2.estimateAffine3D(canonical, posed)
    if not found:
        raise ShapeError("canonical: these scalp points allow no affine map")
    return np.asarray(affine, np.float32)
