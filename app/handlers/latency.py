"""The latency test: frames are followed from the driver to the screen, flashes back to a camera."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.dialogs.files import REPORT, ask_save
from app.dialogs.latency import LatencyDialog
from app.handlers.flashes import Flashes
from app.panels.driver_kinds import DriverKind, driver_title
from app.viewport.frame_ages import ages
from avatar_core.project import SLIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.viewport.show_clock import FrameTimes
    from app.workers.performance import PerformanceEngine

_MEASURED_S = 10.0
_TICK_MS = 100
_TOLD = ("p50_ms", "p95_ms", "screen_p50_ms", "screen_p95_ms", "draw_ms", "frames")
_UNSEEN = "The camera did not see the flashes. Point it at the screen, and dim the room."


class LatencyHandler(QObject):
    """Opens the dialog, and measures while it is open.

    Args:
        context: the document.
        engine: has the drivers.
        view: tells of frames on the screen; flashes.
        title: what the window calls a driver, by its URI.
    """

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        view: AvatarView,
        title: Callable[[str], str] = driver_title,
    ) -> None:
        super().__init__(context.window)
        self._title = title
        self._context = context
        self._engine = engine
        self._view = view
        self._dialog: LatencyDialog | None = None
        self._frames: list[FrameTimes] = []
        self._began_s = 0.0
        self.results: dict[str, float] = {}
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._flash: Flashes | None = None
        context.actions["perform.latency"].triggered.connect(self.open)

    def open(self) -> LatencyDialog:
        """Show the dialog; one that is open comes to the front."""
        if self._dialog is None:
            dialog = self._dialog = LatencyDialog(self._context.window)
            dialog.measure_requested.connect(self._measure)
            dialog.flash_requested.connect(self._begin_flashes)
            dialog.stop_requested.connect(self._stop)
            dialog.save_requested.connect(self._ask_save)
            dialog.finished.connect(self._closed)
            self._timer.start()
        self._tick()
        self._dialog.show_results(self.results)
        self._dialog.show()
        self._dialog.raise_()
        return self._dialog

    def shutdown(self) -> None:
        if self._dialog is not None:
            self._dialog.close()

    @property
    def _source(self) -> str:
        return self._context.project.source

    # frames

    def _measure(self) -> None:
        self._frames = []
        self._began_s = time.perf_counter()
        self._view.follow_frames(self._frames.append)

    def _tick(self) -> None:
        dialog = self._dialog
        if dialog is None or self._flash is not None:
            return
        if self._began_s == 0.0:
            self._show_driver(dialog)
            return
        passed_s = time.perf_counter() - self._began_s
        dialog.show_progress(passed_s / _MEASURED_S, f"{len(self._frames)} frames so far")
        if passed_s >= _MEASURED_S:
            self._stop()

    def _show_driver(self, dialog: LatencyDialog) -> None:
        source = self._source
        states = {each.uri: each.state for each in self._engine.status().drivers}
        dialog.show_driver(
            "" if source == SLIDERS else self._title(source),
            is_live=states.get(source) == "live",
            has_pictures=DriverKind.of(source) is DriverKind.CAMERA,
        )

    def _stop(self) -> None:
        """What came so far counts."""
        self._view.follow_frames(None)
        self._began_s = 0.0
        if self._flash is not None:
            self._flash.stop()
            return
        if self._frames:
            told = ages(self._frames)
            self.results |= {name: told[name] for name in _TOLD}
        self._show(
            f"{len(self._frames)} frames were followed."
            if self._frames
            else "No frame came: nothing moved, or no driver is live."
        )

    def _show(self, words: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(None, words)
            self._dialog.show_results(self.results)

    # flashes

    def _begin_flashes(self) -> None:
        source = self._source
        self._flash = Flashes(self._view, lambda: self._engine.newest_frame(source))
        self._flash.told.connect(self._flashed)

    def _flashed(self) -> None:
        flash, dialog = self._flash, self._dialog
        if flash is None or dialog is None:
            return
        watch = flash.watch
        if not flash.is_done:
            dialog.show_progress(flash.share, f"Seen {len(watch.delays_ms)}, missed {watch.missed}")
            return
        self._flash = None
        if len(watch.delays_ms) <= watch.missed:
            self._show(_UNSEEN)
            return
        self.results["flash_p50_ms"] = float(np.median(watch.delays_ms))
        self.results["flash_p95_ms"] = float(np.percentile(watch.delays_ms, 95))
        self._show(f"The camera saw {len(watch.delays_ms)} of {flash.count} flashes.")

    # keeping

    def _ask_save(self) -> None:
        folder = Path(self._context.preferences.values.recordings_folder)
        ask_save(self._context.window, "Save latency", folder / "latency.json", REPORT, self.save)

    def save(self, path: Path) -> None:
        """Write what was measured, and of which driver, as JSON."""
        report: dict[str, Any] = {"driver": self._source, **self.results}
        try:
            path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            self._context.toast.show_error(f"{path.name} could not be written.", str(error))

    def _closed(self) -> None:
        self._timer.stop()
        self._view.follow_frames(None)
        self._began_s = 0.0
        if self._flash is not None:
            self._flash.told.disconnect(self._flashed)
            self._flash.stop()
            self._flash = None
        self._dialog = None
