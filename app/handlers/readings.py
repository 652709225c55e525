"""Readings: a few times a second, what the engine does right now goes to whoever shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.panels.driver_kinds import driver_title
from avatar_core.project import SLIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.panels.expression import ExpressionPanel
    from app.panels.plots import PlotsPanel
    from app.panels.timeline import TimelinePanel
    from app.viewport.hud import DrawReadings
    from app.workers.performance import PerformanceEngine
    from app.workers.status import PerformanceStatus
    from avatar_core.motion import MotionFrame, Take

_EVERY_MS = 50
_SLOWLY = 3
"""Sliders and plots are brought up to date every so many readings."""


@dataclass(frozen=True, slots=True)
class LivePanels:
    """The panels that show what happens at this moment."""

    timeline: TimelinePanel
    expression: ExpressionPanel
    plots: PlotsPanel


class Readings(QObject):
    """Pulls snapshots while the window is on the screen; nothing is pushed, nothing queues up.

    Args:
        context: the document.
        engine: whom to ask.
        drawing: asks the viewport for its rate and its stages.
        panels: whom to tell.
        title: what the window calls a driver, by its URI.
    """

    rate_read = Signal(float)
    """Pictures that the viewport draws in a second."""
    status_read = Signal(object)
    """The `PerformanceStatus` of each round, for those who show drivers."""

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        drawing: Callable[[], DrawReadings],
        panels: LivePanels,
        title: Callable[[str], str] = driver_title,
    ) -> None:
        super().__init__(context.window)
        self._title = title
        self._context = context
        self._engine = engine
        self._drawing = drawing
        self._panels = panels
        self._count = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.read)
        self._remember_channels(panels.plots)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def read(self) -> None:
        """One round; nobody looks at a window that is minimised."""
        if self._context.window.isMinimized():
            return
        status = self._engine.status()
        panels, now_s = self._panels, time.perf_counter()
        duration_s = status.duration_s
        if duration_s is None:
            take = self._active_take()
            duration_s = None if take is None else take.duration_s
        panels.timeline.show_time(status.position_s, duration_s)
        panels.timeline.show_recording(status.recording)
        drawing = self._drawing()
        panels.plots.append(now_s, status.motion, {**status.stage_ms, **drawing.stage_ms})
        panels.plots.append_drivers(now_s, self._motions(status))
        self.status_read.emit(status)
        self._count += 1
        if self._count % _SLOWLY == 0:
            self.rate_read.emit(drawing.fps)
            self._show_slowly(status, now_s)

    def _show_slowly(self, status: PerformanceStatus, now_s: float) -> None:
        panels = self._panels
        panels.plots.redraw(now_s)
        if panels.expression.isVisible():
            is_driven = status.source != SLIDERS or status.take_id is not None
            panels.expression.show_live(status.motion if is_driven else None)

    def _remember_channels(self, plots: PlotsPanel) -> None:
        preferences = self._context.preferences
        kept = preferences.remembered("channels")
        if isinstance(kept, list):
            plots.set_channels(kept)
        plots.channels_changed.connect(
            lambda channels: preferences.remember("channels", list(channels))
        )

    def _active_take(self) -> Take | None:
        project = self._context.project
        return project.takes.get(project.active_take or "")

    def _motions(self, status: PerformanceStatus) -> dict[str, MotionFrame]:
        """What each driver gives, by what it is called; two of one name are told apart."""
        motions: dict[str, MotionFrame] = {}
        for each in status.drivers:
            if each.motion is not None:
                title = self._title(each.uri)
                motions[f"{title} ({each.uri})" if title in motions else title] = each.motion
        return motions
