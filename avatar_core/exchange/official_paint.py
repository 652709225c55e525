"""Paint of a project as a checkpoint holds it: all of it in the basic texture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avatar_core.exchange.official_notes import is_missed, is_painted
from avatar_core.mega.bake import bake
from avatar_core.mega.diffuse import diffuse_look
from avatar_core.project.paint import TexturePart
from avatar_core.texture.bare import bare_face, composed, paint_of_texture, texture_side
from avatar_core.texture.content import content_digest

if TYPE_CHECKING:
    from avatar_core.mega.bake_texels import Step
    from avatar_core.project import AvatarAsset, Painting
    from avatar_core.project.paint import BakedPaint


def checkpoint_paint(asset: AvatarAsset, painting: Painting, step: Step) -> BakedPaint | None:
    """What is to be added to the basic texture so that the face shows the layers.

    It is what the project holds, as long as that is all: where the layers changed since, or a share
    of them stayed paint because the network lacks the colour, they are baked anew, as near as they
    come.

    Args:
        asset: with a neural face and the skin that was copied, without paint.
        painting: the layers.
        step: hears the share that is done, 0..1.

    Returns:
        None where no layer changes the colour.
    """
    if not is_painted(painting, TexturePart.COLOUR):
        return None
    baked, source = painting.baked, content_digest(painting)
    if baked is not None and baked.source == source and not is_missed(baked).any():
        return baked
    base = bare_face(diffuse_look(asset, painting.size), painting.size)
    maps = composed(asset, base, replace(painting, baked=None)).maps
    paint = paint_of_texture(maps.colour, texture_side(asset))
    return bake(asset, paint, step, source=source, whole=True)
