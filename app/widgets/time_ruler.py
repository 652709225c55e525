"""The scrub bar: a time scale, what sounds and moves under it, and the playhead."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, number_font
from app.widgets.times import clock

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from avatar_core.geometry import Float32

_SCALE_PX = 20
_MARGIN_PX = 8
_TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_TICK_PX = 72
_KEY_STEP_S = 1.0
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class TimeRuler(QWidget):
    """Press or drag anywhere to go there; arrow keys go a second, Home and End to the ends."""

    scrubbed = Signal(float)
    """The time wanted, seconds."""
    scrub_started = Signal()
    scrub_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._duration_s = 0.0
        self._position_s = 0.0
        self._lanes: list[tuple[Float32, QColor]] = []
        self._scrubbing = False
        self.setFont(number_font())
        self.setMinimumHeight(_SCALE_PX + 24)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Time")

    @property
    def position_s(self) -> float:
        return self._position_s

    @property
    def is_scrubbing(self) -> bool:
        return self._scrubbing

    def set_duration(self, duration_s: float | None) -> None:
        """Length of what plays; None or 0 when there is nothing to scrub."""
        wanted = max(duration_s or 0.0, 0.0)
        if wanted != self._duration_s:
            self._duration_s = wanted
            shape = Qt.CursorShape.SplitHCursor if wanted else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def set_position(self, position_s: float) -> None:
        if position_s != self._position_s:
            self._position_s = position_s
            self.update()

    def set_lanes(self, sound: Float32 | None, movement: Float32 | None) -> None:
        """Peaks 0..1 from left to right; None for a lane that is not there."""
        lanes = ((sound, QColor(COLOURS.accent_dim)), (movement, QColor(COLOURS.hover)))
        self._lanes = [(peaks, colour) for peaks, colour in lanes if peaks is not None]
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, _SCALE_PX + 72)

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._duration_s:
            self._scrubbing = True
            self.scrub_started.emit()
            self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._scrubbing:
            self._scrub(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._scrubbing:
            self._scrubbing = False
            self.scrub_ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        target = self._target(event)
        if target is None:
            super().keyPressEvent(event)
        else:
            self._ask(target)

    def event(self, event: QEvent) -> bool:
        # Home may be a shortcut of the window; while the bar has the focus it is the bar's.
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if is_key and self._target(cast("QKeyEvent", event)) is not None:
            event.accept()
            return True
        return super().event(event)

    def _target(self, event: QKeyEvent) -> float | None:
        """Where a key leads, or None when it leads nowhere."""
        if not self._duration_s or event.modifiers() not in _PLAIN:
            return None
        return {
            int(Qt.Key.Key_Left): self._position_s - _KEY_STEP_S,
            int(Qt.Key.Key_Right): self._position_s + _KEY_STEP_S,
            int(Qt.Key.Key_Home): 0.0,
            int(Qt.Key.Key_End): self._duration_s,
        }.get(event.key())

    def _scrub(self, x_px: float) -> None:
        width = max(self.width() - 2 * _MARGIN_PX, 1)
        self._ask((x_px - _MARGIN_PX) / width * self._duration_s)

    def _ask(self, time_s: float) -> None:
        self.scrubbed.emit(min(max(time_s, 0.0), self._duration_s))

    # painting

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(area, 4, 4)
        if not self._duration_s:
            painter.setPen(QColor(COLOURS.text_off))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing to play yet")
            return
        self._paint_lanes(painter)
        self._paint_scale(painter)
        self._paint_playhead(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(COLOURS.accent_dim), 1))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _x(self, time_s: float) -> float:
        width = self.width() - 2 * _MARGIN_PX
        return _MARGIN_PX + width * min(max(time_s / self._duration_s, 0.0), 1.0)

    def _paint_lanes(self, painter: QPainter) -> None:
        if not self._lanes:
            return
        height = (self.height() - _SCALE_PX - _MARGIN_PX) / len(self._lanes)
        for number, (peaks, colour) in enumerate(self._lanes):
            middle = _SCALE_PX + height * (number + 0.5)
            step = (self.width() - 2 * _MARGIN_PX) / max(len(peaks), 1)
            half = height / 2 - 3
            columns = [
                QRectF(
                    _MARGIN_PX + index * step,
                    middle - max(float(peak) * half, 0.5),
                    max(step, 1.0),
                    max(2 * float(peak) * half, 1.0),
                )
                for index, peak in enumerate(peaks)
            ]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRects(columns)

    def _paint_scale(self, painter: QPainter) -> None:
        most = max(self.width() / _TICK_PX, 1.0)
        fitting = (step for step in _TICK_STEPS_S if self._duration_s / step <= most)
        step = next(fitting, _TICK_STEPS_S[-1])
        for number in range(ceil(self._duration_s / step) + 1):
            time_s = number * step
            if time_s > self._duration_s:
                break
            x = self._x(time_s)
            painter.setPen(QPen(QColor(COLOURS.line), 1))
            painter.drawLine(QPointF(x, _SCALE_PX - 5), QPointF(x, self.height() - 4))
            if x < self.width() - 40:
                painter.setPen(QColor(COLOURS.text_dim))
                painter.drawText(QPointF(x + 4, _SCALE_PX - 7), _tick_text(time_s, step))

    def _paint_playhead(self, painter: QPainter) -> None:
        x = self._x(self._position_s)
        painter.setPen(QPen(QColor(COLOURS.accent), 1.5))
        painter.drawLine(QPointF(x, 6), QPointF(x, self.height() - 2))
        painter.setBrush(QColor(COLOURS.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(
            QPolygonF([QPointF(x - 5, 2), QPointF(x + 5, 2), QPointF(x + 5, 7), QPointF(x, 12),
                       QPointF(x - 5, 7)])
        )  # fmt: skip


def _tick_text(time_s: float, step_s: float) -> str:
    text = clock(time_s)
    return text[:-1] if step_s < 1 else text[:-3]
