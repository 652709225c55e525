"""The brushes: one file each, and the shelf they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.hair.brushes.clone import CLONE
from avatar_core.hair.brushes.comb import COMB
from avatar_core.hair.brushes.cut import CUT
from avatar_core.hair.brushes.delete import DELETE
from avatar_core.hair.brushes.density import DENSITY
from avatar_core.hair.brushes.dye import DYE
from avatar_core.hair.brushes.grow import GROW
from avatar_core.hair.brushes.highlight import HIGHLIGHT
from avatar_core.hair.brushes.hook import HOOK
from avatar_core.hair.brushes.pinch import PINCH
from avatar_core.hair.brushes.puff import PUFF
from avatar_core.hair.brushes.repair import REPAIR
from avatar_core.hair.brushes.smooth import SMOOTH
from avatar_core.hair.brushes.twist import TWIST

if TYPE_CHECKING:
    from avatar_core.hair.brush import BrushKind

BRUSHES: tuple[BrushKind, ...] = (
    COMB,
    HOOK,
    SMOOTH,
    PUFF,
    PINCH,
    TWIST,
    CUT,
    GROW,
    DENSITY,
    CLONE,
    REPAIR,
    DELETE,
    DYE,
    HIGHLIGHT,
)
"""In the order of the shelf."""


def brush_kind(brush_id: str) -> BrushKind:
    """The brush of an id.

    Raises:
        KeyError: there is none.
    """
    return {kind.id: kind for kind in BRUSHES}[brush_id]
