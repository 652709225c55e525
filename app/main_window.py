"""The main window: it puts panels and handlers together, and does nothing else itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QStackedWidget, QWidget

from app.actions import Actions
from app.dialogs.files import PROJECT
from app.error_dialog import ErrorReporter
from app.handlers.autosaving import AutosaveHandler
from app.handlers.backgrounds import BackgroundHandler
from app.handlers.bookmarks import BookmarkHandler
from app.handlers.cameras import CameraHandler
from app.handlers.clip_content import ClipContentHandler
from app.handlers.comparing import CompareHandler
from app.handlers.context import StudioContext
from app.handlers.desks import Desks
from app.handlers.display import DisplayHandler
from app.handlers.documents import DocumentHandler
from app.handlers.driving import DrivingHandler
from app.handlers.drops import FileDrops
from app.handlers.editing import EditHandler
from app.handlers.hairstyles import HairHandler
from app.handlers.help import HelpHandler
from app.handlers.imports import ImportHandler
from app.handlers.keeping import ProjectKeeping
from app.handlers.performing import PerformingHandler
from app.handlers.picture_drops import PictureDrops
from app.handlers.portrait_stage import PortraitStage
from app.handlers.readings import LivePanels, Readings
from app.handlers.recovery import RecoveryHandler
from app.handlers.stage import StageHandler
from app.handlers.stills import StillHandler
from app.handlers.take_editing import TakeEditing
from app.handlers.takes import TakesHandler
from app.handlers.windowing import WindowHandler
from app.library import Portraits
from app.menus import fill_menu_bar, fill_menus
from app.panels.driving import DrivingPanel
from app.panels.expression import ExpressionPanel
from app.panels.history import HistoryPanel
from app.panels.library import LibraryPanel
from app.panels.plots import PlotsPanel
from app.panels.takes import TakesPanel
from app.panels.timeline import TimelinePanel
from app.qt_session import QtSession
from app.viewport.avatar_view import AvatarView
from app.viewport.view_bar import ViewBar
from app.widgets.dock import Dock
from app.widgets.header_bar import HeaderBar
from app.widgets.toast import Toast
from app.workspaces import DOCKS, GROOM, PERFORM, TRAIN, WORKSPACES, WorkspaceTabs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent

    from app.action_spec import ActionSpec
    from app.handlers.groom_desk import GroomDesk
    from app.handlers.paint_desk import PaintDesk
    from app.handlers.perform_desk import PerformDesk
    from app.handlers.portrait_desk import PortraitDesk
    from app.handlers.train_desk import TrainDesk
    from app.preferences import Preferences
    from app.viewport.portrait_view import PortraitView
    from app.workers.performance import PerformanceEngine
    from app.workspaces import Workspace
    from avatar_core.session import Session

TRANSPORT = ("perform.stop", "perform.play", "perform.loop", "perform.mute")
RECORDING = ("perform.record_take", "perform.record_clip")
HEADER = ("file.open", "file.save", "edit.undo", "edit.redo")
_CLIP_MS = 50
"""Between looks at whether a clip is whole, while the window is to be closed."""


class MainWindow(QMainWindow):
    """The studio.

    Args:
        session: the document.
        engine: what performs; the window shuts it down when it closes.
        preferences: chosen and remembered things.
        portraits: pictures for the library.
    """

    closed = Signal()
    """The user is done, nothing is unsaved, all threads have ended."""

    def __init__(
        self,
        session: Session,
        engine: PerformanceEngine,
        preferences: Preferences,
        portraits: Portraits | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("studio")
        self._engine = engine
        self._may_close = False
        self._closing = QTimer(self, singleShot=True, interval=_CLIP_MS)
        self._closing.timeout.connect(self.close)
        self.actions_table = Actions(self)
        self.view = AvatarView()
        self.bar = ViewBar(self.actions_table.__getitem__)
        self.view.overlays.set_bar(self.bar)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.view)
        self.middle = QSplitter()
        self.middle.setChildrenCollapsible(False)
        self.middle.addWidget(self.pages)
        self.setCentralWidget(self.middle)
        self.errors = ErrorReporter(self)
        self.toast = Toast(self.pages)
        self.events = QtSession(session, self)
        self._context = StudioContext(
            self, self.events, preferences, self.actions_table, self.errors, self.toast
        )
        self._build_panels()
        self._build_docks()
        self._build_handlers(portraits)
        self._build_menus()
        self._build_header()
        self._connect()

    # building

    def _build_panels(self) -> None:
        actions = self.actions_table
        self.library = LibraryPanel()
        self.expression = ExpressionPanel()
        self.driving = DrivingPanel()
        self.takes = TakesPanel()
        self.history = HistoryPanel()
        self.timeline = TimelinePanel(
            [actions[name] for name in TRANSPORT], [actions[name] for name in RECORDING]
        )
        self.plots = PlotsPanel()

    def _build_docks(self) -> None:
        panels: dict[str, QWidget] = {
            "library": self.library,
            "driving": self.driving,
            "expression": self.expression,
            "takes": self.takes,
            "history": self.history,
            "timeline": self.timeline,
            "plots": self.plots,
        }  # the others are the desks' to fill
        self.docks: dict[str, QDockWidget] = {
            name: Dock(name, title, panels.get(name), self) for name, title in DOCKS.items()
        }

    def _build_handlers(self, portraits: Portraits | None) -> None:
        context, engine = self._context, self._engine
        self.documents = DocumentHandler(context)
        self.keeping = ProjectKeeping(context, self.documents)
        self.autosaving = AutosaveHandler(context, self.documents)
        self.recovery = RecoveryHandler(context, self.documents, self.autosaving.shelf)
        self.editing = EditHandler(context, self.expression, self.history)
        self.drive = DrivingHandler(context, engine, self.driving)
        self.portrait_stage = PortraitStage(context, engine, self.view, self.middle)
        self.clip_content = ClipContentHandler(context, engine, self.view, self.portrait_stage)
        self.timeline.add_menu(self.clip_content.menu)
        self.take_files = TakesHandler(context, self.takes)
        self.performing = PerformingHandler(
            context, engine, self.timeline, self.clip_content.files, self.takes.next_name.text
        )
        self.take_edits = TakeEditing(context, engine, self.timeline, self.takes)
        portraits = portraits or Portraits()
        self.stage = StageHandler(context, engine, self.view, self.library, portraits)
        self.hairstyles = HairHandler(context, self.library, portraits)
        self.imports = ImportHandler(context)
        self.backgrounds = BackgroundHandler(context, self.view)
        self.stills = StillHandler(context, self.view)
        self.comparing = CompareHandler(context, self.view)
        self.display = DisplayHandler(context, self.view, self.bar)
        self.desks = Desks(context, self.view, self.display, self.docks, self.pages)
        self._portraits = self.desks.add(PERFORM, self._make_portraits)
        self.perform = self.desks.add(PERFORM, self._make_perform)
        self.cameras = CameraHandler(context, self.view, self.bar)
        self.bookmarks = BookmarkHandler(context, self.view, self.bar)
        self.windowing = WindowHandler(context, self.view, self.docks)
        self.help = HelpHandler(context, lambda: self.view.graphics_name)
        self.drops = FileDrops(self)
        self.pictures = PictureDrops(context, self.portrait_stage)
        self.readings = Readings(
            context,
            engine,
            self.view.draw_readings,
            LivePanels(self.timeline, self.expression, self.plots),
            self.drive.list.title,
        )

    @property
    def portrait_view(self) -> PortraitView:
        """The view of the portraits, built now if it is not there yet."""
        return self.portrait_stage.view

    @property
    def portraits(self) -> PortraitDesk:
        """The desk of the portraits, built now if it is not there yet."""
        return self._portraits.get()

    @property
    def groom(self) -> GroomDesk:
        """The desk of the Groom workspace, built now if it is not there yet."""
        return self.desks.groom

    @property
    def paint(self) -> PaintDesk:
        """The desk of the Paint workspace, built now if it is not there yet."""
        return self.desks.paint

    @property
    def train(self) -> TrainDesk:
        """The desk of the Train workspace, built now if it is not there yet."""
        return self.desks.train

    def _make_portraits(self) -> PortraitDesk:
        from app.handlers.portrait_desk import PortraitDesk

        desk = PortraitDesk(self._context, self.library, self.portrait_stage)
        desk.added.connect(lambda _id: self.docks["portrait"].raise_())
        return desk

    def _make_perform(self) -> PerformDesk:
        from app.handlers.perform_desk import PerformDesk

        return PerformDesk(self._context, self._engine, self.view, self.drive.list)

    def _build_menus(self) -> None:
        guests = {
            "file.open": self.documents.recent_menu,
            "perform.record_clip": self.clip_content.menu,
        }
        self._menus = menus = fill_menu_bar(self.menuBar(), self.actions_table, guests)
        self.addActions(list(self.actions_table))  # keys work in full screen, without a menu bar
        self.actions_table.added.connect(self._offer)
        self.bookmarks.show_in(menus["bookmarks"])
        menus["view"].addSeparator()
        self.windowing.add_docks(menus["view"].addMenu("Pane&ls"))

    def _offer(self, specs: Sequence[ActionSpec]) -> None:
        """Actions of a desk have come."""
        fill_menus(self._menus, self.actions_table, specs)
        self.addActions([self.actions_table[spec.id] for spec in specs])

    def _build_header(self) -> None:
        shown = [self.actions_table[name] for name in HEADER]
        self.tabs = WorkspaceTabs()
        self.header = HeaderBar(self.tabs, shown, self)
        self.addToolBar(self.header)

    def _connect(self) -> None:
        self.view.connect_performance(self._engine.latest_frame, self._engine.status)
        self.view.camera_changed.connect(self._engine.set_camera)
        self.view.failed.connect(lambda error: self.toast.show_error(error.message, error.hint))
        self.view.failed.connect(self.readings.start)
        self.readings.rate_read.connect(self.header.show_rate)
        self.readings.status_read.connect(self.drive.show_status)
        self.view.first_painted.connect(self._begin)
        self.documents.state_changed.connect(self._show_state)
        self.documents.saving_changed.connect(lambda _is_saving: self.documents.announce())
        self.autosaving.state_changed.connect(self.header.show_kept)
        self.documents.about_to_save.connect(self.cameras.keep_camera)
        self.documents.end_recording = self.performing.end_recording
        self.events.replaced.connect(self.cameras.restore_camera)
        self.imports.avatar_imported.connect(self.stage.use_avatar)
        self.take_files.play_requested.connect(self.performing.play)
        self.performing.playing_changed.connect(self.takes.show_playing)
        self.drops.project_dropped.connect(self.documents.open)
        self.drops.avatar_dropped.connect(lambda path: self.stage.use_avatar(str(path)))
        self.drops.hair_dropped.connect(lambda path: self.hairstyles.use_hair(str(path)))
        self.stage.portrait_taken.connect(self.hairstyles.refresh)
        self.desks.hair_saved.connect(self.hairstyles.refresh)
        self.desks.avatar_delivered.connect(self.stage.add_to_library)
        self.desks.stage_requested.connect(self._put_on_stage)
        self.drops.take_dropped.connect(self.take_files.import_take)
        self.drops.driver_dropped.connect(self.drive.drive_from)
        self.drops.sound_dropped.connect(self.drive.hear_from)
        self.drops.portrait_dropped.connect(lambda path: self.portraits.adder.add([path]))
        self.drops.pictures_dropped.connect(self.pictures.take)
        self.pictures.portraits_wanted.connect(lambda paths: self.portraits.adder.add(paths))
        self.pictures.background_wanted.connect(self.backgrounds.use_picture)
        self.pictures.driver_wanted.connect(self.drive.drive_from)
        self.drops.run_dropped.connect(self.imports.open)
        self.drops.unknown_dropped.connect(self._refuse)
        self.actions_table["file.quit"].triggered.connect(self.close)
        self._connect_workspaces()
        self.events.warned.connect(lambda error: self.toast.show_error(error.message, error.hint))

    def _connect_workspaces(self) -> None:
        self.tabs.workspace_chosen.connect(self._use_workspace)
        for workspace in WORKSPACES:
            self.actions_table[f"view.{workspace.id}"].triggered.connect(
                lambda _checked=False, workspace=workspace: self.tabs.choose(workspace)
            )
        self.drops.capture_dropped.connect(self._show_capture)
        self.drops.training_dropped.connect(self._show_run)
        self.actions_table["train.open_capture"].triggered.connect(lambda: self.tabs.choose(TRAIN))

    def _use_workspace(self, workspace: Workspace) -> None:
        self.desks.prepare(workspace)
        self.windowing.switch(workspace)
        self.desks.open(workspace)
        self.stage.show_selection(workspace is GROOM)
        self.portrait_stage.set_page(workspace is not TRAIN)
        self.pages.setCurrentWidget(self.train.pictures if workspace is TRAIN else self.view)

    def _show_capture(self, folder: Path) -> None:
        self.train.captures.open(folder)
        self.tabs.choose(TRAIN)

    def _show_run(self, folder: Path) -> None:
        self.tabs.choose(TRAIN)  # which fills in the run of last time
        self.train.trainer.open_run(folder)

    def _put_on_stage(self, avatar: str) -> None:
        self.stage.use_avatar(avatar)
        self.tabs.choose(PERFORM)

    # opening and closing

    def start_with(self, path: Path | None) -> None:
        """Open what the user named, or the demo. Call once the window is on the screen."""
        self.show_project()
        if path is None or not PROJECT.matches(path):
            self.documents.open_demo()
        if path is not None:
            self.open_path(path)
        self.recovery.look()

    def show_project(self) -> None:
        """Bring everything to the session as it is now."""
        for handler in (
            self.editing, self.drive, self.performing, self.take_files, self.stage,
            self.hairstyles, self.backgrounds, self.comparing, self.display, self.desks,
            self.bookmarks, self.portrait_stage, self.take_edits,
        ):  # fmt: skip
            handler.refresh()
        self.documents.announce()
        self.autosaving.announce()

    def open_path(self, path: Path) -> None:
        """Open a project, avatar, hairstyle, take, video or picture."""
        self.drops.take_in(path)

    def shut_down(self) -> None:
        """End everything that runs in the background."""
        self.readings.stop()
        self.recovery.shutdown()
        self.autosaving.shutdown()
        self.documents.shutdown()
        for each in (
            self.keeping, self.drive, self.imports, self.take_files, self.take_edits, self.stage,
            self.hairstyles, self.backgrounds, self.stills, self.comparing, self.portrait_stage,
            self._engine, self.clip_content, self.desks,
        ):  # fmt: skip
            each.shutdown()
        self.events.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._may_close and self.performing.end_recording():
            event.ignore()
            self._closing.start()
            return
        is_safe = not (self.events.session.dirty or self.documents.is_saving)
        if not (is_safe or self._may_close):
            event.ignore()
            self.documents.when_kept(self._close_for_good)
            return
        self.windowing.keep_layout()
        self.hide()  # a run takes a moment to write its checkpoint
        event.accept()
        try:
            self.shut_down()
            self.events.session.close()
        finally:  # a hidden program that goes on could not be ended by anybody
            self.closed.emit()

    def _close_for_good(self) -> None:
        self._may_close = True
        self.close()

    def _begin(self) -> None:
        """What can wait until the avatar is on the screen."""
        self.header.show_device(self.view.graphics_name)
        self.readings.start()
        self.drive.list.list_devices()

    def _show_state(self, title: str, is_dirty: bool) -> None:
        self.setWindowTitle(f"{title}[*] - Avatar Studio")
        self.setWindowModified(is_dirty)
        self.header.show_saved(is_dirty, self.documents.is_saving)

    def _refuse(self, path: Path) -> None:
        self.toast.show_error(
            f"{path.name} is nothing the studio can open.",
            "Drop a project, an avatar, a hairstyle, a portrait, a take, a Live Link CSV, a FLAME"
            " sequence, a video, a picture, a sound, or the folder of a capture or a MeGA run.",
        )
