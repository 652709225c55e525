"""Where each texel of a head's atlas lies in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.geometry import Camera, Float32
from avatar_core.raster.meshes import rasterize_mesh

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.mega.surface import HeadSurface


def atlas_places(surface: HeadSurface, vertices: Float32, size: int) -> Tensor:
    """[size, size, 3] place of each texel on a posed head, metres; zero off the charts.

    Args:
        surface: the head's tables.
        vertices: [V, 3] posed, metres.
        size: side of the texture; row 0 is v = -1, the outermost texels lie on the border.
    """
    corners = surface.corner_uv.reshape(-1, 2).numpy()
    # A camera one metre in front of the atlas sees texel centres as pixel centres.
    flat = np.concatenate([corners, np.ones((len(corners), 1), np.float32)], 1)
    half = 0.5 * (size - 1)
    intrinsics = np.array([[half, 0, half + 0.5], [0, half, half + 0.5], [0, 0, 1]], np.float32)
    camera = Camera(np.eye(4, dtype=np.float32), intrinsics, size, size)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    image = rasterize_mesh(flat, faces, camera)
    on_chart = image.face_ids >= 0
    places = np.zeros((size, size, 3), np.float32)
    triangles = vertices[surface.faces[image.face_ids[on_chart]]]
    places[on_chart] = np.einsum("mk,mkc->mc", image.barycentrics[on_chart], triangles)
    return torch.from_numpy(places)
