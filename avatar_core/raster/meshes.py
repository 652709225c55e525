"""Mesh rasterisation to face ids, barycentrics and depth, and the gradient through them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from avatar_core.errors import DeviceError
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.raster import nvdiffrast_backend

if TYPE_CHECKING:
    from avatar_core.geometry import Camera

_BANDS = 8


class MeshImage(NamedTuple):
    """face_ids [H, W] int32 (-1 off the mesh), barycentrics [H, W, 3], depths [H, W] metres (0)."""

    face_ids: Int32
    barycentrics: Float32
    depths: Float32


class MeshBackend(StrEnum):
    """Who does the work."""

    NUMBA = "numba"
    """Compiled CPU loops; tensors of other devices are copied to the CPU."""
    NVDIFFRAST = "nvdiffrast"
    """On CUDA, where the user installed nvdiffrast (non-commercial licence)."""


def rasterize_mesh(
    vertices: Float32 | Tensor,
    faces: Int32 | Tensor,
    camera: Camera,
    *,
    backend: MeshBackend = MeshBackend.NUMBA,
) -> MeshImage:
    """Nearest triangle of every pixel, sampled at pixel centres.

    Args:
        vertices: [V, 3] metres, world; an array, or a tensor on any device.
        faces: [F, 3] both windings are drawn.
        camera: gives view, intrinsics and image size.
        backend: who does the work.

    Raises:
        ShapeError: arrays do not have the shapes above.
        DeviceError: nvdiffrast was chosen, and it or a CUDA device is missing.
    """
    expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
    if backend is MeshBackend.NVDIFFRAST:
        device = _cuda_device(vertices)
        drawn = nvdiffrast_backend.rasterize(
            torch.as_tensor(vertices, device=device), torch.as_tensor(faces, device=device), camera
        )
        return MeshImage(*(value.cpu().numpy() for value in drawn))
    from avatar_core.raster.mesh_kernels import fill_bands

    pixels, depths = camera.project(_as_array(vertices))
    size = (camera.height_px, camera.width_px)
    image = MeshImage(
        np.empty(size, np.int32), np.empty((*size, 3), np.float32), np.empty(size, np.float32)
    )
    fill_bands(pixels, depths, np.ascontiguousarray(_as_array(faces), np.int32), _BANDS, *image)
    return image


def _as_array(values: Any) -> Any:
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else values


def _cuda_device(values: Float32 | Tensor) -> torch.device:
    if isinstance(values, Tensor) and values.is_cuda:
        return values.device
    if not torch.cuda.is_available():
        raise DeviceError("nvdiffrast needs a CUDA device.", "Choose numba.")
    return torch.device("cuda")


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
        vertices: [V, 3] metres, world; on any device, which is the result's too.
        covered: from `covered_pixels` of the same mesh and camera.
        camera: the camera it was drawn with.
    """
    view = torch.as_tensor(camera.view, device=vertices.device)
    intrinsics = torch.as_tensor(camera.intrinsics, device=vertices.device)
    corner_ids = covered.corners.to(vertices.device)
    gathered = vertices.index_select(0, corner_ids.reshape(-1)).view(-1, 3, 3)
    corners = gathered @ view[:3, :3].T + view[:3, 3]
    homogeneous = corners @ intrinsics.T
    pixel = torch.stack([covered.columns + 0.5, covered.rows + 0.5], -1).to(vertices.device)
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
