"""The Tools panel: the shelf, and the settings of the tool in hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.colour_button import ColourButton
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import action_chips, heading, line, number, scrolled
from app.widgets.panel import Panel
from app.widgets.tool_shelf import ToolShelf
from avatar_core.hair.brush import (
    LARGEST_RADIUS_M,
    SMALLEST_RADIUS_M,
    BrushSettings,
    Falloff,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from avatar_core.hair.brush import BrushOption


class GroomToolsPanel(Panel):
    """Which tool is in hand, and how it works.

    Args:
        shelf: groups of tools: a title and its actions, from top to bottom.
        switches: what holds for all tools: mirror, visible hair only, pen.
    """

    settings_edited = Signal(object)
    """The `BrushSettings` wanted for the brush in hand."""

    def __init__(
        self,
        shelf: Sequence[tuple[str, Sequence[QAction]]],
        switches: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = BrushSettings()
        self._sizes: dict[str, DragNumber] = {}
        self._options: dict[str, DragNumber] = {}
        self.shelf = ToolShelf(shelf)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.shelf)
        layout.addWidget(self._brush_body())
        layout.addWidget(heading("All tools"))
        layout.addLayout(action_chips(switches, 2))
        layout.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(content))

    # showing

    def show_tool(
        self,
        label: str,
        tip: str,
        first: BrushSettings | None,
        *,
        has_colour: bool = False,
        options: Sequence[BrushOption] = (),
    ) -> None:
        """The tool in hand; its settings are shown by `show_settings`.

        Args:
            label: what it is called.
            tip: a sentence.
            first: what a double-click leads back to; None for a tool without a size.
            has_colour: whether it paints with the dye.
            options: its further numbers.
        """
        self.shelf.show_tool(label, tip)
        self._falloff.setVisible(first is not None)
        self._colour.setVisible(has_colour)
        self._body.setVisible(first is not None or bool(options))
        self._rebuild(first, options)

    def show_settings(self, settings: BrushSettings) -> None:
        self._settings = settings
        for name, value in (("radius_m", settings.radius_m), ("strength", settings.strength)):
            if name in self._sizes:
                self._sizes[name].set_value(value)
        self._colour.show_colour(settings.colour)
        with QSignalBlocker(self._falloff):
            self._falloff.setCurrentIndex(list(Falloff).index(settings.falloff))
        for name, field in self._options.items():
            field.set_value(settings.options.get(name, field.limits.default))

    @property
    def sizes(self) -> dict[str, DragNumber]:
        """Radius and strength of the tool in hand, by their names in `BrushSettings`."""
        return self._sizes

    @property
    def colour(self) -> ColourButton:
        return self._colour

    @property
    def falloff(self) -> QComboBox:
        return self._falloff

    @property
    def options(self) -> dict[str, DragNumber]:
        """Further numbers of the brush in hand, by id."""
        return self._options

    # building

    def _brush_body(self) -> QWidget:
        self._falloff = QComboBox()
        self._falloff.setToolTip("How the effect fades towards the rim")
        self._falloff.setAccessibleName("Falloff")
        self._falloff.addItems([f"{each.value.capitalize()} falloff" for each in Falloff])
        self._falloff.activated.connect(lambda row: self._ask(falloff=list(Falloff)[row]))
        self._colour = ColourButton("The colour to paint with; Alt-click takes one from the hair")
        self._colour.colour_edited.connect(lambda colour: self._ask(colour=colour))
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(GRID_PX // 2)
        self._size_rows = QVBoxLayout()
        self._size_rows.setSpacing(GRID_PX // 2)
        body.addLayout(self._size_rows)
        body.addLayout(line(self._falloff, self._colour))
        self._option_rows = QVBoxLayout()
        self._option_rows.setSpacing(GRID_PX // 2)
        body.addLayout(self._option_rows)
        return self._body

    def _rebuild(self, first: BrushSettings | None, options: Sequence[BrushOption]) -> None:
        """Make the fields of a tool anew, with its own defaults."""
        for field in (*self._sizes.values(), *self._options.values()):
            field.hide()
            field.deleteLater()
        self._sizes = {} if first is None else _size_fields(first)
        self._options = {option.id: _option_field(option) for option in options}
        for name, field in self._sizes.items():
            field.value_edited.connect(lambda value, name=name: self._ask(**{name: value}))
            self._size_rows.addWidget(field)
        for name, field in self._options.items():
            field.value_edited.connect(
                lambda value, name=name: self._ask(options={**self._settings.options, name: value})
            )
            self._option_rows.addWidget(field)

    def _ask(self, **changes: object) -> None:
        self.settings_edited.emit(replace(self._settings, **changes))  # type: ignore[arg-type]


def _size_fields(first: BrushSettings) -> dict[str, DragNumber]:
    radius = NumberRange(
        SMALLEST_RADIUS_M, LARGEST_RADIUS_M, first.radius_m, 0.001, 0, scale=1000, suffix=" mm"
    )
    strength = NumberRange(0.0, 1.0, first.strength, 0.05)
    return {
        "radius_m": number(
            radius, "Size", "Radius of the brush, also [ and ] or Alt with the wheel"
        ),
        "strength": number(
            strength, "Strength", "How much the brush does, also Shift with [ and ]"
        ),
    }


def _option_field(option: BrushOption) -> DragNumber:
    limits = NumberRange(
        option.low, option.high, option.default, (option.high - option.low) / 50,
        option.decimals, option.scale, option.suffix,
    )  # fmt: skip
    return number(limits, option.label, option.tip)
