"""The Paint tools panel: the shelf of brushes, and the settings of the one in hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.paint_choice import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, STEEPEST_RAD, PaintChoice
from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import action_button
from app.widgets.colour_button import ColourButton
from app.widgets.colour_field import ColourField
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import action_chips, column, heading, line, number, scrolled
from app.widgets.panel import Panel
from app.widgets.section import Section
from app.widgets.tool_shelf import ToolShelf
from avatar_core.texture.tip import TIPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from avatar_core.texture.brush import PaintOption

_DEGREES = math.degrees(1.0)


def _share(default: float) -> NumberRange:
    return NumberRange(0.0, 1.0, default, 0.05, 0, scale=100, suffix=" %")


_START = PaintChoice()
_SIZE = NumberRange(
    SMALLEST_RADIUS_M, LARGEST_RADIUS_M, _START.radius_m, 0.0005, 1, scale=1000, suffix=" mm"
)
_ROWS = (
    ("radius_m", "Size", "Radius of the brush, also [ and ] or Alt with the wheel", _SIZE),
    ("opacity", "Opacity", "What a stroke does not exceed", _share(1.0)),
    ("flow", "Flow", "What each stamp of a stroke adds", _share(1.0)),
    ("hardness", "Hardness", "Sharp or soft rim, also Shift with [ and ]", _share(_START.hardness)),
)
_STROKE_ROWS = (
    ("spacing", "Spacing", "Between the stamps of a stroke, in widths of the brush",
     NumberRange(0.02, 2.0, _START.spacing, 0.02, 0, scale=100, suffix=" %")),
    ("angle_rad", "Angle", "By which the tip is turned",
     NumberRange(-math.pi, math.pi, 0.0, math.radians(5), 0, scale=_DEGREES, suffix="°")),
    ("steady_px", "Steady", "Length of the rope by which the pen draws the brush behind it",
     NumberRange(0.0, 100.0, 0.0, 2.0, 0, suffix=" px")),
    ("facing_rad", "Edge", "Turned away so far from the eye, skin takes no more paint",
     NumberRange(0.2, STEEPEST_RAD, _START.facing_rad, math.radians(5), 0, scale=_DEGREES,
                 suffix="°")),
)  # fmt: skip
_JITTER_ROWS = (
    ("jitter_place", "Place", "How far stamps lie beside the line", _share(0.0)),
    ("jitter_size", "Size", "How much smaller stamps may be", _share(0.0)),
    ("jitter_angle", "Angle", "How far stamps are turned, either way", _share(0.0)),
    ("jitter_colour", "Colour", "How far colours vary, either way", _share(0.0)),
)


class PaintToolsPanel(Panel):
    """Which brush is in hand, and how it paints.

    Args:
        shelf: groups of brushes: a title and its actions, from top to bottom.
        switches: what holds for all brushes.
        swap: lets the two colours change places.
        parts: what is below the brushes.
    """

    choice_edited = Signal(object)
    """The `PaintChoice` wanted for the brush in hand."""

    def __init__(
        self,
        shelf: Sequence[tuple[str, Sequence[QAction]]],
        switches: Sequence[QAction],
        swap: QAction,
        parts: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._choice = PaintChoice()
        self.numbers: dict[str, DragNumber] = {}
        """Fields by the name of what they set in a `PaintChoice`."""
        self.options: dict[str, DragNumber | QComboBox] = {}
        """Further settings of the brush in hand, by id."""
        self.shelf = ToolShelf(shelf)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.shelf)
        layout.addWidget(self._colour_body(swap))
        layout.addWidget(self._brush_body())
        self._more = Section("Stroke", self._stroke_body())
        self._more.set_open(False)
        layout.addWidget(self._more)
        layout.addWidget(heading("All brushes"))
        layout.addLayout(action_chips(switches, 2))
        layout.addWidget(Section("Texture parts", parts))
        layout.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(content))

    # showing

    def show_tool(
        self,
        label: str,
        tip: str,
        *,
        has_tip: bool,
        has_colour: bool,
        has_opacity: bool = True,
        options: Sequence[PaintOption] = (),
    ) -> None:
        """The brush in hand; its settings are shown by `show_choice`."""
        self.shelf.show_tool(label, tip)
        self._colours.setVisible(has_colour)
        for name in ("radius_m", "flow", "hardness"):
            self.numbers[name].setVisible(has_tip)
        self.numbers["opacity"].setVisible(has_opacity)
        self._more.setVisible(has_tip)
        self._show_options(options)

    def show_choice(self, choice: PaintChoice) -> None:
        self._choice = choice
        for name, field in self.numbers.items():
            field.set_value(getattr(choice, name))
        self.colour.show_colour(choice.colour)
        self.second.show_colour(choice.second_colour)
        self.now.show_colour(choice.colour)
        with QSignalBlocker(self.tip):
            self.tip.setCurrentIndex(list(TIPS).index(choice.tip))
        for name, option in self.options.items():
            value = choice.options.get(name, 0.0)
            if isinstance(option, DragNumber):
                option.set_value(value)
            else:
                with QSignalBlocker(option):
                    option.setCurrentIndex(int(value))

    # building

    def _colour_body(self, swap: QAction) -> QWidget:
        self.colour = ColourField()
        self.colour.colour_edited.connect(lambda colour: self._ask(colour=colour))
        self.now = ColourButton("The colour to paint with; Alt-click takes one from the face")
        self.now.colour_edited.connect(lambda colour: self._ask(colour=colour))
        self.second = ColourButton("The second colour")
        self.second.colour_edited.connect(lambda colour: self._ask(second_colour=colour))
        self._colours = QWidget()
        body = QVBoxLayout(self._colours)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(GRID_PX // 2)
        body.addWidget(self.colour)
        row = line(self.now, self.second, action_button(swap, ROW_PX))
        row.addStretch(1)
        body.addLayout(row)
        return self._colours

    def _brush_body(self) -> QWidget:
        body = column(*(self._number(*row) for row in _ROWS))
        self._option_rows = QVBoxLayout()
        self._option_rows.setSpacing(GRID_PX // 2)
        layout = body.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._option_rows)
        return body

    def _stroke_body(self) -> QWidget:
        self.tip = QComboBox()
        self.tip.setAccessibleName("Tip")
        self.tip.setToolTip("What a stamp of the brush leaves")
        self.tip.addItems([f"{label} tip" for label, _ in TIPS.values()])
        self.tip.activated.connect(lambda row: self._ask(tip=list(TIPS)[row]))
        spacing, angle, steady, edge = (self._number(*row) for row in _STROKE_ROWS)
        place, size, turn, colour = (self._number(*row) for row in _JITTER_ROWS)
        return column(
            self.tip, line(spacing, angle), line(steady, edge), heading("Jitter"),
            line(place, size), line(turn, colour),
        )  # fmt: skip

    def _number(self, name: str, label: str, tip: str, limits: NumberRange) -> DragNumber:
        field = number(limits, label, tip)
        field.value_edited.connect(lambda value: self._ask(**{name: value}))
        self.numbers[name] = field
        return field

    def _show_options(self, options: Sequence[PaintOption]) -> None:
        for field in self.options.values():
            self._option_rows.removeWidget(field)
            field.hide()
            field.deleteLater()
        self.options = {}
        for option in options:
            field = self._list(option) if option.choices else self._slider(option)
            self.options[option.id] = field
            self._option_rows.addWidget(field)

    def _slider(self, option: PaintOption) -> DragNumber:
        step = (option.high - option.low) / 50
        limits = NumberRange(option.low, option.high, option.default, step)
        field = number(limits, option.label, option.tip)
        field.value_edited.connect(lambda value: self._ask_option(option.id, value))
        return field

    def _list(self, option: PaintOption) -> QComboBox:
        field = QComboBox()
        field.setAccessibleName(option.label)
        field.setToolTip(option.tip)
        field.addItems([f"{option.label}: {words.lower()}" for words in option.choices])
        field.activated.connect(lambda row: self._ask_option(option.id, option.low + row))
        return field

    def _ask_option(self, name: str, value: float) -> None:
        self._ask(options={**self._choice.options, name: value})

    def _ask(self, **changes: object) -> None:
        self.choice_edited.emit(replace(self._choice, **changes))  # type: ignore[arg-type]
