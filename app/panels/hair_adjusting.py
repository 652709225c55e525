"""Sliders that change hair while they are dragged, and one step of the history when let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.widgets.fields import number

if TYPE_CHECKING:
    from app.widgets.drag_number import DragNumber, NumberRange


@dataclass(frozen=True, slots=True)
class Slider:
    """One of them: its id, words, tip and range."""

    id: str
    label: str
    tip: str
    limits: NumberRange


class AdjustSliders(QObject):
    """A family of sliders. Each goes back to its default once its change has landed.

    Args:
        sliders: from top to bottom.
        parent: the owner.
    """

    started = Signal(str)
    """A drag of the slider of this id begins."""
    moved = Signal(str, float)
    """It asks for this value."""
    landed = Signal(str)
    """The value asked for last is what is wanted."""
    dropped = Signal(str)
    """Escape: nothing is wanted."""

    def __init__(self, sliders: tuple[Slider, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, DragNumber] = {}
        for slider in sliders:
            field = number(slider.limits, slider.label, slider.tip)
            self.fields[slider.id] = field
            self._follow(slider.id, field)

    def _follow(self, name: str, field: DragNumber) -> None:
        field.gesture_started.connect(lambda: self.started.emit(name))
        field.value_edited.connect(lambda value: self._move(name, value))
        field.gesture_ended.connect(lambda: self._end(name, self.landed))
        field.gesture_cancelled.connect(lambda: self._end(name, self.dropped))

    def _move(self, name: str, value: float) -> None:
        field = self.fields[name]
        if field.is_dragging:
            field.set_value(value)
            self.moved.emit(name, value)
            return
        self.started.emit(name)  # typed, or a step of the wheel: a whole change at once
        self.moved.emit(name, value)
        self._end(name, self.landed)

    def _end(self, name: str, told: object) -> None:
        told.emit(name)  # type: ignore[attr-defined]
        self.fields[name].set_value(self.fields[name].limits.default)
