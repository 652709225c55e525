"""The scrub bar: a time scale, what sounds and moves under it, marks and the playhead."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import COLOURS, number_font
from app.widgets.time_axis import MARGIN_PX, TimeAxis
from app.widgets.time_marks import End, TimeMarks, paint_markers, paint_range
from app.widgets.time_scale import paint_scale
from app.widgets.times import clock

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent

    from avatar_core.geometry import Float32

_SCALE_PX = 20
_LANES_PX = 48
_KEY_STEP_S = 1.0
_SNAP_PX = 5
_ZOOM_STEP = 0.8
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_HELP = (
    "Press or drag to go there\n"
    "Drag the brackets for the in and out points, flags for markers; double-click names a flag\n"
    "Clicked into: I and O set in and out, M sets a marker; Ctrl+wheel zooms, Shift+wheel moves on"
)


class TimeRuler(QWidget):
    """Press or drag anywhere to go there; arrow keys go a second, Home and End to the ends.

    Args:
        axis: the time it shows, shared with strips below it; one of its own when left out.
        parent: the owning widget.
    """

    scrubbed = Signal(float)
    """The time wanted, seconds."""
    scrub_started = Signal()
    scrub_ended = Signal()
    range_edited = Signal(float, float)
    """In and out points wanted, seconds."""
    marker_moved = Signal(int, float)
    """Number of a marker and the time wanted; between `mark_drag_started` and `..._ended`."""
    mark_drag_started = Signal()
    mark_drag_ended = Signal()
    marker_activated = Signal(int)
    """A marker was double-clicked."""
    in_requested = Signal()
    out_requested = Signal()
    marker_requested = Signal()
    menu_requested = Signal(int, QPoint)
    """Number of the marker under the mouse, -1 for none, and the place on the screen."""

    def __init__(self, axis: TimeAxis | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis or TimeAxis(self)
        self.axis.changed.connect(self.update)
        self._position_s = 0.0
        self._lanes: list[tuple[Float32, QColor]] = []
        self._marks = TimeMarks()
        self._grabbed: End | int | None = None
        self._scrubbing = False
        self.setFont(number_font())
        self.setMinimumHeight(_SCALE_PX + _LANES_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Time")

    @property
    def position_s(self) -> float:
        return self._position_s

    @property
    def marks(self) -> TimeMarks:
        return self._marks

    def set_duration(self, duration_s: float | None) -> None:
        """Length of what plays; None or 0 when there is nothing to scrub."""
        self.axis.set_duration(max(duration_s or 0.0, 0.0))
        self._point(None)

    def set_position(self, position_s: float) -> None:
        if position_s != self._position_s:
            self._position_s = position_s
            self.axis.reveal(position_s)
            self.update()

    def set_lanes(self, sound: Float32 | None, movement: Float32 | None) -> None:
        """Peaks 0..1 from left to right; None for a lane that is not there."""
        lanes = ((sound, QColor(COLOURS.accent_dim)), (movement, QColor(COLOURS.hover)))
        self._lanes = [(peaks, colour) for peaks, colour in lanes if peaks is not None]
        self.update()

    def set_marks(self, marks: TimeMarks) -> None:
        """In and out points and markers."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(480, _SCALE_PX + 72)

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or not self.axis.duration_s:
            return
        self._grabbed = self._mark_at(event.position())
        if self._grabbed is not None:
            self.mark_drag_started.emit()
            return
        self._scrubbing = True
        self.scrub_started.emit()
        self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._grabbed is not None:
            self._drag(self._snapped(event.position().x()))
        elif self._scrubbing:
            self._scrub(event.position().x())
        else:
            self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._grabbed is not None:
            self._grabbed = None
            self.mark_drag_ended.emit()
        elif self._scrubbing:
            self._scrubbing = False
            self.scrub_ended.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        mark = self._mark_at(event.position())
        if isinstance(mark, int):
            self.marker_activated.emit(mark)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        if self.axis.duration_s:
            mark = self._mark_at(QPointF(event.pos()))
            self.menu_requested.emit(mark if isinstance(mark, int) else -1, event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        steps = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.axis.zoom(_ZOOM_STEP**steps, self._time(event.position().x()))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.axis.pan(-0.1 * steps * self.axis.span_s)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        target, request = self._target(event), self._request(event)
        if target is not None:
            self._ask(target)
        elif request is not None:
            request.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Home may be a shortcut of the window; while the bar has the focus it is the bar's.
        if event.type() == QEvent.Type.ShortcutOverride and self._is_mine(cast("QKeyEvent", event)):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and self.axis.duration_s:
            help_event = cast("QHelpEvent", event)
            QToolTip.showText(help_event.globalPos(), self._tip(help_event.pos()), self)
            return True
        return super().event(event)

    def _is_mine(self, event: QKeyEvent) -> bool:
        return self._target(event) is not None or self._request(event) is not None

    def _target(self, event: QKeyEvent) -> float | None:
        """Where a key leads, or None when it leads nowhere."""
        if not self.axis.duration_s or event.modifiers() not in _PLAIN:
            return None
        return {
            int(Qt.Key.Key_Left): self._position_s - _KEY_STEP_S,
            int(Qt.Key.Key_Right): self._position_s + _KEY_STEP_S,
            int(Qt.Key.Key_Home): 0.0,
            int(Qt.Key.Key_End): self.axis.duration_s,
        }.get(event.key())

    def _request(self, event: QKeyEvent) -> SignalInstance | None:
        """What a key asks for at the playhead, or None."""
        if not self._marks.end_s or event.modifiers() not in _PLAIN:
            return None
        return {
            int(Qt.Key.Key_I): self.in_requested,
            int(Qt.Key.Key_O): self.out_requested,
            int(Qt.Key.Key_M): self.marker_requested,
        }.get(event.key())

    def _scrub(self, x_px: float) -> None:
        self._ask(self._time(x_px))

    def _ask(self, time_s: float) -> None:
        self.scrubbed.emit(min(max(time_s, 0.0), self.axis.duration_s))

    # marks

    def _mark_at(self, place: QPointF) -> End | int | None:
        return self._marks.at(place.x(), self._x) if place.y() < _SCALE_PX + 8 else None

    def _point(self, place: QPointF | None) -> None:
        """Show with the cursor what a press would do there."""
        if not self.axis.duration_s:
            shape = Qt.CursorShape.ArrowCursor
        elif place is None or self._mark_at(place) is None:
            shape = Qt.CursorShape.SplitHCursor
        else:
            shape = Qt.CursorShape.SizeHorCursor
        if self.cursor().shape() is not shape:
            self.setCursor(shape)

    def _drag(self, time_s: float) -> None:
        marks = self._marks
        if self._grabbed is End.IN:
            self.range_edited.emit(min(time_s, marks.end_s), marks.end_s)
        elif self._grabbed is End.OUT:
            self.range_edited.emit(marks.start_s, max(time_s, marks.start_s))
        elif isinstance(self._grabbed, int):
            self.marker_moved.emit(self._grabbed, time_s)

    def _snapped(self, x_px: float) -> float:
        """The time there, or that of the playhead, a mark or an end close by."""
        moments = [self._position_s, 0.0, self.axis.duration_s]
        if self._grabbed in (End.IN, End.OUT):
            moments += [time_s for time_s, _ in self._marks.markers]
        nearest = min(moments, key=lambda moment_s: abs(self._x(moment_s) - x_px))
        return nearest if abs(self._x(nearest) - x_px) <= _SNAP_PX else self._time(x_px)

    def _tip(self, place: QPoint) -> str:
        mark = self._mark_at(QPointF(place))
        if mark is End.IN:
            return f"In point, {clock(self._marks.start_s)}"
        if mark is End.OUT:
            return f"Out point, {clock(self._marks.end_s)}"
        if mark is not None:
            time_s, name = self._marks.markers[mark]
            return f"{name}, {clock(time_s)}"
        return _HELP

    def _time(self, x_px: float) -> float:
        return self.axis.time(x_px, self.width())

    def _x(self, time_s: float) -> float:
        return self.axis.x(time_s, self.width())

    # painting

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(area, 4, 4)
        if not self.axis.duration_s:
            painter.setPen(QColor(COLOURS.text_off))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing to play yet")
            return
        self._paint_lanes(painter)
        paint_scale(painter, self.axis, area, _SCALE_PX)
        paint_range(painter, self._marks, self._x, area, _SCALE_PX)
        paint_markers(painter, self._marks, self._x, area, _SCALE_PX)
        self._paint_playhead(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(COLOURS.accent_dim), 1))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_lanes(self, painter: QPainter) -> None:
        if not self._lanes:
            return
        height = (self.height() - _SCALE_PX - MARGIN_PX) / len(self._lanes)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, (peaks, colour) in enumerate(self._lanes):
            middle = _SCALE_PX + height * (number + 0.5)
            painter.setBrush(colour)
            painter.drawRects(self._columns(peaks, middle, height / 2 - 3))

    def _columns(self, peaks: Float32, middle: float, half: float) -> list[QRectF]:
        """The bars of a lane that are in sight, at most one a pixel."""
        step_s = self.axis.duration_s / max(len(peaks), 1)
        first = max(int(self.axis.start_s / step_s), 0)
        last = min(ceil((self.axis.start_s + self.axis.span_s) / step_s), len(peaks))
        joined = max((last - first) // max(self.width(), 1), 1)
        columns = []
        for index in range(first, last, joined):
            left = self._x(index * step_s)
            width = max(self._x((index + joined) * step_s) - left, 1.0)
            peak = float(peaks[index : index + joined].max())
            columns.append(
                QRectF(left, middle - max(peak * half, 0.5), width, max(2 * peak * half, 1.0))
            )
        return columns

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
