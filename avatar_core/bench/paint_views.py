"""The face of an avatar in some views and expressions, and what paint should make of it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from avatar_core.geometry.framing import framing_camera
from avatar_core.io.take_file import load_take
from avatar_core.mega.decoders import tiled_view
from avatar_core.mega.driven import driven_parameters
from avatar_core.raster.meshes import barycentrics_at, covered_pixels, rasterize_mesh
from avatar_core.raster.texels import sample_texels
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.geometry import Camera, Float32
    from avatar_core.mega.model import MegaModel
    from avatar_core.motion import MotionFrame

PAINTED = 0.05
"""Pixels with at least that much coverage are painted."""

_LOWEST, _HIGHEST = 0.25, 4.0
_DARKEST = 1e-4
_FACE = ("skin", "lips")
_MARGIN = 1.1
_HELD_OUT_YAWS_RAD = (-0.75, -0.45, -0.2, 0.05, 0.3, 0.6)
_HELD_OUT_PITCHES_RAD = (-0.15, 0.12)


class FaceView(NamedTuple):
    """The face layer's M pixels in one view of one expression.

    rows and columns [M]; uv [M, 2] in -1..1; places [M, 3] world, metres, or None where the
    decoder does not ask; moving [M, C], view and dynamic texture there; paint [M, 4] premultiplied;
    intended [M, 3] display colours with paint; size_px of the picture.
    """

    rows: Tensor
    columns: Tensor
    uv: Tensor
    places: Tensor | None
    moving: Tensor
    paint: Tensor
    intended: Tensor
    size_px: int

    def at(self, chosen: Tensor) -> FaceView:
        """Some of the pixels, by their numbers."""
        return FaceView(
            self.rows[chosen],
            self.columns[chosen],
            self.uv[chosen],
            None if self.places is None else self.places[chosen],
            self.moving[chosen],
            self.paint[chosen],
            self.intended[chosen],
            self.size_px,
        )

    @property
    def is_painted(self) -> Tensor:
        """[M] whether the pixel counts as painted."""
        return self.paint[:, 3] >= PAINTED

    def colours(self, model: MegaModel, basic: Tensor) -> Tensor:
        """[M, 3] with a basic texture [S, S, C] in place of the avatar's own."""
        texels = sample_texels(basic, self.uv) + self.moving
        return model.networks.pixel_colours(texels, self.uv, self.places)

    def with_live_paint(self, model: MegaModel, basic: Tensor, kept: Tensor) -> Tensor:
        """[M, 3] with a share [S, S, 1] of the paint laid over a basic texture, as the studio does.

        The share counts at the pixel: the paint itself is known there.
        """
        full = self.colours(model, basic)
        diffuse = model.networks.pixel_colours(sample_texels(basic, self.uv), self.uv, self.places)
        return _over(full, diffuse, self.paint * sample_texels(kept, self.uv))


def basic_texels(model: MegaModel) -> Tensor:
    """[S, S, C] the avatar's basic texture."""
    texture: Tensor = model.networks.neural_texture().detach()
    return texture[0].permute(1, 2, 0).contiguous()


@torch.no_grad()
def face_view(
    model: MegaModel,
    paint: Float32,
    motion: MotionFrame,
    yaw_rad: float,
    pitch_rad: float,
    size_px: int,
) -> FaceView:
    """One view of one expression.

    Args:
        model: the avatar, unpainted.
        paint: [S, S, 4] premultiplied display RGB and coverage at the texture's own texels.
        motion: the expression.
        yaw_rad: of the camera round the head, to the person's left.
        pitch_rad: the same, up.
        size_px: side of the picture.
    """
    camera = _face_camera(model, size_px, yaw_rad, pitch_rad)
    posed = model.posed(driven_parameters(model.head, motion))
    vertices = model.displaced(posed)
    covered = covered_pixels(
        rasterize_mesh(vertices, model.surface.faces, camera), model.surface.faces
    )
    weights = barycentrics_at(vertices, covered, camera)
    uv = (weights[..., None] * model.surface.corner_uv[covered.face_ids.long()]).sum(1)
    places = None
    if model.networks.config.xyz_cond:
        places = (weights[..., None] * vertices[covered.corners]).sum(1)
    networks = model.networks
    moving = networks.view_texture(tiled_view(model.view_position(posed, camera)))
    moving = (moving + networks.dynamic_texture(posed.driving))[0].permute(1, 2, 0).contiguous()
    view = FaceView(
        covered.rows,
        covered.columns,
        uv,
        places,
        sample_texels(moving, uv),
        sample_texels(torch.from_numpy(paint), uv),
        uv.new_zeros(len(uv), 3),
        size_px,
    )
    return view._replace(intended=_intended(model, view))


def held_out_views(model: MegaModel, paint: Float32, size_px: int) -> list[FaceView]:
    """Twelve, of moments of the demo take."""
    take = load_take(resource_path("demo", "performance.take"))
    moments = np.linspace(0.03, 0.97, 12) * (len(take.times_s) - 1)
    angles = [(yaw, pitch) for pitch in _HELD_OUT_PITCHES_RAD for yaw in _HELD_OUT_YAWS_RAD]
    return [
        face_view(model, paint, take.frame(round(moment)), yaw, pitch, size_px)
        for moment, (yaw, pitch) in zip(moments, angles, strict=True)
    ]


def _face_camera(model: MegaModel, size_px: int, yaw_rad: float, pitch_rad: float) -> Camera:
    """A camera that the face of the head at rest fills."""
    topology = model.head.topology
    parts = [topology.part_names.index(name) for name in _FACE]
    face = model.canonical_vertices[topology.faces[np.isin(topology.face_part, parts)].reshape(-1)]
    return framing_camera(
        face, size_px, size_px, yaw_rad=yaw_rad, pitch_rad=pitch_rad, margin=_MARGIN
    )


def _intended(model: MegaModel, view: FaceView) -> Tensor:
    basic = basic_texels(model)
    full = view.colours(model, basic)
    diffuse = model.networks.pixel_colours(sample_texels(basic, view.uv), view.uv, view.places)
    return _over(full, diffuse, view.paint)


def _over(full: Tensor, diffuse: Tensor, paint: Tensor) -> Tensor:
    """Premultiplied paint [M, 4], shaded as the colour under it is, over that colour."""
    ratio = (full / diffuse.clamp_min(_DARKEST)).clamp(_LOWEST, _HIGHEST)
    return ((1.0 - paint[:, 3:]) * full + paint[:, :3] * ratio).clamp(0.0, 1.0)
