"""The stretch of time that strips above one another show."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

MARGIN_PX = 8
"""Left and right of the time that is shown."""

_CLOSEST_S = 0.2
"""The shortest stretch that can be shown."""


class TimeAxis(QObject):
    """Which part of a performance is shown, and where in pixels its moments are."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._duration_s = 0.0
        self._start_s = 0.0
        self._span_s = 0.0

    @property
    def duration_s(self) -> float:
        """Of the whole performance; 0 when there is none."""
        return self._duration_s

    @property
    def start_s(self) -> float:
        """Where what is shown begins."""
        return self._start_s

    @property
    def span_s(self) -> float:
        """How much is shown."""
        return self._span_s

    def set_duration(self, duration_s: float) -> None:
        """Another length; all of it is shown."""
        if duration_s != self._duration_s:
            self._duration_s = duration_s
            self._start_s, self._span_s = 0.0, duration_s
            self.changed.emit()

    def x(self, time_s: float, width_px: float) -> float:
        """Where a moment is in a strip of this width; may lie outside of it."""
        room = width_px - 2 * MARGIN_PX
        return MARGIN_PX + room * (time_s - self._start_s) / (self._span_s or 1.0)

    def time(self, x_px: float, width_px: float) -> float:
        """Which moment is there, within the performance."""
        room = max(width_px - 2 * MARGIN_PX, 1.0)
        time_s = self._start_s + (x_px - MARGIN_PX) / room * self._span_s
        return min(max(time_s, 0.0), self._duration_s)

    def zoom(self, factor: float, around_s: float) -> None:
        """Show `factor` times as much, with a moment staying where it is."""
        span_s = min(max(self._span_s * factor, _CLOSEST_S), self._duration_s)
        if self._span_s > 0:
            share = (around_s - self._start_s) / self._span_s
            self._show(around_s - share * span_s, span_s)

    def pan(self, by_s: float) -> None:
        """Show what comes later, or earlier."""
        self._show(self._start_s + by_s, self._span_s)

    def reveal(self, time_s: float) -> None:
        """Turn the page when a moment lies outside of what is shown."""
        if not self._start_s <= time_s <= self._start_s + self._span_s:
            self._show(time_s - 0.1 * self._span_s, self._span_s)

    def _show(self, start_s: float, span_s: float) -> None:
        start_s = min(max(start_s, 0.0), self._duration_s - span_s)
        if (start_s, span_s) != (self._start_s, self._span_s):
            self._start_s, self._span_s = start_s, span_s
            self.changed.emit()
