"""The Make-up panel: looks that are put on as ordinary layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.icons import icon, swatch
from app.theme import GRID_PX, ROW_PX
from app.widgets.card_list import Card, CardList, CardStyle
from app.widgets.colour_button import ColourButton
from app.widgets.drag_number import NumberRange
from app.widgets.fields import line, number
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.widgets.colour_field import Rgb

_STYLE = CardStyle("Choose", "gloss", picture_px=44, lines=2, margin_px=6)
_STRENGTH = NumberRange(0.0, 1.0, 1.0, 0.05, 0, scale=100, suffix=" %")


@dataclass(frozen=True, slots=True, eq=False)
class PresetCard:
    """One look.

    Args:
        id: what it is called by.
        name, tip: words.
        colours: display RGB 0..1 in which it is offered, the usual one first.
        strength: 0..1, the usual one.
        picture: how it looks; None while that is not known.
    """

    id: str
    name: str
    tip: str
    colours: tuple[Rgb, ...]
    strength: float
    picture: QImage | None = None


class PaintPresetsPanel(Panel):
    """Cards, and below them colour and strength of the chosen one."""

    preset_wanted = Signal(str, object, float)
    """Put this one on: id, `Rgb`, strength 0..1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[str, PresetCard] = {}
        self._chosen = ""
        self._known: dict[str, tuple[Rgb, float]] = {}
        self._buttons: list[QToolButton] = []
        self.list = CardList(_STYLE)
        self.list.setAccessibleName("Make-up")
        self.list.chosen.connect(self.choose)
        self.list.itemDoubleClicked.connect(lambda _item: self._ask())
        self.colour = ColourButton("Colour of the make-up")
        self.colour.colour_edited.connect(lambda colour: self._set(colour=colour))
        self.strength = number(_STRENGTH, "Strength", "Opacity of the layers that are added")
        self.strength.value_edited.connect(lambda value: self._set(strength=value))
        self._swatches = QHBoxLayout()
        self._swatches.setSpacing(GRID_PX // 2)
        self.add = QPushButton(icon("add"), "Put on")
        self.add.setToolTip("Add the make-up as layers, to be changed like any other")
        self.add.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX // 2)
        row.addLayout(self._swatches)
        row.addStretch(1)
        row.addWidget(self.colour)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addLayout(line(self.strength, self.add))

    def show_presets(self, presets: Sequence[PresetCard]) -> None:
        """Offer looks; the first one is chosen."""
        self._cards = {preset.id: preset for preset in presets}
        self._known = {
            each: self._known.get(each, (card.colours[0], card.strength))
            for each, card in self._cards.items()
        }
        if self._chosen not in self._cards:
            self._chosen = next(iter(self._cards), "")
        self._show()

    def show_picture(self, preset_id: str, picture: QImage) -> None:
        """How a look looks, once it is known."""
        if preset_id in self._cards:
            self._cards[preset_id] = replace(self._cards[preset_id], picture=picture)
            self._show()

    def choose(self, preset_id: str) -> None:
        """As a click on its card."""
        self._chosen = preset_id
        self._show()

    @property
    def chosen(self) -> str:
        return self._chosen

    @property
    def swatches(self) -> list[QToolButton]:
        """Buttons with the usual colours of the chosen look."""
        return self._buttons

    def _show(self) -> None:
        self.list.show_cards(
            [
                Card(each.id, each.name, each.tip, each.picture, each.id == self._chosen, True)
                for each in self._cards.values()
            ]
        )
        for button in self._buttons:
            self._swatches.removeWidget(button)
            button.hide()
            button.deleteLater()
        card = self._cards.get(self._chosen)
        self._buttons = [self._swatch(colour) for colour in (card.colours if card else ())]
        for button in self._buttons:
            self._swatches.addWidget(button)
        self.add.setEnabled(card is not None)
        self._show_numbers()

    def _show_numbers(self) -> None:
        if self._chosen in self._known:
            colour, strength = self._known[self._chosen]
            self.colour.show_colour(colour)
            self.strength.set_value(strength)

    def _swatch(self, colour: Rgb) -> QToolButton:
        button = QToolButton()
        button.setIcon(swatch(QColor.fromRgbF(*colour).name()))
        button.setToolTip("Use this colour")
        button.setAccessibleName(QColor.fromRgbF(*colour).name())
        button.setFixedSize(ROW_PX, ROW_PX)
        button.clicked.connect(lambda: self._set(colour=colour))
        return button

    def _set(self, *, colour: Rgb | None = None, strength: float | None = None) -> None:
        if self._chosen in self._known:
            old = self._known[self._chosen]
            self._known[self._chosen] = (
                colour or old[0],
                old[1] if strength is None else strength,
            )
            self._show_numbers()

    def _ask(self) -> None:
        if self._chosen in self._known:
            self.preset_wanted.emit(self._chosen, *self._known[self._chosen])
