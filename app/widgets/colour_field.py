"""ColourField: saturation and brightness in a square, hue in a strip below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

Rgb = tuple[float, float, float]
"""Display RGB 0..1."""

_STRIP_PX = 2 * GRID_PX
_GAP_PX = GRID_PX // 2
_KNOB_PX = 5.0
_KEY_STEP = 0.02


class ColourField(QWidget):
    """A colour, chosen by dragging; arrow keys move in the square, with Shift along the hues."""

    colour_edited = Signal(object)
    """`Rgb`, while the mouse moves."""
    gesture_started = Signal()
    gesture_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hue, self._saturation, self._brightness = 0.07, 0.6, 0.4
        self._grip: QRectF | None = None
        self.setAccessibleName("Colour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(15 * GRID_PX)

    @property
    def colour(self) -> Rgb:
        return _rgb(QColor.fromHsvF(self._hue, self._saturation, self._brightness))

    def show_colour(self, colour: Rgb) -> None:
        """Show a colour; emits nothing. Greys keep the hue there was."""
        shown = _qcolor(colour)
        if shown.rgb() == _qcolor(self.colour).rgb():
            return
        hue = shown.hsvHueF()
        self._hue = self._hue if hue < 0 else hue
        self._saturation, self._brightness = shown.hsvSaturationF(), shown.valueF()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(24 * GRID_PX, 15 * GRID_PX)

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            in_strip = event.position().y() >= self._strip.top() - _GAP_PX / 2
            self._grip = self._strip if in_strip else self._square
            self.gesture_started.emit()
            self._follow(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._grip is not None:
            self._follow(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802
        if self._grip is not None:
            self._grip = None
            self.gesture_ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if steps is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._take(self._hue + _KEY_STEP * sum(steps), self._saturation, self._brightness)
        else:
            right, up = (_KEY_STEP * step for step in steps)
            self._take(self._hue, self._saturation + right, self._brightness + up)

    def _follow(self, place: QPointF) -> None:
        assert self._grip is not None
        right = (place.x() - self._grip.left()) / max(self._grip.width(), 1)
        up = 1 - (place.y() - self._grip.top()) / max(self._grip.height(), 1)
        if self._grip == self._strip:
            self._take(right, self._saturation, self._brightness)
        else:
            self._take(self._hue, right, up)

    def _take(self, hue: float, saturation: float, brightness: float) -> None:
        wanted = tuple(min(max(each, 0.0), 1.0) for each in (hue, saturation, brightness))
        if wanted != (self._hue, self._saturation, self._brightness):
            self._hue, self._saturation, self._brightness = wanted
            self.update()
            self.colour_edited.emit(self.colour)

    # painting

    @property
    def _square(self) -> QRectF:
        return QRectF(0, 0, self.width(), self.height() - _STRIP_PX - _GAP_PX)

    @property
    def _strip(self) -> QRectF:
        return QRectF(0, self.height() - _STRIP_PX, self.width(), _STRIP_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        square, strip = self._square, self._strip
        pure = QColor.fromHsvF(self._hue, 1, 1)
        _fill(painter, square, [QColor("white"), pure], square.topLeft(), square.topRight())
        clear = QColor(0, 0, 0, 0)
        _fill(painter, square, [clear, QColor("black")], square.topLeft(), square.bottomLeft())
        hues = [QColor.fromHsvF(step / 6 % 1, 0.9, 0.9) for step in range(7)]
        _fill(painter, strip, hues, strip.topLeft(), strip.topRight())
        knob = QPointF(self._saturation * square.width(), (1 - self._brightness) * square.height())
        self._paint_knob(painter, square, knob, _qcolor(self.colour))
        place = QPointF(self._hue * strip.width(), strip.center().y())
        self._paint_knob(painter, strip, place, pure)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(COLOURS.accent), 1))
            painter.drawRoundedRect(square.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _paint_knob(self, painter: QPainter, area: QRectF, place: QPointF, colour: QColor) -> None:
        rim = _KNOB_PX + 1
        x = min(max(place.x(), area.left() + rim), area.right() - rim)
        y = min(max(place.y(), area.top() + rim), area.bottom() - rim)
        painter.setBrush(colour)
        painter.setPen(QPen(QColor(0, 0, 0, 120), 3))
        painter.drawEllipse(QPointF(x, y), _KNOB_PX, _KNOB_PX)
        painter.setPen(QPen(QColor("white"), 1.5))
        painter.drawEllipse(QPointF(x, y), _KNOB_PX, _KNOB_PX)
        painter.setPen(Qt.PenStyle.NoPen)


def _fill(
    painter: QPainter, area: QRectF, colours: list[QColor], start: QPointF, end: QPointF
) -> None:
    gradient = QLinearGradient(start, end)
    for step, colour in enumerate(colours):
        gradient.setColorAt(step / (len(colours) - 1), colour)
    painter.setBrush(gradient)
    painter.drawRoundedRect(area, 3, 3)


def _qcolor(colour: Rgb) -> QColor:
    return QColor.fromRgbF(*(min(max(each, 0.0), 1.0) for each in colour))


def _rgb(colour: QColor) -> Rgb:
    return colour.redF(), colour.greenF(), colour.blueF()
