"""The HUD: readings of the running performance over the picture, and what went wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from app.theme import COLOURS, GRID_PX
from app.viewport.picture_words import PictureWords, paint_backdrop
from app.widgets.recording_words import recording_words
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.project import SLIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from app.widgets.recording_words import Recording

_STAGES = (
    "capture",
    "track",
    "receive",
    "listen",
    "speech",
    "mix",
    "pose",
    "hair",
    "decode",
    "upload",
    "sort",
    "draw",
    "gpu",
    "show",
)
_AGE = "Capture to screen"
_ROW_PX = 2 * GRID_PX
_VALUE_PX = 60
_BAR_PX = 40
_BAR_FULL_MS = 33.3
"""A stage that fills its bar takes a whole frame of a camera."""
_VOICES = ("mic", "sound")
_MIDDLE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_MIDDLE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class DriverReadings(Protocol):
    """One of the drivers that are on."""

    @property
    def state(self) -> str: ...


class HudStatus(Protocol):
    """What the HUD reads of the performance; `app.workers.status.PerformanceStatus` fits."""

    @property
    def source(self) -> str: ...
    @property
    def tracking(self) -> str: ...
    @property
    def stage_ms(self) -> Mapping[str, float]: ...
    @property
    def dropped(self) -> int: ...
    @property
    def take_id(self) -> str | None: ...
    @property
    def is_playing(self) -> bool: ...
    @property
    def drivers(self) -> Sequence[DriverReadings]: ...
    @property
    def recording(self) -> Recording | None: ...


@dataclass(frozen=True, slots=True)
class DrawReadings:
    """What the viewport measured itself.

    Args:
        fps: pictures that reached the screen per second, lately; 0 when none did.
        age_ms: from capture to screen of the newest picture; None when nothing was captured.
        dropped: frames overtaken before they were drawn.
        stage_ms: milliseconds of upload, sort, draw and show.
    """

    fps: float = 0.0
    age_ms: float | None = None
    dropped: int = 0
    stage_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HudText:
    """All that the HUD says, rounded to what is shown: equal texts need no repaint.

    Args:
        state: what drives the avatar, and how that goes.
        tone: name of the colour of the state's dot.
        readings: labels and values.
        stages: names and tenths of a millisecond.
        badge: the recording under way, or empty.
    """

    state: str
    tone: str
    readings: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, int], ...] = ()
    badge: str = ""


def hud_text(status: HudStatus | None, drawn: DrawReadings) -> HudText:
    """What to say about a performance, or about the picture alone."""
    stage_ms = {**({} if status is None else status.stage_ms), **drawn.stage_ms}
    dropped = drawn.dropped + (0 if status is None else status.dropped)
    state, tone = ("Neutral", "text_dim") if status is None else _state(status)
    recording = None if status is None else status.recording
    return HudText(
        state=state,
        tone=tone,
        readings=(
            ("Rate", _rate(drawn.fps)),
            (_AGE, _age(drawn)),
            ("Dropped", str(dropped)),
            *_drivers(status),
        ),
        stages=tuple(
            (name, round(10 * stage_ms[name])) for name in _STAGES if stage_ms.get(name, 0) >= 0.05
        ),
        badge="" if recording is None else _badge(recording),
    )


def _age(drawn: DrawReadings) -> str:
    """How old the newest picture is; what rests says nothing of how quick it would be."""
    return "none" if drawn.age_ms is None or drawn.fps == 0 else f"{drawn.age_ms:.0f} ms"


def _drivers(status: HudStatus | None) -> tuple[tuple[str, str], ...]:
    """How many of several drivers give motion; nothing where one alone does."""
    if status is None or len(status.drivers) < 2:
        return ()
    live = sum(each.state == "live" for each in status.drivers)
    return (("Drivers live", f"{live} of {len(status.drivers)}"),)


def _rate(fps: float) -> str:
    if fps == 0:
        return "at rest"
    return f"{fps:.0f} fps" if fps >= 9.5 else f"{fps:.1f} fps"


def _state(status: HudStatus) -> tuple[str, str]:
    if status.take_id is not None:
        return ("Take plays", "accent") if status.is_playing else ("Take holds", "text_dim")
    if status.source == SLIDERS:
        return "Sliders", "text_dim"
    is_voice = DriverAddress.parse(status.source).scheme in _VOICES
    if status.tracking == "tracked":
        return ("Voice heard" if is_voice else "Face tracked"), "good"
    if status.tracking == "lost":
        return ("Voice" if is_voice else "Face") + " lost, eased to neutral", "warning"
    return f"Waiting for a {'voice' if is_voice else 'face'}", "text_dim"


def _badge(recording: Recording) -> str:
    minutes, seconds = divmod(int(recording.elapsed_s), 60)
    return recording_words(recording, f"{minutes}:{seconds:02d}")


class Hud(PictureWords):
    """Lies over the viewport and lets the mouse through.

    It is a widget of its own, so that a changed number repaints a few letters and not the avatar.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text: HudText | None = None
        self._taken = QRect()

    def show_text(self, text: HudText) -> None:
        if text != self._text:
            self._text = text
            self.update()

    def keep_clear(self, taken: QRect) -> None:
        """Stay off a place in the upper right corner, where something else lies."""
        self._taken = taken
        self.update()

    def _paint(self, painter: QPainter) -> None:
        self._paint_message(painter)
        if self._text is not None and self._is_reading:
            self._paint_readings(painter, self._text)
        if self._text is not None and self._text.badge:
            self._paint_badge(painter, self._text.badge)

    def _paint_readings(self, painter: QPainter, text: HudText) -> None:
        metrics = QFontMetrics(painter.font())
        width = max(
            metrics.horizontalAdvance(text.state) + 2 * GRID_PX,
            metrics.horizontalAdvance(_AGE) + _VALUE_PX + _BAR_PX + 2 * GRID_PX,
        )
        width += 3 * GRID_PX
        stages = text.stages if 2 * width <= self.width() else ()  # they would cover the face
        rows = len(text.readings) + len(stages)
        panel = QRect(GRID_PX, GRID_PX, width, (rows + 1) * _ROW_PX + 3 * GRID_PX)
        if not self._taken.isEmpty() and panel.right() + GRID_PX > self._taken.left():
            panel.moveTop(self._below)
        paint_backdrop(painter, panel)
        inside = panel.adjusted(12, GRID_PX, -12, -GRID_PX)
        row = QRect(inside.x(), inside.y(), inside.width(), _ROW_PX)
        _dot(painter, row, getattr(COLOURS, text.tone))
        painter.setPen(QColor(COLOURS.text))
        painter.drawText(row.adjusted(2 * GRID_PX, 0, 0, 0), _MIDDLE_LEFT, text.state)
        row.translate(0, _ROW_PX + GRID_PX // 2)
        for label, value in text.readings:
            _paint_reading(painter, row, label, value)
            row.translate(0, _ROW_PX)
        row.translate(0, GRID_PX // 2)
        for name, tenths in stages:
            _paint_reading(painter, row, name.capitalize(), f"{tenths / 10:.1f} ms")
            _paint_bar(painter, row, tenths / 10)
            row.translate(0, _ROW_PX)

    def _paint_badge(self, painter: QPainter, badge: str) -> None:
        width = QFontMetrics(painter.font()).horizontalAdvance(badge) + 5 * GRID_PX
        pill = QRect(self.width() - width - GRID_PX, self._below, width, 3 * GRID_PX)
        paint_backdrop(painter, pill)
        inside = pill.adjusted(12, 0, -12, 0)
        _dot(painter, inside, COLOURS.record)
        painter.setPen(QColor(COLOURS.text))
        painter.drawText(inside.adjusted(2 * GRID_PX, 0, 0, 0), _MIDDLE_LEFT, badge)

    @property
    def _below(self) -> int:
        """The first row below what lies in the corner."""
        return GRID_PX if self._taken.isEmpty() else self._taken.bottom() + 1 + GRID_PX


def _dot(painter: QPainter, row: QRect, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(row.x(), row.center().y() - 3.5, GRID_PX, GRID_PX))


def _paint_reading(painter: QPainter, row: QRect, label: str, value: str) -> None:
    painter.setPen(QColor(COLOURS.text_dim))
    painter.drawText(row, _MIDDLE_LEFT, label)
    painter.setPen(QColor(COLOURS.text))
    painter.drawText(row.adjusted(0, 0, -_BAR_PX - GRID_PX, 0), _MIDDLE_RIGHT, value)


def _paint_bar(painter: QPainter, row: QRect, milliseconds: float) -> None:
    share = min(milliseconds / _BAR_FULL_MS, 1.0)
    left, middle = row.right() - _BAR_PX + 1, row.center().y()
    painter.fillRect(QRectF(left, middle - 1, _BAR_PX, 3), QColor(COLOURS.raised))
    painter.fillRect(QRectF(left, middle - 1, share * _BAR_PX, 3), QColor(COLOURS.accent))
