"""Smudge: drags paint of this layer along, as a finger does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.texture.brush import PaintBrushKind, PaintOption
from avatar_core.texture.scattered import SHARP, averaged

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.texture.brush import PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas

LENGTH = PaintOption(
    "length", "Length", "How long paint stays on the finger: longer streaks.", 0.0, 0.98, 0.75
)


class Smudge:
    """What lay under the brush goes along with it and mixes with what it meets.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._length = LENGTH.of(settings)
        self._places: Float32 = np.zeros((0, 2), np.float32)
        self._carried: Float32 = np.zeros((0, 4), np.float32)
        """[n, 4] premultiplied, what is on the finger at places [n, 2] of it."""

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made."""
        stamp = dab.stamp
        if not len(stamp.texels):
            return
        there = carried = canvas.read(stamp.texels)
        if len(self._places):
            brought = averaged(self._places, self._carried, stamp.places, SHARP * stamp.grain)
            carried = self._length * brought + (1 - self._length) * there
            share = (dab.flow * dab.opacity * stamp.weights)[:, None]
            canvas.write(stamp.texels, (1 - share) * there + share * carried)
        self._places, self._carried = stamp.places, carried

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


SMUDGE = PaintBrushKind(
    "smudge", "Smudge", "Drag paint of this layer along.", Smudge, options=(LENGTH,)
)
