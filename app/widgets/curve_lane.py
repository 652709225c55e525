"""One channel of a take as a curve, with keys that correct it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, number_font
from app.widgets.time_scale import paint_scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent

    from app.widgets.time_axis import TimeAxis
    from avatar_core.geometry.shapes import Float64

_MARGIN_PX = 10
_NEAR_PX = 8
_KEY_PX = 5
_ZOOM_STEP = 0.8
_HELP = (
    "Grey is the recording, blue what plays\n"
    "Drag the curve to correct a moment; drag keys in time and height (Shift: height alone)\n"
    "Double-click sets a key, Delete or a right-click takes one away"
)


@dataclass(frozen=True, slots=True, eq=False)
class ShownCurve:
    """What the lane shows of one channel.

    Args:
        title: its name.
        unit: written behind numbers, such as "°".
        low: smallest value in sight, in that unit.
        high: largest.
        recorded: the recording at any times [n], in that unit.
        played: the recording with its corrections.
        keys: times of the keys.
        is_bypassed: corrections have no effect now.
    """

    title: str
    unit: str
    low: float
    high: float
    recorded: Callable[[Float64], Float64]
    played: Callable[[Float64], Float64]
    keys: tuple[float, ...] = ()
    is_bypassed: bool = False


class CurveLane(QWidget):
    """Shows and edits one curve; below a ruler, on the same time.

    Args:
        axis: the time it shows.
        parent: the owning widget.
    """

    drag_started = Signal()
    drag_ended = Signal()
    key_added = Signal(float, float)
    """A moment to be corrected: time, and the value wanted there in the curve's unit."""
    key_moved = Signal(int, float, float)
    """Number of a key, the time and the value wanted."""
    key_removed = Signal(int)
    menu_requested = Signal(int, QPoint)
    """Number of the key under the mouse, -1 for none, and the place on the screen."""
    scrubbed = Signal(float)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self._axis.changed.connect(self.update)
        self._curve: ShownCurve | None = None
        self._position_s = 0.0
        self._chosen = -1
        self._grabbed = -1
        self._wants_key = False
        self._scrubbing = False
        self._pressed = QPointF()
        self.setFont(number_font())
        self.setMinimumHeight(72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMouseTracking(True)
        self.setToolTip(_HELP)
        self.setAccessibleName("Curve of a channel")

    @property
    def curve(self) -> ShownCurve | None:
        return self._curve

    @property
    def chosen(self) -> int:
        """Number of the chosen key, or -1."""
        return self._chosen

    def show_curve(self, curve: ShownCurve | None) -> None:
        """Show a channel; None for none."""
        self._curve = curve
        if curve is None or self._chosen >= len(curve.keys):
            self._chosen = -1
        if curve is None:
            self._grabbed = -1
        self.update()

    def choose(self, key: int) -> None:
        """Choose a key as a click would."""
        self._chosen = key
        self.update()

    def set_position(self, position_s: float) -> None:
        if position_s != self._position_s:
            self._position_s = position_s
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, 96)

    # places

    def point(self, time_s: float, value: float) -> QPointF:
        """Where a value at a time is drawn."""
        return QPointF(self._axis.x(time_s, self.width()), float(self._y(np.array([value]))[0]))

    def _y(self, values: Float64) -> Float64:
        assert self._curve is not None
        span = (self._curve.high - self._curve.low) or 1.0
        room = self.height() - 2 * _MARGIN_PX
        places: Float64 = _MARGIN_PX + room * (self._curve.high - values) / span
        return places

    def _value(self, y_px: float) -> float:
        assert self._curve is not None
        room = max(self.height() - 2 * _MARGIN_PX, 1)
        return self._curve.high - (y_px - _MARGIN_PX) / room * (self._curve.high - self._curve.low)

    def _time(self, x_px: float) -> float:
        return self._axis.time(x_px, self.width())

    def _key_points(self) -> list[QPointF]:
        curve = self._curve
        if curve is None or not curve.keys:
            return []
        values = curve.played(np.array(curve.keys))
        return [self.point(*each) for each in zip(curve.keys, values.tolist(), strict=True)]

    def _key_at(self, place: QPointF) -> int:
        near = [
            ((point - place).manhattanLength(), number)
            for number, point in enumerate(self._key_points())
        ]
        distance, number = min(near, default=(np.inf, -1))
        return number if distance <= _NEAR_PX else -1

    def _is_on_curve(self, place: QPointF) -> bool:
        if self._curve is None:
            return False
        around = self._time(place.x()) + np.linspace(-2, 2, 5) * self._axis.span_s / self.width()
        distance = np.abs(self._y(self._curve.played(around)) - place.y())
        return bool(distance.min() <= _NEAR_PX)

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or self._curve is None:
            return
        place = self._pressed = event.position()
        self._grabbed = self._key_at(place)
        self._wants_key = self._grabbed < 0 and self._is_on_curve(place)
        if self._grabbed >= 0:
            self.choose(self._grabbed)
            self.drag_started.emit()
        elif not self._wants_key:
            self._scrubbing = True
            self.scrubbed.emit(self._time(place.x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        place = event.position()
        if self._scrubbing:
            self.scrubbed.emit(self._time(place.x()))
        elif self._wants_key:
            if (place - self._pressed).manhattanLength() > 3:
                self._wants_key = False
                self._add_and_grab(place)
        elif self._grabbed >= 0:
            self._drag(
                place, is_upright=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            )
        else:
            self._point(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._scrubbing = self._wants_key = False
        if self._grabbed >= 0:
            self._grabbed = -1
            self.drag_ended.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._curve is not None and self._key_at(event.position()) < 0:
            time_s, value = self._time(event.position().x()), self._value(event.position().y())
            self.key_added.emit(time_s, value)
            self._choose_at(time_s)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        if self._curve is not None:
            self.menu_requested.emit(self._key_at(QPointF(event.pos())), event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            self._axis.zoom(_ZOOM_STEP**steps, self._time(event.position().x()))
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._removes(event):
            self.key_removed.emit(self._chosen)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Delete may be a shortcut of the window; while a key is chosen here it is meant for it.
        is_key = event.type() == QEvent.Type.ShortcutOverride
        if is_key and self._removes(cast("QKeyEvent", event)):
            event.accept()
            return True
        return super().event(event)

    def _removes(self, event: QKeyEvent) -> bool:
        return self._chosen >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)

    def _add_and_grab(self, place: QPointF) -> None:
        self.drag_started.emit()
        time_s = self._time(self._pressed.x())
        self.key_added.emit(time_s, self._value(place.y()))
        self._choose_at(time_s)
        self._grabbed = self._chosen
        if self._grabbed < 0:
            self.drag_ended.emit()

    def _choose_at(self, time_s: float) -> None:
        """Choose the key that was added there, once whoever owns them has shown it."""
        keys = () if self._curve is None else self._curve.keys
        self.choose(next((at for at, key_s in enumerate(keys) if abs(key_s - time_s) < 1e-6), -1))

    def _drag(self, place: QPointF, *, is_upright: bool) -> None:
        assert self._curve is not None
        keys, at = self._curve.keys, self._grabbed
        gap_s = 1e-3
        low = keys[at - 1] + gap_s if at > 0 else -np.inf
        high = keys[at + 1] - gap_s if at + 1 < len(keys) else np.inf
        time_s = keys[at] if is_upright else min(max(self._time(place.x()), low), high)
        self.key_moved.emit(at, time_s, self._value(place.y()))

    def _point(self, place: QPointF) -> None:
        grabs = self._curve is not None and (self._key_at(place) >= 0 or self._is_on_curve(place))
        shape = Qt.CursorShape.PointingHandCursor if grabs else Qt.CursorShape.SplitHCursor
        if self.cursor().shape() is not shape:
            self.setCursor(shape)

    # painting

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(area, 4, 4)
        curve = self._curve
        if curve is None or not self._axis.duration_s:
            return
        paint_scale(painter, self._axis, area, 0)
        self._paint_limits(painter, curve)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_line(painter, curve.recorded, QPen(QColor(COLOURS.text_off), 1.2))
        if curve.keys:
            colour = COLOURS.accent_dim if curve.is_bypassed else COLOURS.accent
            self._paint_line(painter, curve.played, QPen(QColor(colour), 1.8))
            self._paint_keys(painter)
        painter.setPen(QPen(QColor(COLOURS.accent), 1))
        x = self._axis.x(self._position_s, self.width())
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2))

    def _paint_limits(self, painter: QPainter, curve: ShownCurve) -> None:
        painter.setPen(QColor(COLOURS.text_dim))
        box = QRectF(self.rect()).adjusted(6, 1, -6, -1)
        top = Qt.AlignmentFlag.AlignTop
        painter.drawText(box, top | Qt.AlignmentFlag.AlignLeft, f"{curve.high:.3g}{curve.unit}")
        painter.drawText(box, top | Qt.AlignmentFlag.AlignRight, curve.title)
        bottom = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, bottom, f"{curve.low:.3g}{curve.unit}")
        painter.setPen(QPen(QColor(COLOURS.line), 1, Qt.PenStyle.DashLine))
        zero = float(self._y(np.zeros(1))[0])
        painter.drawLine(QPointF(0, zero), QPointF(self.width(), zero))

    def _paint_line(
        self, painter: QPainter, values: Callable[[Float64], Float64], pen: QPen
    ) -> None:
        xs = np.arange(0.0, self.width() + 1.0)
        times = np.array([self._time(x) for x in xs.tolist()])
        ys = self._y(values(times)).clip(-10, self.height() + 10)
        painter.setPen(pen)
        points = [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
        painter.drawPolyline(QPolygonF(points))

    def _paint_keys(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(COLOURS.field), 1))
        for number, point in enumerate(self._key_points()):
            is_chosen = number == self._chosen
            painter.setBrush(QColor(COLOURS.warning if is_chosen else COLOURS.text))
            painter.drawPolygon(
                QPolygonF([point + QPointF(*each) for each in ((-_KEY_PX, 0), (0, -_KEY_PX),
                                                               (_KEY_PX, 0), (0, _KEY_PX))])
            )  # fmt: skip
