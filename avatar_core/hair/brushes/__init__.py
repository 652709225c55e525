"""The brushes: one file each, and the shelf they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.hair.brushes.dye import DYE
from avatar_core.hair.brushes.highlight import HIGHLIGHT

if TYPE_CHECKING:
    from avatar_core.hair.brush import BrushKind

BRUSHES: tuple[BrushKind, ...] = (DYE, HIGHLIGHT)
"""In the order of the shelf."""


def brush_kind(brush_id: str) -> BrushKind:
    """The brush of an id.

    Raises:
        KeyError: there is none.
    """
    return {kind.id: kind for kind in BRUSHES}[brush_id]
