"""Hairstyles: the library's, and the one that the avatar wears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.files import HAIR, ask_open
from app.library import HairLabels, KnownAssets, LibraryEntry, image_of
from app.widgets.card_list import Card
from app.workers.tasks import TaskRunner
from avatar_core.errors import AvatarError
from avatar_core.io.asset_references import HAIRSTYLES
from avatar_core.project import Change, Part, is_bundled

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.library import Portraits
    from app.panels.library import LibraryPanel


class HairHandler(QObject):
    """Offers hairstyles and puts them on the project's avatar."""

    def __init__(self, context: StudioContext, library: LibraryPanel, portraits: Portraits) -> None:
        super().__init__(context.window)
        self._context = context
        self._library = library
        self._portraits = portraits
        self._known = KnownAssets(context.preferences, "hairstyles")
        self._labels = HairLabels()
        self._loader = TaskRunner("hairstyle", self)
        self._loader.finished.connect(self._use_loaded)
        self._loader.failed.connect(context.errors.show)
        library.hair_chosen.connect(self.use_hair)
        library.open_hair_requested.connect(self.ask_hair)
        library.remove_hair_requested.connect(self._forget)
        context.actions["file.open_hair"].triggered.connect(self.ask_hair)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Show the avatar's own hair, what comes along, and what was opened once."""
        self._remember_worn()
        bundled = HAIRSTYLES.bundled()
        known = {entry.reference: entry for entry in self._known.entries()}
        others = [reference for reference in known if reference not in bundled]
        cards = [self._own_card()]
        for reference in (*bundled, *others):
            card = self._card(reference, known.get(reference))
            if card is not None:
                cards.append(card)
        self._library.show_hairstyles(cards)

    def ask_hair(self) -> None:
        folder = self._context.preferences.values.projects_folder
        ask_open(
            self._context.window,
            "Open hairstyle",
            folder,
            HAIR,
            lambda path: self.use_hair(str(path)),
        )

    def use_hair(self, reference: str) -> None:
        """Read a hairstyle and fit it in the background, then put it on; empty for own hair."""
        session, avatar = self._context.session, self._context.project.avatar

        def load(_task: object) -> str:
            session.wardrobe.dressed(session.avatars.load(avatar), reference)
            return reference

        self._loader.start(load)

    def shutdown(self) -> None:
        self._loader.shutdown()

    def _use_loaded(self, reference: str) -> None:
        self._context.errors.attempt(lambda: self._context.session.use_hair(reference))

    def _forget(self, reference: str) -> None:
        self._known.remove(reference)
        self.refresh()

    def _changed(self, change: Change) -> None:
        if Part.AVATAR in change.parts:
            self.refresh()

    def _remember_worn(self) -> None:
        reference = self._context.project.hair
        label = self._labels.find(reference) if reference else None
        if label is not None and not is_bundled(reference):
            self._known.add(LibraryEntry(reference, label.name, label.description))

    def _own_card(self) -> Card:
        project = self._context.project
        try:
            name = self._context.session.avatar.name
        except AvatarError:
            name = "The avatar"
        return Card(
            "",
            "Own hair",
            f"What {name} came with.",
            self._portraits.find(project.avatar),
            is_current=not project.hair,
            is_kept=True,
        )

    def _card(self, reference: str, known: LibraryEntry | None) -> Card | None:
        label = self._labels.find(reference)
        words = label or known
        if words is None:
            return None
        picture = None if label is None or label.picture is None else image_of(label.picture)
        return Card(
            reference,
            words.name,
            words.description,
            picture,
            is_current=reference == self._context.project.hair,
            is_kept=is_bundled(reference),
        )
