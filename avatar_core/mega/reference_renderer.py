"""The truth that every other renderer is measured against: slow, readable, any resolution.

Mesh, textures and pixel decoder give the face, splats give the hair, MeGA's blend puts them
together; all of it in float32 with the same code that training differentiates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from avatar_core.mega.blend import Blended, BlendMode, blend_layers
from avatar_core.mega.networks import Ablation
from avatar_core.mega.painted import painted_face
from avatar_core.raster.splats import MEGA_RULE, SplatImage, rasterize_splats

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.frame import Paint
    from avatar_core.geometry import Camera, Float32
    from avatar_core.mega.hair import RawGaussians
    from avatar_core.mega.model import MegaModel, PosedHead
    from avatar_core.mega.surface import FaceLayer
    from avatar_core.project.mega_options import MegaOptions

_MM = 1000.0


class Layers(NamedTuple):
    """Both layers of one picture, the hair they were drawn from, and its deformation."""

    face: FaceLayer
    hair: SplatImage
    posed_hair: RawGaussians
    offsets: dict[str, Tensor]


def render(
    model: MegaModel,
    posed: PosedHead,
    camera: Camera,
    mode: BlendMode | None = None,
    ablation: Ablation | None = None,
    paint: Paint | None = None,
    heights_m: Float32 | None = None,
) -> tuple[Blended, Layers]:
    """Face, hair and their blend over white, at the camera's size.

    Args:
        model: the avatar.
        posed: its head in a pose, from `MegaModel.posed`.
        camera: the camera.
        mode: of the blend; that of finished pictures when left out.
        ablation: parts to leave out; no part of a painted face.
        paint: over its face.
        heights_m: [V] how far each vertex of a painted face was sculpted along its normal.

    Returns:
        The blended picture, batch of one, and its layers.

    Source:
        Wang et al., MeGA, arXiv:2404.19026, section 3.
    """
    if mode is None:
        mode = finished_mode(model.options)
    parts = ablation or Ablation()
    if paint is None:
        face, _ = model.face(posed, camera, parts)
    else:
        face = painted_face(model, posed, camera, paint, heights_m)
    posed_hair, offsets = model.deformed_hair(posed)
    splats = posed_hair.activated(model.seen(posed, camera))
    hair = rasterize_splats(*splats, camera, rule=MEGA_RULE)
    blended = blend(face, hair, mode, model.options, hard=not parts.soft_blend)
    return blended, Layers(face, hair, posed_hair, offsets)


def finished_mode(options: MegaOptions) -> BlendMode:
    """How finished pictures of an avatar are blended."""
    if not options.mask_cleaned:
        return BlendMode.TRAIN
    return BlendMode.FOREIGN_HAIR if options.foreign_hair else BlendMode.EVAL


def blend(
    face: FaceLayer,
    hair: SplatImage,
    mode: BlendMode,
    options: MegaOptions,
    *,
    hard: bool = False,
) -> Blended:
    """Blend the two layers of one picture as the avatar's options say, batch of one."""
    return blend_layers(
        face.rgb[None],
        face.valid[None],
        face.depth_mm.detach()[None],
        hair.rgb[None],
        hair.alpha[None],
        hair.near[None, ..., 0] * _MM,
        hair.near[None, ..., 1] * _MM,
        mode,
        blurred=options.mask_blurred,
        hard=hard,
        white_twice=options.white_twice,
        free_unmasked=options.free_unmasked,
    )
