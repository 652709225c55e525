"""Portraits in the library: those that come along, and the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.library import KnownAssets, LibraryEntry, PortraitLabels, image_of
from app.widgets.card_list import Card
from avatar_core.io.asset_references import PORTRAITS
from avatar_core.project import Change, Part, is_bundled

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.panels.library import LibraryPanel


class PortraitLibraryHandler(QObject):
    """Offers portraits; those that perform are marked."""

    portrait_chosen = Signal(str)
    """Reference of a portrait that shall perform."""
    add_requested = Signal()

    def __init__(self, context: StudioContext, library: LibraryPanel) -> None:
        super().__init__(context.window)
        self._context = context
        self._library = library
        self._known = KnownAssets(context.preferences, "portraits")
        self._labels = PortraitLabels()
        self._in_use: frozenset[str] = frozenset()
        library.portrait_chosen.connect(self.portrait_chosen)
        library.add_portrait_requested.connect(self.add_requested)
        library.remove_portrait_requested.connect(self._forget)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Show what comes along and what was made or opened once."""
        in_use = self._in_use = self._performing
        for reference in sorted(in_use):
            self._remember(reference)
        bundled = PORTRAITS.bundled()
        others = [entry.reference for entry in self._known.entries()]
        cards = [
            self._card(reference, is_current=reference in in_use)
            for reference in (*bundled, *(each for each in others if each not in bundled))
        ]
        self._library.show_portraits([card for card in cards if card is not None])

    @property
    def _performing(self) -> frozenset[str]:
        return frozenset(entry.reference for entry in self._context.project.portraits.values())

    def _remember(self, reference: str) -> None:
        label = None if is_bundled(reference) else self._labels.find(reference)
        if label is not None:
            self._known.add(LibraryEntry(reference, label.name, label.description))

    def _card(self, reference: str, *, is_current: bool) -> Card | None:
        label = self._labels.find(reference)
        if label is None:
            return None
        return Card(
            reference,
            label.name,
            label.description,
            None if label.picture is None else image_of(label.picture),
            is_current=is_current,
            is_kept=is_bundled(reference),
        )

    def _forget(self, reference: str) -> None:
        self._known.remove(reference)
        self.refresh()

    def _changed(self, change: Change) -> None:
        # How a portrait performs is nothing to the library; sliders tell that many times a second.
        if Part.PORTRAITS in change.parts and self._performing != self._in_use:
            self.refresh()
