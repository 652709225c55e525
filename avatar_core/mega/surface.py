"""The head's mesh as MeGA needs it: render vertices split at uv seams, displacement, face layer.

Source:
    Wang et al., MeGA, arXiv:2404.19026, sections 3.1 and 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.mega.networks import DISPLACEMENT_SCALE, MegaNetworks
from avatar_core.raster.meshes import (
    CoveredPixels,
    barycentrics_at,
    covered_pixels,
    rasterize_mesh,
)
from avatar_core.raster.texels import sample_texels

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32, Int32
    from avatar_core.heads import HeadTopology

_MM = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class HeadSurface:
    """Static tables of a head's mesh.

    Args:
        faces: [F, 3] vertex ids.
        corner_uv: [F, 3, 2] atlas places of each corner in -1..1; v grows upward, row 0 of a
            neural texture is v = -1.
        vertex_uv: [V, 2] the place at which each vertex samples the displacement map.
        displaced: [V, 1] 0 for vertices that keep their place (eyeballs), else 1.
        scalp_vertex_ids: [S].
    """

    faces: Int32
    corner_uv: Tensor
    vertex_uv: Tensor
    displaced: Tensor
    scalp_vertex_ids: Int32

    @classmethod
    def of(cls, topology: HeadTopology, vertex_count: int) -> HeadSurface:
        """Tables of a head; parts whose name contains "eye" are not displaced."""
        uv = (2.0 * topology.uv - 1.0).astype(np.float32)
        vertex_uv = np.zeros((vertex_count, 2), np.float32)
        vertex_uv[topology.faces.reshape(-1)] = uv[topology.uv_faces.reshape(-1)]
        still = np.ones((vertex_count, 1), np.float32)
        for index, name in enumerate(topology.part_names):
            if "eye" in name:
                still[np.unique(topology.faces[topology.face_part == index])] = 0.0
        return cls(
            topology.faces,
            torch.from_numpy(uv[topology.uv_faces]),
            torch.from_numpy(vertex_uv),
            torch.from_numpy(still),
            topology.scalp_vertex_ids,
        )


def displaced_vertices(
    surface: HeadSurface, networks: MegaNetworks, posed: Tensor, driving: Tensor
) -> Tensor:
    """Posed vertices [V, 3] plus the decoded displacement in world axes."""
    offset_map = networks.disp_decoder(driving) * DISPLACEMENT_SCALE
    sampled = functional.grid_sample(
        offset_map, surface.vertex_uv[None, :, None], align_corners=True
    )
    return posed + sampled[0, :, :, 0].t() * surface.displaced


class FaceLayer(NamedTuple):
    """The face as a picture.

    rgb [H, W, 3] (white off the mesh), basic_rgb [H, W, 3] or None (from the basic texture alone),
    valid [H, W] 0 or 1, depth_mm [H, W] 0 off the mesh, covered pixels.
    """

    rgb: Tensor
    basic_rgb: Tensor | None
    valid: Tensor
    depth_mm: Tensor
    covered: CoveredPixels


def render_face(
    surface: HeadSurface,
    networks: MegaNetworks,
    texture: Tensor,
    vertices: Tensor,
    camera: Camera,
    *,
    basic_texture: Tensor | None = None,
) -> FaceLayer:
    """Rasterise the head and decode its colours.

    Args:
        surface: tables of the mesh.
        networks: gives the encoding and the pixel decoder.
        texture: [1, C, H, W] sum of the texture's parts.
        vertices: [V, 3] world, metres; gradients flow through the barycentrics, silhouettes carry
            none.
        camera: the camera.
        basic_texture: [1, C, H, W] to decode beside, or None.
    """
    image = rasterize_mesh(_detached(vertices), surface.faces, camera)
    covered = covered_pixels(image, surface.faces)
    weights = barycentrics_at(vertices, covered, camera)
    corner_uv = surface.corner_uv[covered.face_ids.long()]
    uv = (weights[..., None] * corner_uv).sum(1)
    layers = [texture] if basic_texture is None else [texture, basic_texture]
    colours = [
        _scattered(networks.pixel_colours(sample_texels(_rows(layer), uv), uv), covered, camera)
        for layer in layers
    ]
    depth = _depth_mm(vertices, weights, covered, camera)
    valid = torch.from_numpy((image.face_ids >= 0).astype(np.float32))
    return FaceLayer(
        colours[0], colours[1] if basic_texture is not None else None, valid, depth, covered
    )


def _detached(vertices: Tensor) -> Float32:
    array: Float32 = vertices.detach().numpy()
    return array


def _rows(texture: Tensor) -> Tensor:
    return texture[0].permute(1, 2, 0)


def _scattered(colours: Tensor, covered: CoveredPixels, camera: Camera) -> Tensor:
    white = torch.ones(camera.height_px, camera.width_px, 3)
    return white.index_put((covered.rows, covered.columns), colours)


def _depth_mm(vertices: Tensor, weights: Tensor, covered: CoveredPixels, camera: Camera) -> Tensor:
    view = torch.as_tensor(camera.view)
    z = vertices @ view[2, :3] + view[2, 3]
    corner_z = z.index_select(0, covered.corners.reshape(-1)).view(-1, 3)
    depth = (weights * corner_z).sum(-1) * _MM
    empty = torch.zeros(camera.height_px, camera.width_px)
    return empty.index_put((covered.rows, covered.columns), depth)
