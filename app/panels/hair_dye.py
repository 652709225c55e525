"""Colouring hair: a dye, a gradient from root to tip, and grading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.icons import swatch
from app.panels.hair_adjusting import AdjustSliders, Slider
from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import action_button
from app.widgets.colour_button import ColourButton
from app.widgets.colour_field import ColourField
from app.widgets.drag_number import NumberRange
from app.widgets.fields import action_chip, chip, column, heading, line, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from app.widgets.colour_field import Rgb

_AMOUNT = NumberRange(0.0, 1.0, 1.0, 0.05)
_GRADE = NumberRange(-1.0, 1.0, 0.0, 0.05)
GRADES = (
    Slider("brightness", "Brightness", "Lighter or darker, in stops",
           NumberRange(-2.0, 2.0, 0.0, 0.05)),
    Slider("contrast", "Contrast", "Further from or closer to the mean lightness", _GRADE),
    Slider("temperature", "Warmth", "Towards gold, or towards ash", _GRADE),
    Slider("saturation", "Saturation", "More or less colour", _GRADE),
    Slider("hue_turn_rad", "Hue", "All hues turned, from red towards yellow",
           NumberRange(-3.1416, 3.1416, 0.0, 0.0349, 0, scale=57.29578, suffix="°")),
)  # fmt: skip
"""Each is a field of `avatar_core.hair.grade.Grade`."""

_PRESET_COLUMNS = 10


class HairDyeBody(QWidget):
    """The dye and what it can do to the selected hair.

    Args:
        presets: natural and other hair colours: name and `Rgb`.
        dye: dyes the selection.
        from_picture: takes the dye from a picture.
    """

    colour_edited = Signal(object)
    """`Rgb` wanted for the dye."""
    gradient_wanted = Signal(object, object)
    """`Rgb` at the roots and at the tips."""

    def __init__(
        self,
        presets: Sequence[tuple[str, Rgb]],
        dye: QAction,
        from_picture: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._field = ColourField()
        self._field.colour_edited.connect(self.colour_edited)
        self._amount = number(_AMOUNT, "Amount", "How much of the dye the hair takes on")
        self._amount.value_edited.connect(self._amount.set_value)
        self._keep = QCheckBox("Keep lightness")
        self._keep.setToolTip(
            "Change hue and colourfulness alone: dark hair stays dark, whatever the dye"
        )
        self.grades = AdjustSliders(GRADES, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            column(
                self._field,
                self._presets(presets),
                line(self._amount, action_button(from_picture, ROW_PX)),
                line(self._keep, action_chip(dye)),
                heading("Root to tip"),
                self._gradient(),
                heading("Grade"),
                *self.grades.fields.values(),
            )
        )

    def show_colour(self, colour: Rgb) -> None:
        self._field.show_colour(colour)

    @property
    def colour(self) -> Rgb:
        return self._field.colour

    @property
    def amount(self) -> float:
        """0..1."""
        return self._amount.value

    @property
    def keeps_lightness(self) -> bool:
        return self._keep.isChecked()

    @property
    def preset_buttons(self) -> list[QToolButton]:
        return self._preset_buttons

    @property
    def gradient_button(self) -> QToolButton:
        return self._apply

    def _presets(self, presets: Sequence[tuple[str, Rgb]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID_PX // 2)
        self._preset_buttons = []
        for place, (name, colour) in enumerate(presets):
            button = QToolButton()
            button.setIcon(swatch(QColor.fromRgbF(*colour).name()))
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.setFixedSize(ROW_PX, ROW_PX)
            button.clicked.connect(lambda _on=False, colour=colour: self._take(colour))
            self._preset_buttons.append(button)
            grid.addWidget(button, place // _PRESET_COLUMNS, place % _PRESET_COLUMNS)
        grid.setColumnStretch(_PRESET_COLUMNS, 1)
        return grid

    def _gradient(self) -> QHBoxLayout:
        root = ColourButton("Colour at the roots", "Root")
        tip = ColourButton("Colour at the tips", "Tip")
        root.show_colour((0.13, 0.08, 0.05))
        tip.show_colour((0.62, 0.42, 0.22))
        self._apply = chip("Apply", "Dye the selected hair from root to tip")
        self._apply.clicked.connect(lambda: self.gradient_wanted.emit(root.colour, tip.colour))
        return line(root, tip, self._apply)

    def _take(self, colour: Rgb) -> None:
        self._field.show_colour(colour)
        self.colour_edited.emit(colour)
