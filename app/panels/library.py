"""The library: avatars, hairstyles and portraits at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import GRID_PX
from app.widgets.card_list import CardList, CardStyle
from app.widgets.panel import Panel
from app.widgets.section import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.widgets.card_list import Card

_AVATARS = CardStyle("Bring onto the stage", "library", picture_px=64, lines=3)
_HAIRSTYLES = CardStyle("Put on the avatar", "hair", picture_px=56, lines=2, margin_px=8)
_PORTRAITS = CardStyle("Let perform", "outline", picture_px=56, lines=2, margin_px=8)


class LibraryPanel(Panel):
    """Lists of cards: avatars for the stage, hairstyles for the avatar on it, and portraits."""

    avatar_chosen = Signal(str)
    """Reference of the avatar wanted."""
    open_requested = Signal()
    remove_requested = Signal(str)
    """Take this avatar off the list; its file stays."""
    hair_chosen = Signal(str)
    """Reference of the hairstyle wanted; empty for the avatar's own hair."""
    open_hair_requested = Signal()
    remove_hair_requested = Signal(str)
    """Take this hairstyle off the list; its file stays."""
    portrait_chosen = Signal(str)
    """Reference of the portrait that shall perform."""
    add_portrait_requested = Signal()
    remove_portrait_requested = Signal(str)
    """Take this portrait off the list; its file stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._avatars = CardList(_AVATARS)
        self._avatars.chosen.connect(self.avatar_chosen)
        self._avatars.remove_requested.connect(self.remove_requested)
        self._hairstyles = CardList(_HAIRSTYLES)
        self._hairstyles.chosen.connect(self.hair_chosen)
        self._hairstyles.remove_requested.connect(self.remove_hair_requested)
        self._portraits = CardList(_PORTRAITS)
        self._portraits.chosen.connect(self.portrait_chosen)
        self._portraits.remove_requested.connect(self.remove_portrait_requested)
        open_avatar = _button(
            "Open avatar …", "Add an .avatar file to the library and bring it onto the stage"
        )
        open_avatar.clicked.connect(self.open_requested)
        open_hair = _button(
            "Open hairstyle …", "Add a .hair file to the library and put it on the avatar"
        )
        open_hair.clicked.connect(self.open_hair_requested)
        add_portrait = _button(
            "Add portrait …", "Make a portrait of a picture and let it perform with the avatar"
        )
        add_portrait.clicked.connect(self.add_portrait_requested)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        self._layout.setSpacing(GRID_PX)
        self._add_section("Avatars", self._avatars, open_avatar)
        self._add_section("Hairstyles", self._hairstyles, open_hair)
        self._add_section("Portraits", self._portraits, add_portrait)
        self._layout.addStretch()

    def show_avatars(self, cards: Sequence[Card]) -> None:
        self._avatars.show_cards(cards)

    def show_hairstyles(self, cards: Sequence[Card]) -> None:
        self._hairstyles.show_cards(cards)

    def show_portraits(self, cards: Sequence[Card]) -> None:
        self._portraits.show_cards(cards)

    @property
    def cards(self) -> list[Card]:
        """The avatars shown."""
        return self._avatars.cards

    @property
    def hair_cards(self) -> list[Card]:
        """The hairstyles shown."""
        return self._hairstyles.cards

    @property
    def portrait_cards(self) -> list[Card]:
        """The portraits shown."""
        return self._portraits.cards

    def _add_section(self, title: str, cards: CardList, button: QPushButton) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(cards)
        layout.addWidget(button)
        section = Section(title, content)
        index = self._layout.count()
        self._layout.addWidget(section, 1)
        # A folded section leaves its room to the other one.
        section.toggled.connect(lambda is_open: self._layout.setStretch(index, int(is_open)))


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(icon("folder"), text)
    button.setToolTip(tip)
    return button
