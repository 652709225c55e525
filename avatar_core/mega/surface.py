"""The head's mesh as MeGA needs it: render vertices split at uv seams, displacement, face layer.

Source:
    Wang et al., MeGA, arXiv:2404.19026, sections 3.1 and 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.errors import WeightsError
from avatar_core.heads.flame import FlameHead
from avatar_core.mega.networks import DISPLACEMENT_SCALE, MegaNetworks
from avatar_core.raster.meshes import (
    CoveredPixels,
    barycentrics_at,
    covered_pixels,
    rasterize_mesh,
)
from avatar_core.raster.texels import sample_texels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Camera, Int32
    from avatar_core.heads import ParametricHead

_MM = 1000.0
_EYEBALLS = (("eye_left", "left_eyeball"), ("eye_right", "right_eyeball"))
"""What heads call their eyeballs; other parts are named after the eyes too."""


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
        eyeballs: vertex ids of the left and the right eyeball; empty when the head has none.
    """

    faces: Int32
    corner_uv: Tensor
    vertex_uv: Tensor
    displaced: Tensor
    scalp_vertex_ids: Int32
    eyeballs: tuple[Tensor, Tensor]

    @classmethod
    def of(
        cls, head: ParametricHead, vertex_count: int, still_parts: tuple[str, ...] = ()
    ) -> HeadSurface:
        """Tables of a head.

        Args:
            head: its eyeballs are never displaced.
            vertex_count: V.
            still_parts: other parts, by name, that are not displaced; only a FLAME head lists
                their vertices.

        Raises:
            WeightsError: the head has no part of that name.
        """
        topology = head.topology
        uv = (2.0 * topology.uv - 1.0).astype(np.float32)
        vertex_uv = np.zeros((vertex_count, 2), np.float32)
        vertex_uv[topology.faces.reshape(-1)] = uv[topology.uv_faces.reshape(-1)]
        left, right = (_eyeball(head, names) for names in _EYEBALLS)
        still = np.ones((vertex_count, 1), np.float32)
        still[np.concatenate([left, right, *_vertices_of_parts(head, still_parts)])] = 0.0
        return cls(
            topology.faces,
            torch.from_numpy(uv[topology.uv_faces]),
            torch.from_numpy(vertex_uv),
            torch.from_numpy(still),
            topology.scalp_vertex_ids,
            (torch.from_numpy(left), torch.from_numpy(right)),
        )

    def to(self, device: torch.device | str) -> HeadSurface:
        """The same tables with their tensors on a device."""
        left, right = self.eyeballs
        return replace(
            self,
            corner_uv=self.corner_uv.to(device),
            vertex_uv=self.vertex_uv.to(device),
            displaced=self.displaced.to(device),
            eyeballs=(left.to(device), right.to(device)),
        )


def displaced_vertices(
    surface: HeadSurface,
    networks: MegaNetworks,
    posed: Tensor,
    driving: Tensor,
    *,
    move_eyes: bool = False,
    decoded: tuple[Tensor, Tensor, Tensor] | None = None,
) -> Tensor:
    """Posed vertices [V, 3] plus the decoded displacement in world axes.

    Args:
        surface: tables of the mesh.
        networks: gives the displacement decoder.
        posed: [V, 3] world, metres.
        driving: [1, Z].
        move_eyes: also scale each eyeball about its middle and shift it, as decoded.
        decoded: what the displacement decoder made of `driving`, where that is known already.
    """
    decoder = networks.disp_decoder
    offset_map, *shifts = decoder.decode(driving) if decoded is None else decoded
    sampled = functional.grid_sample(
        offset_map * DISPLACEMENT_SCALE, surface.vertex_uv[None, :, None], align_corners=True
    )
    vertices = posed + sampled[0, :, :, 0].t() * surface.displaced
    if move_eyes:
        scales = decoder.lefteye_scale, decoder.righteye_scale
        for ids, scale, shift in zip(surface.eyeballs, scales, shifts, strict=True):
            eyeball = vertices[ids]
            middle = eyeball.mean(0)
            moved = middle + scale.exp() * (eyeball - middle) + shift[0] * DISPLACEMENT_SCALE
            vertices = vertices.index_put((ids,), moved)
    return vertices


def _eyeball(head: ParametricHead, names: tuple[str, ...]) -> NDArray[np.int64]:
    if isinstance(head, FlameHead):
        lists = [head.mesh.parts[name] for name in names if name in head.mesh.parts]
    else:
        topology = head.topology
        parts = [i for i, name in enumerate(topology.part_names) if name in names]
        lists = [topology.faces[np.isin(topology.face_part, parts)]]
    none = np.zeros(0, np.int32)
    return np.unique(np.concatenate([none, *(ids.reshape(-1) for ids in lists)])).astype(np.int64)


def _vertices_of_parts(head: ParametricHead, names: tuple[str, ...]) -> list[Int32]:
    parts = head.mesh.parts if isinstance(head, FlameHead) else {}
    unknown = [name for name in names if name not in parts]
    if unknown:
        raise WeightsError(
            f"The head has no parts called {', '.join(unknown)}, which should keep their place.",
            "Use the vertex masks that the avatar was trained with.",
        )
    return [parts[name] for name in names]


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
    device = vertices.device
    image = rasterize_mesh(vertices, surface.faces, camera)
    covered = CoveredPixels(*(part.to(device) for part in covered_pixels(image, surface.faces)))
    weights = barycentrics_at(vertices, covered, camera)
    corner_uv = surface.corner_uv[covered.face_ids.long()]
    uv = (weights[..., None] * corner_uv).sum(1)
    layers = [texture] if basic_texture is None else [texture, basic_texture]
    places = None
    if networks.config.xyz_cond:
        corners = vertices.index_select(0, covered.corners.reshape(-1)).view(-1, 3, 3)
        places = (weights[..., None] * corners).sum(1)
    colours = [
        _scattered(
            networks.pixel_colours(sample_texels(_rows(layer), uv), uv, places), covered, camera
        )
        for layer in layers
    ]
    depth = _depth_mm(vertices, weights, covered, camera)
    valid = torch.from_numpy((image.face_ids >= 0).astype(np.float32)).to(device)
    return FaceLayer(
        colours[0], colours[1] if basic_texture is not None else None, valid, depth, covered
    )


def _rows(texture: Tensor) -> Tensor:
    return texture[0].permute(1, 2, 0)


def _scattered(colours: Tensor, covered: CoveredPixels, camera: Camera) -> Tensor:
    white = colours.new_ones(camera.height_px, camera.width_px, 3)
    return white.index_put((covered.rows, covered.columns), colours)


def _depth_mm(vertices: Tensor, weights: Tensor, covered: CoveredPixels, camera: Camera) -> Tensor:
    view = torch.as_tensor(camera.view, device=vertices.device)
    z = vertices @ view[2, :3] + view[2, 3]
    corner_z = z.index_select(0, covered.corners.reshape(-1)).view(-1, 3)
    depth = (weights * corner_z).sum(-1) * _MM
    empty = depth.new_zeros(camera.height_px, camera.width_px)
    return empty.index_put((covered.rows, covered.columns), depth)
