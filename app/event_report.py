"""The event report: how soon the window answers while the avatar performs, for the bench."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from app.main_window import MainWindow

VARIABLE = "AVATAR_STUDIO_EVENTS_REPORT"
"""Environment variable with the path of the report; the studio ends once it is written."""

_WARM_UP_MS = 8_000
"""Until models are loaded and the first neural picture is on the screen."""
_SETTLE_MS = 3_000
_MEASURE_S = 10.0
_EVERY_S = 0.007

Span = tuple[float, float]
"""Begin and end, seconds."""


def report_path() -> Path | None:
    """Where the report is wanted, or None."""
    text = os.environ.get(VARIABLE, "")
    return Path(text) if text else None


class EventReport(QObject):
    """Plays the project's take, posts events from another thread, and writes what they took.

    Args:
        window: the studio; it is closed once the report is written.
        path: of the report.
    """

    _posted = Signal(float)

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._events: list[Span] = []
        self._paints: list[Span] = []
        self._posted.connect(self._handle)
        window.view.first_painted.connect(lambda: QTimer.singleShot(_WARM_UP_MS, self._play))
        window.view.frameSwapped.connect(self._note_paint)

    def _play(self) -> None:
        self._window.actions_table["perform.play"].trigger()
        QTimer.singleShot(_SETTLE_MS, self._measure)

    def _measure(self) -> None:
        self._events.clear()
        self._paints.clear()
        threading.Thread(target=self._post, daemon=True).start()
        QTimer.singleShot(round(1000 * _MEASURE_S) + _SETTLE_MS, self._write)

    def _post(self) -> None:
        end_s = time.perf_counter() + _MEASURE_S
        while time.perf_counter() < end_s:
            self._posted.emit(time.perf_counter())
            time.sleep(_EVERY_S)

    def _handle(self, posted_s: float) -> None:
        self._events.append((posted_s, time.perf_counter()))

    def _note_paint(self) -> None:
        if self._window.view.clock.last_paint is not None:
            self._paints.append(self._window.view.clock.last_paint)

    def _write(self) -> None:
        fps = len(self._paints) / (_MEASURE_S + _SETTLE_MS / 1000)
        report = {**latencies(self._events, self._paints), "fps": fps}
        self._path.write_text(json.dumps(report), encoding="utf-8")
        self._window.close()


def latencies(events: list[Span], paints: list[Span]) -> dict[str, float]:
    """Percentiles of how long events waited, with and without the paints they waited for.

    Args:
        events: when each was posted and handled.
        paints: begin and end of each; the same one may come twice.

    Returns:
        Milliseconds: `event_p95_ms`, `event_outside_p95_ms`, `paint_p95_ms`; 0 for none.
    """
    spans = sorted(set(paints))
    waits = [handled - posted for posted, handled in events]
    outside = [
        wait - sum(max(0.0, min(event[1], end) - max(event[0], begin)) for begin, end in spans)
        for wait, event in zip(waits, events, strict=True)
    ]
    return {
        "event_p95_ms": _p95_ms(waits),
        "event_outside_p95_ms": _p95_ms(outside),
        "paint_p95_ms": _p95_ms([end - begin for begin, end in spans]),
    }


def _p95_ms(values_s: list[float]) -> float:
    return 1000 * float(np.percentile(values_s, 95)) if values_s else 0.0
