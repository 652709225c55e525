"""Paint on a neural face, pixel by pixel: the readable twin of `shaders/paint.glsl`.

View and expression shade paint as they shade the bare face: c = (1 - a) F + a P clamp(F / D),
where F is the full colour of the face, D that of its basic texture alone, P the paint and a how
much it covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from avatar_core.geometry.topology import vertex_normals
from avatar_core.mega.surface import render_face
from avatar_core.raster.meshes import barycentrics_at
from avatar_core.raster.texels import sample_texels

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.frame import Paint
    from avatar_core.geometry import Camera, Float32, Int32, UInt8
    from avatar_core.mega.model import MegaModel, PosedHead
    from avatar_core.mega.surface import FaceLayer

SHADES = (0.25, 4.0)
"""Least and most that view and expression do to paint."""

_DARKEST = 1e-4
_AS_IT_IS = 128 / 255


def painted(bare: Tensor, basic: Tensor, paint: Tensor) -> Tensor:
    """Colours of the face under paint.

    Args:
        bare: [M, 3] display colours of the face.
        basic: [M, 3] the same of the basic texture alone.
        paint: [M, 4] premultiplied display colour, and how much of the face it covers.

    Returns:
        [M, 3]; paint that is shaded brighter than white exceeds 1.
    """
    shade = (bare / basic.clamp(min=_DARKEST)).clamp(*SHADES)
    return (1 - paint[:, 3:]) * bare + shade * paint[:, :3]


def painted_face(
    model: MegaModel,
    posed: PosedHead,
    camera: Camera,
    paint: Paint,
    heights_m: Float32 | None = None,
) -> FaceLayer:
    """The face layer as `MegaModel.face` gives it, with paint.

    Args:
        model: the avatar.
        posed: its head in a pose.
        camera: the camera.
        paint: over its face.
        heights_m: [V] how far each vertex was sculpted along its normal.
    """
    networks, surface = model.networks, model.surface
    camera_of_face = model.face_camera(camera)
    maps = model.decoded([posed], [camera])
    vertices = model.displaced(posed, maps)
    if heights_m is not None:
        vertices = vertices + _offsets(vertices, surface.faces, heights_m)
    basic = networks.neural_texture()
    layer = render_face(surface, networks, basic, vertices, camera_of_face)
    covered = layer.covered
    weights = barycentrics_at(vertices, covered, camera_of_face)[..., None]
    uv = (weights * surface.corner_uv[covered.face_ids.long()]).sum(1)
    places = (weights * vertices[covered.corners.long()]).sum(1)
    diffuse, view, dynamic = (
        sample_texels(texture[0].permute(1, 2, 0), uv)
        for texture in (basic, maps.view, maps.dynamic)
    )
    gloss, wrinkles = (_between(paint.shares, uv)[:, :2] / _AS_IT_IS).split(1, dim=1)
    told = places if networks.config.xyz_cond else None
    bare = networks.pixel_colours(diffuse + gloss * view + wrinkles * dynamic, uv, told)
    colours = painted(bare, networks.pixel_colours(diffuse, uv, told), _between(paint.colour, uv))
    at = (covered.rows, covered.columns)
    return layer._replace(rgb=layer.rgb.index_put(at, colours.clamp(0, 1)))


def _between(picture: UInt8, uv: Tensor) -> Tensor:
    """[M, 4] 0..1 between the texels of a picture [S, S, 4], at uv [M, 2] in -1..1, v up."""
    texels = torch.tensor(picture, device=uv.device).permute(2, 0, 1)[None].float() / 255
    down = uv * uv.new_tensor([1.0, -1.0])
    values = functional.grid_sample(
        texels, down[None, :, None], padding_mode="border", align_corners=False
    )
    return values[0, :, :, 0].t()


def _offsets(vertices: Tensor, faces: Int32, heights_m: Float32) -> Tensor:
    normals = vertex_normals(vertices.detach().cpu().numpy(), faces)
    return torch.from_numpy(heights_m[:, None] * normals).to(vertices.device)
