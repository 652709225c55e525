"""Blur: softens the paint of this layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.texture.brush import PaintBrushKind, PaintOption
from avatar_core.texture.scattered import averaged

if TYPE_CHECKING:
    from avatar_core.texture.brush import PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas

WIDTH = PaintOption(
    "width", "Softness", "How far colours run into one another, texels.", 0.5, 6.0, 1.5
)


class Blur:
    """Every stamp softens a little more. Colours run over the seams of charts.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._width = WIDTH.of(settings)

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made."""
        stamp = dab.stamp
        if not len(stamp.texels):
            return
        width = self._width * stamp.grain
        # What lies just beyond the rim counts too, or colours would run inwards only.
        scale = 1 + 3 * width
        around = dab.stamp_at(dab.point, scale)
        paint = canvas.read(around.texels)
        # Texels of charts of another size count by their areas.
        areas = around.grains[:, None] ** 2
        values = np.concatenate([areas * paint, areas], axis=1)
        sums = averaged(around.places * np.float32(scale), values, stamp.places, width)
        soft = sums[:, :4] / sums[:, 4:]
        share = (dab.flow * dab.opacity * stamp.weights)[:, None]
        canvas.write(stamp.texels, (1 - share) * canvas.read(stamp.texels) + share * soft)

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


BLUR = PaintBrushKind("blur", "Blur", "Soften the paint of this layer.", Blur, options=(WIDTH,))
