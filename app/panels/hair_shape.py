"""Shaping hair as a whole: length, volume, thickness, one side like the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.hair_adjusting import AdjustSliders, Slider
from app.widgets.drag_number import NumberRange
from app.widgets.fields import action_chips, column, heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

SHAPES = (
    Slider("length", "Length", "Longer or shorter strands",
           NumberRange(0.2, 2.0, 1.0, 0.02, 0, scale=100, suffix=" %")),
    Slider("volume", "Volume", "Further from or closer to the head",
           NumberRange(0.0, 3.0, 1.0, 0.02, 0, scale=100, suffix=" %")),
    Slider("thin", "Thin out", "Take away evenly, strand by strand",
           NumberRange(0.0, 0.95, 0.0, 0.02, 0, scale=100, suffix=" %")),
)  # fmt: skip


class HairShapeBody(QWidget):
    """Sliders for the selected hair, and actions below them.

    Args:
        copies: mirror one side onto the other.
        tools: of the shelf that shape too.
    """

    def __init__(
        self,
        copies: Sequence[QAction],
        tools: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.sliders = AdjustSliders(SHAPES, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            column(
                *self.sliders.fields.values(),
                action_chips(tools, 2),
                heading("Mirror, the person's sides"),
                action_chips(copies, 2),
            )
        )
