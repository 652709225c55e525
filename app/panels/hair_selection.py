"""Selecting hair without a brush: all of it, by colour, by a property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLayout, QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.colour_button import ColourButton
from app.widgets.drag_number import NumberRange
from app.widgets.fields import action_chips, chip, column, heading, line, number
from app.widgets.range_histogram import RangeHistogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from app.widgets.colour_field import Rgb
    from app.widgets.range_histogram import ValueFormat
    from avatar_core.geometry import Float32

_TOLERANCE = NumberRange(0.01, 0.4, 0.06, 0.01)


class HairSelectionBody(QWidget):
    """What is selected, and other ways to select.

    Args:
        actions: of the whole selection, in rows of three.
        properties: what can be selected by: id and words.
    """

    colour_wanted = Signal(object, float, bool, object)
    """`Rgb`, tolerance in OKLab, whether as seen, the `Qt.KeyboardModifiers`."""
    property_wanted = Signal(str)
    """Show how this property is distributed."""
    range_wanted = Signal(str, float, float, object)
    """Property, low, high, `Qt.KeyboardModifiers`."""

    def __init__(
        self,
        actions: Sequence[QAction],
        properties: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._count = QLabel()
        self._count.setProperty("role", "dim")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            column(
                self._count,
                action_chips(actions, 3),
                heading("By colour"),
                *self._colour_rows(),
                heading("By property"),
                *self._property_rows(properties),
            )
        )
        self.show_count(0, 0)

    def show_count(self, selected: int, visible: int) -> None:
        """How much is selected of the hair that can be edited."""
        if selected:
            self._count.setText(f"{selected:,} of {visible:,} selected".replace(",", " "))
        else:
            self._count.setText("Nothing selected: tools work on all hair")

    def show_colour(self, colour: Rgb) -> None:
        self._colour.show_colour(colour)

    def show_distribution(self, values: Float32, written: ValueFormat) -> None:
        """The values [n] of the property chosen."""
        self._histogram.show_values(values, written)

    @property
    def property_id(self) -> str:
        """The property chosen; empty where there is none to choose."""
        return self._property.currentData() or ""

    @property
    def count_text(self) -> str:
        return self._count.text()

    @property
    def histogram(self) -> RangeHistogram:
        return self._histogram

    def _colour_rows(self) -> tuple[QWidget | QLayout, ...]:
        self._colour = ColourButton("The colour looked for")
        self._tolerance = number(
            _TOLERANCE, "Tolerance", "How far a colour may be off, as people see it"
        )
        self._tolerance.value_edited.connect(self._tolerance.set_value)
        self._source = QComboBox()
        self._source.addItems(["Base colour", "As seen"])
        self._source.setToolTip("Compare the basic colour, or what is seen from the camera")
        self._source.setAccessibleName("Which colour")
        self._find = chip("Select", "Select hair of this colour; Shift adds, Ctrl takes away")
        self._find.clicked.connect(self._want_colour)
        return (line(self._colour, self._tolerance), line(self._source, self._find))

    def _property_rows(
        self, properties: Sequence[tuple[str, str]]
    ) -> tuple[QWidget | QLayout, ...]:
        self._property = QComboBox()
        self._property.setAccessibleName("Property")
        self._property.setToolTip("What hair is told apart by")
        with QSignalBlocker(self._property):
            for name, words in properties:
                self._property.addItem(words, name)
        self._property.activated.connect(lambda: self.property_wanted.emit(self.property_id))
        self._histogram = RangeHistogram()
        self._histogram.range_chosen.connect(
            lambda low, high, keys: self.range_wanted.emit(self.property_id, low, high, keys)
        )
        spaced = QVBoxLayout()
        spaced.setContentsMargins(0, 0, 0, GRID_PX // 2)
        spaced.addWidget(self._histogram)
        return (self._property, spaced)

    def _want_colour(self) -> None:
        keys: Qt.KeyboardModifier = QApplication.keyboardModifiers()
        is_seen = self._source.currentIndex() == 1
        self.colour_wanted.emit(self._colour.colour, self._tolerance.value, is_seen, keys)
