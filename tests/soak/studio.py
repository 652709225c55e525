"""The studio's real window on devices that can be lost, in folders of its own."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from app.error_dialog import catch_everything
from app.library import Portraits
from app.main_window import MainWindow
from app.preferences import Preferences
from app.workers.backends import Backends
from app.workers.performance import PerformanceEngine
from avatar_core.io.journal_places import JournalPlaces
from avatar_core.session import Session
from tests.soak.devices import Devices, no_speaker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PATIENCE_S = 120.0
_SIZE = (720, 520)


class Studio:
    """A window that is driven from the outside.

    Args:
        folder: for projects, recordings and everything else that it keeps.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.devices = Devices()
        self.faults: list[str] = []
        """Errors that nobody expected; each is a finding."""
        self.told: list[str] = []
        """What dialogs and toasts said, and what the engine did."""
        preferences = Preferences(folder / "studio.ini")
        preferences.apply(
            replace(
                preferences.values,
                projects_folder=str(folder / "projects"),
                recordings_folder=str(folder / "recordings"),
                clip_width_px=64,
                clip_height_px=64,
            )
        )
        devices = self.devices
        self.engine = PerformanceEngine(
            backends=Backends(
                open_source=devices.open_source,
                make_tracker=devices.make_tracker,
                open_microphone=devices.open_microphone,
                make_speech=devices.make_speech,
                build_avatar=devices.build_avatar,
                open_output=no_speaker,
            )
        )
        session = Session(journals=JournalPlaces(folder / "journals"))
        self.window = MainWindow(session, self.engine, preferences, Portraits(folder / "pictures"))
        self.engine.frame_arrived.connect(self.window.view.look)
        self.engine.failed.connect(lambda error: self.told.append(f"engine: {error}"))
        self._restore = catch_everything(self.window.errors)
        show = self.window.errors.show_unexpected

        def unexpected(error: BaseException) -> None:
            self.faults.append(f"{type(error).__name__}: {error}")
            show(error)

        self.window.errors.show_unexpected = unexpected  # type: ignore[method-assign]

    @property
    def session(self) -> Session:
        return self.window.events.session

    def begin(self) -> None:
        """Show the demo and wait until it is painted."""
        painted: list[bool] = []
        self.window.view.first_painted.connect(lambda: painted.append(True))
        self.window.resize(*_SIZE)
        self.window.show()
        self.window.start_with(None)
        self.wait_until(lambda: bool(painted), "the first paint")

    def end(self) -> None:
        """Close the window for good."""
        self.wait_until(lambda: not self.window.documents.is_saving, "the last save")
        self.window._may_close = True
        self.window.close()
        self.window.deleteLater()
        self._restore()

    def act(self, name: str) -> None:
        """Choose a menu entry, if it can be chosen now."""
        action = self.window.actions_table[name]
        if action.isEnabled():
            action.trigger()

    def idle(self, seconds: float) -> None:
        """Let the window work for a while."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def wait_until(self, is_so: Callable[[], bool], what: str) -> bool:
        """Let the window work until something is so; in vain is a finding."""
        end_s = time.monotonic() + _PATIENCE_S
        while not is_so():
            if time.monotonic() > end_s:
                self.faults.append(f"waited in vain for {what}")
                return False
            self.idle(0.02)
            self.answer_dialogs()
        return True

    def answer_dialogs(self) -> None:
        """Close what asks or tells: the session is as nobody's who reads along."""
        for _ in range(5):
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QDialog):
                return
            text = dialog.text() if isinstance(dialog, QMessageBox) else ""
            self.told.append(f"dialog: {dialog.windowTitle()} {text}".strip())
            dialog.reject()
            QCoreApplication.processEvents()
