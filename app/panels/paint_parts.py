"""What goes into a neural face: its texture parts shown one by one, and how much each counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import action_chips, column, line, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

_STRENGTH = NumberRange(0.0, 2.0, 1.0, 0.05, 0, scale=100, suffix=" %")


class PaintPartsBody(QWidget):
    """Views of single parts, and sliders for those that move.

    Args:
        views: actions that show one part alone, or all together.
    """

    strength_edited = Signal(str, float)
    """"view" or "dynamic", and 0..2."""

    def __init__(self, views: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strengths: dict[str, DragNumber] = {
            "view": number(_STRENGTH, "View", "How much the place of the eye changes the face"),
            "dynamic": number(_STRENGTH, "Dynamic", "How much the expression changes the face"),
        }
        for name, field in self.strengths.items():
            field.set_value(1.0)
            field.value_edited.connect(
                lambda value, name=name: self.strength_edited.emit(name, value)
            )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(column(action_chips(views, 2), line(*self.strengths.values())))

    def show_strengths(self, view: float, dynamic: float) -> None:
        self.strengths["view"].set_value(view)
        self.strengths["dynamic"].set_value(dynamic)
