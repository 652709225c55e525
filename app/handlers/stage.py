"""The avatar on the stage: library, viewport, engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor

from app.dialogs.files import AVATAR, ask_open
from app.library import KnownAssets, LibraryEntry, Portraits, image_of
from app.theme import COLOURS
from app.widgets.card_list import Card
from app.workers.tasks import TaskRunner
from avatar_core.commands import SceneOption, SetSceneOption
from avatar_core.errors import AvatarError
from avatar_core.io.asset_references import AVATARS
from avatar_core.mega import neutral_frame
from avatar_core.project import DEMO_AVATAR, Change, Part, is_bundled
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.panels.library import LibraryPanel
    from app.viewport.avatar_view import AvatarView
    from app.workers.performance import PerformanceEngine
    from avatar_core.project import AvatarAsset

_PORTRAIT_AFTER_MS = 400
_SELECTION_STRENGTH = 0.6
_ACCENT = QColor(COLOURS.accent)
_SELECTION_TINT = (_ACCENT.redF(), _ACCENT.greenF(), _ACCENT.blueF())
"""Blue, because hardly any hair is."""


class StageHandler(QObject):
    """Brings the project's avatar and scene into the viewport, and offers others."""

    portrait_taken = Signal()

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        view: AvatarView,
        library: LibraryPanel,
        portraits: Portraits | None = None,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._engine = engine
        self._view = view
        self._library = library
        self._asset: AvatarAsset | None = None
        self._is_seen = False
        self._shows_selection = False
        self._known = KnownAssets(context.preferences, "avatars")
        self._portraits = portraits or Portraits()
        self._loader = TaskRunner("avatar", self)
        self._loader.finished.connect(self._use_loaded)
        self._loader.failed.connect(context.errors.show)
        self._portrait_timer = QTimer(self)
        self._portrait_timer.setSingleShot(True)
        self._portrait_timer.setInterval(_PORTRAIT_AFTER_MS)
        self._portrait_timer.timeout.connect(self._take_portrait)
        library.avatar_chosen.connect(self.use_avatar)
        library.open_requested.connect(self.ask_avatar)
        library.remove_requested.connect(self._forget)
        self._connect_actions()
        # A neural face wants torch, which takes seconds to load: the picture comes first.
        view.first_painted.connect(self._perform)
        view.failed.connect(self._perform)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Show the project's avatar and scene."""
        self._show_avatar()
        self._show_scene()

    def ask_avatar(self) -> None:
        folder = self._context.preferences.values.projects_folder
        ask_open(
            self._context.window,
            "Open avatar",
            folder,
            AVATAR,
            lambda path: self.use_avatar(str(path)),
        )

    def use_avatar(self, reference: str) -> None:
        """Read an avatar in the background, then make it the project's."""
        session, hair = self._context.session, self._context.project.hair

        def load(_task: object) -> str:
            session.wardrobe.misfit(session.avatars.load(reference), hair)
            return reference

        self._loader.start(load)

    def add_to_library(self, entry: LibraryEntry) -> None:
        """Offer an avatar that has come to be."""
        self._known.add(entry)
        self._show_library()

    def show_selection(self, is_shown: bool) -> None:
        """Tint the selected hair, or do not."""
        self._shows_selection = is_shown
        self._show_scene()

    def shutdown(self) -> None:
        self._portrait_timer.stop()
        self._loader.shutdown()

    # requests

    def _connect_actions(self) -> None:
        self._context.actions["file.open_avatar"].triggered.connect(self.ask_avatar)
        for name, option in (("grid", SceneOption.GRID), ("hair", SceneOption.HAIR)):
            self._context.actions[f"view.{name}"].triggered.connect(
                lambda is_shown, option=option: self._context.push(
                    SetSceneOption.of(self._context.project, option, is_shown)
                )
            )

    def _use_loaded(self, reference: str) -> None:
        before = self._asset
        self._context.errors.attempt(lambda: self._context.session.use_avatar(reference))
        if self._asset is before:  # nothing changed, so nobody said so
            self._show_avatar()
        if before is not None and self._asset is before and self._is_seen:
            self._engine.set_avatar(before)  # it performs again, whatever has stopped it

    def _forget(self, reference: str) -> None:
        self._known.remove(reference)
        self._show_library()

    # showing

    def _changed(self, change: Change) -> None:
        if Part.AVATAR in change.parts:
            self._show_avatar()
        if Part.SCENE in change.parts:
            self._show_scene()

    def _show_avatar(self) -> None:
        session = self._context.session
        try:
            asset = session.avatar
            if asset is not self._asset:
                self._view.set_avatar(asset, neutral_frame(asset))
                self._asset = asset
                if self._is_seen:
                    self._engine.set_avatar(asset)
        except AvatarError as error:
            self._context.toast.show_error(error.message, error.hint)
            return
        if not session.warnings:  # else the demo may be standing in for it
            self._known.add(LibraryEntry(session.project.avatar, asset.name, asset.description))
        self._show_library()
        self._portrait_timer.start()

    def _perform(self) -> None:
        """The avatar is on the screen, or never will be."""
        if not self._is_seen:
            self._is_seen = True
            if self._asset is not None:
                self._engine.set_avatar(self._asset)

    def _show_scene(self) -> None:
        scene = self._context.project.scene
        self._view.set_scene(
            SceneOptions(
                background=scene.background,
                show_grid=scene.show_grid,
                show_hair=scene.show_hair,
                selection_tint=_SELECTION_TINT,
                selection_strength=_SELECTION_STRENGTH if self._shows_selection else 0.0,
            )
        )
        self._context.actions["view.grid"].setChecked(scene.show_grid)
        self._context.actions["view.hair"].setChecked(scene.show_hair)

    def _show_library(self) -> None:
        current = self._context.project.avatar
        entries = self._known.entries()
        known = {entry.reference for entry in entries}
        entries += [_unseen(each) for each in AVATARS.bundled() if each not in known]
        entries.sort(key=lambda entry: entry.reference != DEMO_AVATAR)
        self._library.show_avatars(
            [
                Card(
                    entry.reference,
                    entry.name,
                    entry.description,
                    self._portraits.find(entry.reference),
                    is_current=entry.reference == current,
                    is_kept=is_bundled(entry.reference),
                )
                for entry in entries
            ]
        )

    def _take_portrait(self) -> None:
        """Keep what the viewport shows of an avatar in its own hair that has no portrait yet."""
        project = self._context.project
        reference, is_itself = project.avatar, not project.hair and self._view.display.is_plain
        if self._context.session.warnings or self._portraits.find(reference) is not None:
            return
        if not (is_itself and self._view.isVisible() and self._view.graphics_name):
            return
        still = self._view.still()
        if still is not None:
            self._portraits.keep(reference, image_of(still))
            self._show_library()
            self.portrait_taken.emit()


def _unseen(reference: str) -> LibraryEntry:
    """A bundled avatar that was never on the stage; its file tells more once it was."""
    name = reference.partition(":")[2].capitalize()
    return LibraryEntry(reference, name, "Comes along with the studio.")
