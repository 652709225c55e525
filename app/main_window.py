"""The main window: it puts panels and handlers together, and does nothing else itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QWidget

from app.actions import MENUS, Actions
from app.dialogs.files import PROJECT
from app.error_dialog import ErrorReporter
from app.handlers.context import StudioContext
from app.handlers.documents import DocumentHandler
from app.handlers.driving import DrivingHandler
from app.handlers.drops import FileDrops
from app.handlers.editing import EditHandler
from app.handlers.help import HelpHandler
from app.handlers.imports import ImportHandler
from app.handlers.performing import PerformingHandler
from app.handlers.readings import LivePanels, Readings
from app.handlers.stage import StageHandler
from app.handlers.takes import TakesHandler
from app.handlers.windowing import WindowHandler
from app.panels.driving import DrivingPanel
from app.panels.expression import ExpressionPanel
from app.panels.history import HistoryPanel
from app.panels.library import LibraryPanel
from app.panels.plots import PlotsPanel
from app.panels.takes import TakesPanel
from app.panels.timeline import TimelinePanel
from app.qt_session import QtSession
from app.viewport.avatar_view import AvatarView
from app.widgets.dock import Dock
from app.widgets.header_bar import HeaderBar
from app.widgets.toast import Toast
from app.workspaces import WorkspaceTabs

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent

    from app.library import Portraits
    from app.preferences import Preferences
    from app.workers.performance import PerformanceEngine
    from avatar_core.session import Session

TRANSPORT = ("perform.stop", "perform.play", "perform.loop", "perform.mute")
RECORDING = ("perform.record_take", "perform.record_clip")
HEADER = ("file.open", "file.save", "edit.undo", "edit.redo")
_SEPARATED = {
    "file.open_avatar", "file.quit", "edit.neutral", "edit.preferences", "view.front",
    "view.reset", "view.grid", "view.full_screen", "perform.record_take", "perform.calibrate",
    "perform.open_driver", "perform.recordings", "help.log", "help.about",
}  # fmt: skip


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
        self.actions_table = Actions(self)
        self.view = AvatarView()
        self.setCentralWidget(self.view)
        self.errors = ErrorReporter(self)
        self.toast = Toast(self.view)
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
        panels: dict[str, tuple[str, QWidget]] = {
            "library": ("Library", self.library),
            "driving": ("Driving", self.driving),
            "expression": ("Expression", self.expression),
            "takes": ("Takes", self.takes),
            "history": ("History", self.history),
            "timeline": ("Timeline", self.timeline),
            "plots": ("Plots", self.plots),
        }
        self.docks: dict[str, QDockWidget] = {
            name: Dock(name, title, panel, self) for name, (title, panel) in panels.items()
        }

    def _build_handlers(self, portraits: Portraits | None) -> None:
        context, engine = self._context, self._engine
        self.documents = DocumentHandler(context)
        self.editing = EditHandler(context, self.expression, self.history)
        self.drive = DrivingHandler(context, engine, self.driving)
        self.performing = PerformingHandler(context, engine, self.timeline)
        self.take_files = TakesHandler(context, self.takes)
        self.stage = StageHandler(context, engine, self.view, self.library, portraits)
        self.imports = ImportHandler(context)
        self.windowing = WindowHandler(context, self.view, self.docks)
        self.help = HelpHandler(context, lambda: self.view.graphics_name)
        self.drops = FileDrops(self)
        self.readings = Readings(
            context,
            engine,
            self.view.draw_readings,
            LivePanels(self.timeline, self.driving, self.expression, self.plots),
        )

    def _build_menus(self) -> None:
        for name, title in MENUS:
            menu = self.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            for action in self.actions_table.of_menu(name):
                if action.objectName() in _SEPARATED:
                    menu.addSeparator()
                menu.addAction(action)
                self.addAction(action)  # its shortcut works in full screen, without a menu bar
                if action.objectName() == "file.open":
                    menu.addMenu(self.documents.recent_menu)
            if name == "view":
                self._add_panels_menu(menu)

    def _add_panels_menu(self, menu: QMenu) -> None:
        menu.addSeparator()
        self.windowing.add_docks(menu.addMenu("&Panels"))

    def _build_header(self) -> None:
        shown = [self.actions_table[name] for name in HEADER]
        self.header = HeaderBar(WorkspaceTabs(), shown, self)
        self.addToolBar(self.header)

    def _connect(self) -> None:
        self.view.connect_performance(self._engine.latest_frame, self._engine.status)
        self.view.failed.connect(lambda error: self.toast.show_error(error.message, error.hint))
        self.view.failed.connect(self.readings.start)
        self.readings.rate_read.connect(self.header.show_rate)
        self.view.first_painted.connect(self._begin)
        self._engine.clip_tap_changed.connect(self.view.set_clip_tap)
        self.documents.state_changed.connect(self._show_state)
        self.documents.about_to_save.connect(self.windowing.keep_camera)
        self.events.replaced.connect(self.windowing.restore_camera)
        self.imports.avatar_imported.connect(self.stage.use_avatar)
        self.take_files.play_requested.connect(self.performing.play)
        self.performing.playing_changed.connect(self.takes.show_playing)
        self.drops.project_dropped.connect(self.documents.open)
        self.drops.avatar_dropped.connect(lambda path: self.stage.use_avatar(str(path)))
        self.drops.take_dropped.connect(self.take_files.import_take)
        self.drops.driver_dropped.connect(self.drive.drive_from)
        self.drops.run_dropped.connect(self.imports.open)
        self.drops.unknown_dropped.connect(self._refuse)
        self.actions_table["file.quit"].triggered.connect(self.close)
        self._remember_channels()
        session = self.events.session
        session.warned.connect(lambda error: self.toast.show_error(error.message, error.hint))

    def _remember_channels(self) -> None:
        preferences = self._context.preferences
        kept = preferences.remembered("channels")
        if isinstance(kept, list):
            self.plots.set_channels(kept)
        self.plots.channels_changed.connect(
            lambda channels: preferences.remember("channels", list(channels))
        )

    # opening and closing

    def start_with(self, path: Path | None) -> None:
        """Open what the user named, or the demo. Call once the window is on the screen."""
        self.show_project()
        if path is None or not PROJECT.matches(path):
            self.documents.open_demo()
        if path is not None:
            self.open_path(path)

    def show_project(self) -> None:
        """Bring everything to the session as it is now."""
        for handler in (
            self.editing, self.drive, self.performing, self.take_files, self.stage
        ):  # fmt: skip
            handler.refresh()
        self.documents.announce()

    def open_path(self, path: Path) -> None:
        """Open a project, avatar, take, video or picture."""
        self.drops.take_in(path)

    def shut_down(self) -> None:
        """End everything that runs in the background."""
        self.readings.stop()
        self.drive.shutdown()
        self.imports.shutdown()
        self.stage.shutdown()
        self._engine.shutdown()
        self.events.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if self.events.session.dirty and not self._may_close:
            event.ignore()
            self.documents.when_kept(self._close_for_good)
            return
        self.windowing.keep_layout()
        self.shut_down()
        event.accept()
        self.closed.emit()

    def _close_for_good(self) -> None:
        self._may_close = True
        self.close()

    def _begin(self) -> None:
        """What can wait until the avatar is on the screen."""
        self.header.show_device(self.view.graphics_name)
        self.readings.start()
        self.drive.list_cameras()

    def _show_state(self, title: str, is_dirty: bool) -> None:
        self.setWindowTitle(f"{title}[*] - Avatar Studio")
        self.setWindowModified(is_dirty)
        self.header.show_saved(is_dirty)

    def _refuse(self, path: Path) -> None:
        self.toast.show_error(
            f"{path.name} is nothing the studio can open.",
            "Drop a project, an avatar, a MeGA run's folder, a take, a Live Link CSV, a video or a"
            " picture.",
        )
