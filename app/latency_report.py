"""The latency report: how old frames are in the window and on the screen, for the bench."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.startup_report import resident_mb
from app.viewport.frame_ages import ages

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.viewport.show_clock import FrameTimes

VARIABLE = "AVATAR_STUDIO_LATENCY_REPORT"
"""Environment variable with the path of the report; the studio ends once it is written."""

SECONDS_VARIABLE = "AVATAR_STUDIO_LATENCY_SECONDS"
"""Environment variable with how long is measured."""

_WARM_UP_MS = 8_000
"""Until models are loaded and the first neural picture is on the screen."""
_SETTLE_MS = 5_000
"""Until the tracker is loaded, and the picture has found its pace."""
_USUAL_S = 60.0
_DRAWN_MS = 10_000
_WITHOUT_SCREEN = ("p50_ms", "p95_ms", "growth_ms", "frames")


def report_path() -> Path | None:
    """Where the report is wanted, or None."""
    text = os.environ.get(VARIABLE, "")
    return Path(text) if text else None


class LatencyReport(QObject):
    """Drives from the first camera, notes what becomes of every frame, and writes.

    Most of the time nothing is drawn: how long drawing takes is the graphics card's affair, and
    told apart, from some seconds at the end.

    Args:
        window: the studio; it is closed once the report is written.
        path: of the report.
    """

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._seconds = float(os.environ.get(SECONDS_VARIABLE, _USUAL_S))
        self._arrived: list[FrameTimes] = []
        self._drawn: list[FrameTimes] = []
        self._memory_mb = 0.0
        window.view.first_painted.connect(lambda: QTimer.singleShot(_WARM_UP_MS, self._drive))

    def _drive(self) -> None:
        self._window.driving.main_requested.emit("camera:0")
        self._window.setUpdatesEnabled(False)  # its other panels share the processor too
        QTimer.singleShot(_SETTLE_MS, self._measure)

    def _measure(self) -> None:
        self._memory_mb = resident_mb()
        self._window.view.clock.follow_arrivals = self._arrived.append
        QTimer.singleShot(round(1000 * self._seconds), self._draw)

    def _draw(self) -> None:
        self._window.view.clock.follow_arrivals = None
        self._memory_mb = resident_mb() - self._memory_mb
        self._window.setUpdatesEnabled(True)
        QTimer.singleShot(_SETTLE_MS, lambda: self._window.view.follow_frames(self._drawn.append))
        QTimer.singleShot(_SETTLE_MS + _DRAWN_MS, self._write)

    def _write(self) -> None:
        self._window.view.follow_frames(None)
        report = {
            **ages(self._drawn),
            **{key: value for key, value in ages(self._arrived).items() if key in _WITHOUT_SCREEN},
            "seconds": self._seconds,
            "memory_growth_mb": self._memory_mb,
        }
        self._path.write_text(json.dumps(report), encoding="utf-8")
        self._window.events.session.undo()  # nothing is left to be saved
        self._window.close()
