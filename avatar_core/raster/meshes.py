"""Mesh rasterisation to face ids, barycentrics and depth, and the gradient through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from avatar_core.geometry import Float32, Int32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Camera

_BANDS = 8


class MeshImage(NamedTuple):
    """face_ids [H, W] int32 (-1 off the mesh), barycentrics [H, W, 3], depths [H, W] metres (0)."""

    face_ids: Int32
    barycentrics: Float32
    depths: Float32


def rasterize_mesh(vertices: Float32, faces: Int32, camera: Camera) -> MeshImage:
    """Nearest triangle of every pixel, sampled at pixel centres.

    Args:
        vertices: [V, 3] metres, world.
        faces: [F, 3] both windings are drawn.
        camera: gives view, intrinsics and image size.
    """
    from avatar_core.raster.mesh_kernels import fill_bands

    expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
    pixels, depths = camera.project(vertices)
    size = (camera.height_px, camera.width_px)
    image = MeshImage(
        np.empty(size, np.int32), np.empty((*size, 3), np.float32), np.empty(size, np.float32)
    )
    fill_bands(pixels, depths, np.ascontiguousarray(faces, np.int32), _BANDS, *image)
    return image


class CoveredPixels(NamedTuple):
    """The M pixels that show the mesh: rows [M], columns [M], corner vertices [M, 3], face [M]."""

    rows: Tensor
    columns: Tensor
    corners: Tensor
    face_ids: Tensor


def covered_pixels(image: MeshImage, faces: Int32) -> CoveredPixels:
    """Lists the pixels on the mesh with the vertices of their triangle."""
    rows, columns = np.nonzero(image.face_ids >= 0)
    ids = image.face_ids[rows, columns]
    corners = torch.from_numpy(faces[ids].astype(np.int64))
    return CoveredPixels(
        torch.from_numpy(rows), torch.from_numpy(columns), corners, torch.from_numpy(ids.copy())
    )


def barycentrics_at(vertices: Tensor, covered: CoveredPixels, camera: Camera) -> Tensor:
    """Perspective-correct barycentrics [M, 3] of covered pixels, differentiable in `vertices`.

    The triangle of each pixel is taken as given, so silhouettes carry no gradient.

    Args:
        vertices: [V, 3] metres, world.
        covered: from `covered_pixels` of the same mesh and camera.
        camera: the camera it was drawn with.
    """
    view = torch.as_tensor(camera.view, device=vertices.device)
    intrinsics = torch.as_tensor(camera.intrinsics, device=vertices.device)
    gathered = vertices.index_select(0, covered.corners.reshape(-1)).view(-1, 3, 3)
    corners = gathered @ view[:3, :3].T + view[:3, 3]
    homogeneous = corners @ intrinsics.T
    pixel = torch.stack([covered.columns + 0.5, covered.rows + 0.5], -1)
    # Edge functions of the homogeneous corners are the perspective-correct weights up to scale.
    x = homogeneous[..., 0] - pixel[:, :1] * homogeneous[..., 2]
    y = homogeneous[..., 1] - pixel[:, 1:] * homogeneous[..., 2]
    weights = torch.stack(
        [
            x[:, 1] * y[:, 2] - x[:, 2] * y[:, 1],
            x[:, 2] * y[:, 0] - x[:, 0] * y[:, 2],
            x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0],
        ],
        -1,
    )
    return weights / weights.sum(-1, keepdim=True)
