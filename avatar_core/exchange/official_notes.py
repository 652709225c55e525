"""What of paint and of edited hair an official checkpoint cannot hold, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from avatar_core.project.paint import LayerKind, TexturePart
from avatar_core.texture.changes import looks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.hair.edited import EditedHair
    from avatar_core.project import Painting
    from avatar_core.project.paint import BakedPaint

_LEFT_OVER = 1 / 64
"""Share of paint beyond the network's reach that can be seen."""

_MOVED_M = 1e-6

_PARTS: Final = {
    TexturePart.GLOSS: "The gloss that was painted is left out: the original knows one view texture"
    " at full strength.",
    TexturePart.WRINKLES: "The strength of wrinkles that was painted is left out: the original"
    " knows one dynamic texture at full strength.",
    TexturePart.SCULPT: "What was sculpted is left out: the original's mesh moves by its"
    " displacement network alone.",
}


def paint_notes(painting: Painting, baked: BakedPaint | None) -> list[str]:
    """On layers that are shown.

    Args:
        painting: the layers.
        baked: what of them is in the checkpoint, see `official_paint`; None for no paint.
    """
    notes = [text for part, text in _PARTS.items() if is_painted(painting, part)]
    if baked is None:
        return notes
    if baked is not painting.baked:
        notes.append(
            "The paint was baked for the checkpoint; what is baked in the project stays as it is."
        )
    missed = int(is_missed(baked).sum())
    if missed:
        notes.append(
            f"On {missed} of {len(baked.texels)} painted texels the colour is only as near as it"
            " comes: the pixel decoder does not have the one that was painted."
        )
    return notes


def is_painted(painting: Painting, part: TexturePart) -> bool:
    """Whether a layer that is shown changes a texture part."""
    shown = looks(painting, part)
    return any(painting.layers[layer_id].kind is not LayerKind.GROUP for layer_id in shown)


def is_missed(baked: BakedPaint) -> NDArray[np.bool_]:
    """[T] whether the network lacks so much of a texel's colour that one sees it."""
    return baked.kept > _LEFT_OVER


def hair_notes(hair: EditedHair) -> list[str]:
    """On Gaussians whose deformation the original will ask for elsewhere.

    Here an edited Gaussian goes on asking for its place in the hairstyle, or that of the one it
    rides on; the original asks for where it is now.
    """
    count = len(hair.base)
    is_moved = np.abs(hair.offsets[hair.changed]).max(axis=1, initial=0) > _MOVED_M
    moved = int((is_moved & (hair.changed < count)).sum()) + len(hair.cloud) - count
    if not moved:
        return []
    return [
        f"{moved} Gaussians were moved or added: the original asks its deformation network for"
        " their new places, so they follow expressions in another way there."
    ]
