"""Erase: takes paint of this layer away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.texture.brush import PaintBrushKind

if TYPE_CHECKING:
    from avatar_core.texture.brush import PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas


class Erase:
    """A stroke that takes away no more than the share its opacity says.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        pass

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made."""
        texels = dab.stamp.texels
        covered = canvas.cover(texels, dab.flow * dab.stamp.weights, dab.opacity)
        canvas.write(texels, (1 - covered)[:, None] * canvas.original(texels))

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


ERASE = PaintBrushKind("erase", "Erase", "Take paint of this layer away.", Erase)
