"""The face of an avatar as one picture over its atlas, with all that was painted on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.exchange.official_notes import is_painted
from avatar_core.mega.cloned_skin import skin_of
from avatar_core.mega.diffuse import diffuse_look
from avatar_core.project.asset import FaceKind
from avatar_core.project.paint import TexturePart
from avatar_core.texture.bare import bare_face, composed

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset, Painting

_SIDE = 1024
_SHADES = {
    TexturePart.GLOSS: "gloss",
    TexturePart.WRINKLES: "wrinkles",
    TexturePart.SCULPT: "sculpted form",
}


class FacePicture(NamedTuple):
    """The face over its atlas.

    Args:
        pixels: [H, W, 3] uint8 sRGB, top row first, with all paint.
        bare: the same without paint.
        notes: what of the face is not in it, in sentences.
    """

    pixels: UInt8
    bare: UInt8
    notes: tuple[str, ...]


def face_picture(asset: AvatarAsset, painting: Painting | None = None) -> FacePicture:
    """The neutral diffuse colours of a face.

    Args:
        asset: without paint.
        painting: its paint, baked or not, if there is any.

    Raises:
        AssetError: skin that was copied onto the face does not belong to it.
        WeightsError: the weights of a neural face do not fit.
    """
    notes = []
    if asset.face.kind is FaceKind.NEURAL:
        notes.append(
            "The texture holds the basic colours of the face; what view and expression change of"
            " them is not in it."
        )
    if painting is None or painting.is_empty:
        cloned = asset if painting is None else skin_of(asset, painting)
        look = diffuse_look(cloned, _SIDE)
        return FacePicture(look, look, tuple(notes))
    left_out = [words for part, words in _SHADES.items() if is_painted(painting, part)]
    if left_out:
        notes.append(f"What was painted of {' and '.join(left_out)} is not in the texture.")
    bare = bare_face(diffuse_look(skin_of(asset, painting), painting.size), painting.size)
    paint = composed(asset, bare, replace(painting, baked=None)).maps.colour
    left_over = (255 - paint[..., 3:]).astype(np.uint16)
    seen = paint[..., :3] + (left_over * bare + 127) // 255
    return FacePicture(np.minimum(seen, 255).astype(np.uint8), bare, tuple(notes))
