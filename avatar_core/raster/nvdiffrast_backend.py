"""Mesh rasterisation with nvdiffrast, for those who installed it themselves.

nvdiffrast is not on PyPI and its licence (NVIDIA Source Code License) allows non-commercial use
only, so it is no dependency, no extra, and never chosen unasked.

Source:
    Laine et al. 2020, Modular Primitives for High-Performance Differentiable Rendering,
    arXiv:2011.03277.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from avatar_core.geometry import Camera

_MIN_DEPTH_M = 1e-4
# Releases before 0.3.2 draw only sizes that are multiples of this.
_SIZE_STEP_PX = 8


def rasterize(vertices: Tensor, faces: Tensor, camera: Camera) -> tuple[Tensor, Tensor, Tensor]:
    """Nearest triangle of every pixel, as `rasterize_mesh` defines it.

    Args:
        vertices: [V, 3] metres, world, on a CUDA device.
        faces: [F, 3] on the same device.
        camera: gives view, intrinsics and image size.

    Returns:
        face_ids [H, W] int32, barycentrics [H, W, 3], depths [H, W], on the vertices' device.

    Raises:
        DeviceError: nvdiffrast is missing.
    """
    dr = _nvdiffrast()
    device = vertices.device
    size = (camera.height_px, camera.width_px)
    view, intrinsics = (
        torch.as_tensor(m, dtype=torch.float32, device=device)
        for m in (camera.view, camera.intrinsics)
    )
    local = vertices.detach().float() @ view[:3, :3].T + view[:3, 3]
    depths = local[:, 2]
    # Triangles that reach behind the camera are left out whole, not clipped.
    kept = torch.nonzero((depths[faces.long()] > _MIN_DEPTH_M).all(-1)).flatten()
    if len(kept) == 0:
        return (
            torch.full(size, -1, dtype=torch.int32, device=device),
            torch.zeros(*size, 3, device=device),
            torch.zeros(size, device=device),
        )
    corners = faces[kept].to(torch.int32).contiguous()
    padded = tuple(-(-length // _SIZE_STEP_PX) * _SIZE_STEP_PX for length in size)
    clip = _clip_positions(local, intrinsics, depths[corners.long()], padded)
    drawn, _ = dr.rasterize(_context(dr, device), clip[None], corners, padded, grad_db=False)
    first, second, _, place = drawn[0, : size[0], : size[1]].unbind(-1)
    place = place.long() - 1
    on_mesh = place >= 0
    weights = torch.stack([first, second, 1 - first - second], -1) * on_mesh[..., None]
    place = place.clamp(min=0)
    ids = torch.where(on_mesh, kept[place], -1).to(torch.int32)
    return ids, weights, (weights * depths[corners.long()[place]]).sum(-1)


def _clip_positions(
    local: Tensor, intrinsics: Tensor, shown: Tensor, size: tuple[int, ...]
) -> Tensor:
    """Clip space [V, 4] of points in camera space, with row 0 of the image at y = -1.

    Near and far planes enclose the depths `shown` tightly.
    """
    height, width = size
    homogeneous = local @ intrinsics.T
    w = local[:, 2]
    near, far = 0.99 * shown.min(), 1.01 * shown.max()
    z = ((far + near) * w - 2 * far * near) / (far - near)
    x = 2 * homogeneous[:, 0] / width - w
    y = 2 * homogeneous[:, 1] / height - w
    return torch.stack([x, y, z, w], -1).contiguous()


@functools.cache
def _context(dr: Any, device: torch.device) -> Any:
    return dr.RasterizeCudaContext(device=device)


def _nvdiffrast() -> Any:
    try:
        return importlib.import_module("nvdiffrast.torch")
    except ImportError as error:
        raise DeviceError(
            "nvdiffrast is not installed.",
            "Install it from github.com/NVlabs/nvdiffrast (non-commercial use), or choose numba.",
        ) from error
