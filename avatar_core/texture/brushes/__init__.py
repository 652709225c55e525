"""The paint brushes: one file each, and the shelf they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.texture.brushes.blur import BLUR
from avatar_core.texture.brushes.clone import CLONE
from avatar_core.texture.brushes.erase import ERASE
from avatar_core.texture.brushes.fill import FILL
from avatar_core.texture.brushes.gradient import GRADIENT
from avatar_core.texture.brushes.latent_clone import LATENT_CLONE
from avatar_core.texture.brushes.paint import PAINT
from avatar_core.texture.brushes.pick import PICK
from avatar_core.texture.brushes.smudge import SMUDGE

if TYPE_CHECKING:
    from avatar_core.texture.brush import PaintBrushKind

PAINT_BRUSHES: tuple[PaintBrushKind, ...] = (
    PAINT,
    ERASE,
    SMUDGE,
    BLUR,
    CLONE,
    LATENT_CLONE,
    FILL,
    GRADIENT,
    PICK,
)
"""In the order of the shelf."""


def paint_brush_kind(brush_id: str) -> PaintBrushKind:
    """The brush of an id.

    Raises:
        KeyError: there is none.
    """
    return {kind.id: kind for kind in PAINT_BRUSHES}[brush_id]
