"""The composition root: makes the objects of the studio and joins them.

Nothing heavy is imported before the window is painted: neither Qt for a command line call, nor
torch, OpenCV, PyAV, SciPy or numba for the window.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QApplication

    from app.main_window import MainWindow
    from app.preferences import Preferences
    from app.workers.backends import Backends
    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.driving.frame_source import FrameSource
    from avatar_core.exchange.portrait_engines import ModelWishes

_logger = logging.getLogger(__name__)

_ARENA_MAX = -8
"""What glibc calls the greatest number of its heaps."""

_OPENED_BY_WINDOW = (".studio", ".avatar", ".hair", ".take", ".csv")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the studio.

    Args:
        argv: nothing, or a file to open: the window. Anything else: a command, see `cli`.

    Returns:
        The exit status.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments:
        return run_studio(None)
    if len(arguments) == 1 and _is_document(arguments[0]):
        return run_studio(Path(arguments[0]))
    from avatar_core import cli

    return cli.main(arguments)


def _is_document(argument: str) -> bool:
    """Whether a lone argument is a file for the window rather than a command."""
    return Path(argument).suffix.lower() in _OPENED_BY_WINDOW or Path(argument).is_file()


def run_studio(path: Path | None) -> int:
    """Open the window and stay until it closes.

    Args:
        path: what to open; the demo project when left out.

    Returns:
        The exit status; 2 where there is no display.
    """
    if _lacks_display():
        sys.stderr.write(
            "There is no display here for the window. Log in to a desktop, or see --help for"
            " commands that need none.\n"
        )
        return 2
    # The threads of numpy's BLAS spin between small products: they take a whole core from tracking,
    # inference and drawing. It reads this once, when numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from PySide6.QtCore import Qt

    from app import event_report, latency_report
    from app.startup_report import report_path, write_report

    application = make_application()
    window = make_window()
    report = report_path()
    if report is not None:
        window.view.first_painted.connect(lambda: write_report(report))
        # Queued: the first paint may come from within show, before the event loop can be ended.
        window.view.first_painted.connect(window.close, Qt.ConnectionType.QueuedConnection)
    events = event_report.report_path()
    if events is not None:
        event_report.EventReport(window, events)
    ages = latency_report.report_path()
    if ages is not None:
        latency_report.LatencyReport(window, ages)
    window.closed.connect(application.quit, Qt.ConnectionType.QueuedConnection)
    window.windowing.restore_layout()
    window.show()
    window.start_with(path)
    status = application.exec()
    _logger.info("Closed")
    return status


def _lacks_display() -> bool:
    """Whether Qt would end this process for want of a display, which nobody can catch."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    platform = os.environ.get("QT_QPA_PLATFORM") or "xcb"
    needs_display = sys.platform.startswith("linux") and platform.startswith(("xcb", "wayland"))
    return needs_display and not has_display


def make_application() -> QApplication:
    """The Qt application with its look, and the log."""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QSurfaceFormat
    from PySide6.QtWidgets import QApplication

    from app.log_file import start_logging
    from app.theme import apply_theme
    from app.viewport.graphics import viewport_format

    start_logging()
    _share_heap()
    QCoreApplication.setApplicationName("avatar-studio")
    QSurfaceFormat.setDefaultFormat(viewport_format())
    application = QApplication(sys.argv[:1])
    application.setApplicationDisplayName("Avatar Studio")
    application.setQuitOnLastWindowClosed(False)  # the window says when all is saved and ended
    apply_theme(application)
    return application


def _share_heap() -> None:
    """Let all threads allocate in one place.

    glibc gives each a heap of its own, and uses what is free in one for no other: avatars that are
    built and dropped on one thread after another would leave a hundred megabytes a minute behind.
    """
    if sys.platform.startswith("linux"):
        import ctypes

        with suppress(AttributeError):  # not every C library has it
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def make_window(preferences: Preferences | None = None) -> MainWindow:
    """The window with a session and an engine of its own."""
    from app.error_dialog import catch_everything
    from app.main_window import MainWindow
    from app.preferences import Preferences, data_folder
    from app.workers.performance import PerformanceEngine
    from avatar_core.io.journal_places import JournalPlaces
    from avatar_core.session import Session

    chosen = preferences or Preferences()
    engine = PerformanceEngine(backends=make_backends(chosen))
    session = Session(journals=JournalPlaces(data_folder() / "journals"))
    window = MainWindow(session, engine, chosen)
    engine.frame_arrived.connect(window.view.look)
    catch_everything(window.errors)
    return window


def make_backends(preferences: Preferences) -> Backends:
    """What the engine is built from, as the preferences are at the moment it is needed."""
    from app.preferences import PORTRAIT_DETAIL
    from app.workers.backends import Backends, PerformerOpener

    # The imports in here happen on worker threads, after the first paint.

    def open_camera_or_file(uri: str) -> FrameSource:
        from avatar_core.driving.camera import CameraSource
        from avatar_core.driving.film_camera import FilmCapture, film_in_place
        from avatar_core.driving.sources import CameraFormat, open_source

        film = film_in_place()
        if film is not None and uri.startswith("camera:"):
            return CameraSource(0, open_capture=lambda _index: FilmCapture(film))
        values = preferences.values
        wanted = CameraFormat(values.camera_width_px, values.camera_height_px, values.camera_fps)
        return open_source(uri, paced=False, loop=True, camera=wanted)

    def make_tracker() -> FaceTracker:
        from avatar_core.driving.face_tracker import FaceTracker

        return FaceTracker(threads=preferences.values.threads or None)

    def model_wishes() -> ModelWishes:
        from avatar_core.exchange.portrait_engines import ModelWishes

        values = preferences.values
        return ModelWishes(PORTRAIT_DETAIL[values.portrait_detail], values.portrait_compiles)

    return Backends(
        open_source=open_camera_or_file,
        make_tracker=make_tracker,
        open_performer=PerformerOpener(model_wishes),
    )
