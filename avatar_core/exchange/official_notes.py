"""What of paint and of edited hair an official checkpoint cannot hold, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from avatar_core.project.paint import LayerKind, TexturePart
from avatar_core.texture.changes import looks
from avatar_core.texture.content import content_digest

if TYPE_CHECKING:
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


def paint_notes(painting: Painting) -> list[str]:
    """On layers that are shown, and on what is baked."""
    notes = [text for part, text in _PARTS.items() if _is_painted(painting, part)]
    baked, is_painted = painting.baked, _is_painted(painting, TexturePart.COLOUR)
    if baked is None:
        if is_painted:
            notes.append("The paint is left out, because it is not baked into the texture yet.")
        return notes
    if content_digest(painting) != baked.source:
        notes.append(
            "The layers changed since they were baked; the checkpoint holds what is baked."
        )
    return [*notes, *_leftover_notes(baked)]


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


def _is_painted(painting: Painting, part: TexturePart) -> bool:
    shown = looks(painting, part)
    return any(painting.layers[layer_id].kind is not LayerKind.GROUP for layer_id in shown)


def _leftover_notes(baked: BakedPaint) -> list[str]:
    missed = int((baked.kept > _LEFT_OVER).sum())
    if not missed:
        return []
    return [
        f"On {missed} of {len(baked.texels)} baked texels a share of the paint is left out: the"
        " pixel decoder has no such colour."
    ]
