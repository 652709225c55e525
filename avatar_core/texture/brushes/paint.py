"""Paint: lays a colour over what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.texture.brush import PaintBrushKind

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.texture.brush import Colour, PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas


class PaintColour:
    """A stroke of colour: however often it passes, it covers no more than its opacity.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._varies = settings.jitter.colour > 0
        self._mixed: Float32 = np.zeros((0, 4), np.float32)
        """[S * S, 4] premultiplied, what the stroke left, where its colours vary."""

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""
        if self._varies:
            self._mixed = np.zeros((canvas.size**2, 4), np.float32)

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made."""
        texels = dab.stamp.texels
        covered = canvas.cover(texels, dab.flow * dab.stamp.weights, dab.opacity)
        over = self._over(texels, covered, dab.colour)
        canvas.write(texels, (1 - covered)[:, None] * canvas.original(texels) + over)

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""

    def _over(self, texels: Int32, covered: Float32, colour: Colour) -> Float32:
        """[n, 4] premultiplied, what the stroke leaves by now."""
        opaque = np.array([*colour, 1], np.float32)
        if not self._varies:
            return covered[:, None] * opaque
        mixed = self._mixed[texels]
        mixed += (covered - mixed[:, 3])[:, None] * opaque
        self._mixed[texels] = mixed
        return mixed


PAINT = PaintBrushKind(
    "paint", "Paint", "Lay a colour over the face.", PaintColour, has_colour=True
)
