"""Pick: takes the colour that is seen at a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.texture.brush import Gesture, PaintBrushKind

if TYPE_CHECKING:
    from avatar_core.texture.brush import Colour, PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas


class Pick:
    """One click; the layer stays as it is.

    Args:
        settings: of the radius, over which colours are averaged.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self.colour: Colour | None = None
        """Display RGB 0..1; None beside the head, or where nothing is painted."""

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""
        stamp = dab.stamp
        if len(stamp.texels):
            total = stamp.weights @ canvas.seen(stamp.texels)
            if total[3] > 0:
                red, green, blue = (total[:3] / total[3]).clip(0, 1).tolist()
                self.colour = (red, green, blue)

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """Nothing is left to do."""

    def end(self, canvas: PaintCanvas) -> None:
        """Nothing is left to do."""


PICK = PaintBrushKind(
    "pick", "Pick colour", "Click to take the colour that is seen there.", Pick,
    gesture=Gesture.CLICK, paints=False,
)  # fmt: skip
