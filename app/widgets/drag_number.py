"""A number that drags: the one control for every quantity in the studio.

Drag sideways to change, Shift for fine steps, double-click to reset, Enter to type, Escape to take
a drag back, Ctrl+wheel and the arrow keys for steps. It shows what it was last told; what the user
asks leaves as a signal, so that the document stays the only truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from app.theme import COLOURS, ROW_PX, number_font

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent

_FINE = 0.1
_DRAG_STARTS_PX = 3
_ARROW_PX = 16
_PADDING_PX = 8


@dataclass(frozen=True, slots=True)
class NumberRange:
    """What a number may be and how it is written.

    Args:
        minimum, maximum: limits of the value itself.
        default: where a double-click leads, and where the bar begins.
        step: one press of an arrow.
        decimals: digits after the point.
        scale: what is shown is value * scale (degrees from radians).
        suffix: written behind it, with its own space: " mm", "°".
        least_text: written instead of the smallest value, such as "Automatic".
    """

    minimum: float = 0.0
    maximum: float = 1.0
    default: float = 0.0
    step: float = 0.01
    decimals: int = 2
    scale: float = 1.0
    suffix: str = ""
    least_text: str = ""

    @property
    def span(self) -> float:
        return self.maximum - self.minimum

    def clamp(self, value: float) -> float:
        return min(max(value, self.minimum), self.maximum)

    def text(self, value: float) -> str:
        if self.least_text and value <= self.minimum:
            return self.least_text
        return f"{self.digits(value)}{self.suffix}"

    def digits(self, value: float) -> str:
        """The number alone."""
        shown = round(value * self.scale, self.decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
        return f"{shown:.{self.decimals}f}"

    def parse(self, text: str) -> float | None:
        """The clamped value somebody typed, or None when it is no number.

        A comma serves as the decimal point; the suffix may be left out.
        """
        bare = text.strip().removesuffix(self.suffix.strip()).replace(",", ".")
        try:
            value = float(bare) / self.scale
        except ValueError:
            return None
        return self.clamp(value) if value == value else None


class DragNumber(QWidget):
    """A field with a bar, a number and, if wanted, a name inside.

    Args:
        limits: range, default, step and format.
        label: written at the left inside the field.
        parent: the owning widget.
    """

    value_edited = Signal(float)
    """The user asks for this value."""
    gesture_started = Signal()
    """A drag begins: what follows belongs together."""
    gesture_ended = Signal()
    gesture_cancelled = Signal()
    """Escape during a drag: everything since its start is to be taken back."""

    def __init__(self, limits: NumberRange, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limits = limits
        self._label = label
        self._value = limits.default
        self._live: float | None = None
        self._press: tuple[QPointF, float] | None = None
        self._dragging = False
        self._hovered = False
        self._editor: QLineEdit | None = None
        self.setFont(number_font())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW_PX)

    @property
    def limits(self) -> NumberRange:
        return self._limits

    def set_limits(self, limits: NumberRange) -> None:
        """Allow other values; the one that is shown moves into them, and nothing is emitted."""
        self._limits = limits
        self._value = limits.clamp(self._value)
        self.update()

    @property
    def value(self) -> float:
        return self._value

    @property
    def is_dragging(self) -> bool:
        return self._dragging

    def set_value(self, value: float) -> None:
        """Show a value; emits nothing."""
        if value != self._value:
            self._value = value
            self.update()

    def set_live(self, value: float | None) -> None:
        """Mark what the avatar shows at this moment, driver included; None for no mark."""
        if value != self._live:
            self._live = value
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(96, ROW_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        text = self._label + self._limits.text(self._limits.maximum)
        return QSize(self.fontMetrics().horizontalAdvance(text) + 2 * _PADDING_PX, ROW_PX)

    # asking

    def reset(self) -> None:
        """Ask for the default."""
        self._ask(self._limits.default)

    def _ask(self, value: float) -> None:
        wanted = self._limits.clamp(value)
        if wanted != self._value:
            self.value_edited.emit(wanted)

    def _step(self, steps: float, *, fine: bool) -> None:
        self._ask(self._value + steps * self._limits.step * (_FINE if fine else 1.0))

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._press = (event.position(), self._value)
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._press is None:
            return
        origin, start = self._press
        distance = event.position().x() - origin.x()
        if not self._dragging:
            if abs(distance) < _DRAG_STARTS_PX:
                return
            self._dragging = True
            self.gesture_started.emit()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        change = distance / max(self.width(), 1) * self._limits.span * (_FINE if fine else 1.0)
        wanted = self._limits.clamp(start + change)
        self._press = (event.position(), start + change)
        self._ask(wanted)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        if self._dragging:
            self._dragging = False
            self.gesture_ended.emit()
        else:
            self._click(event)

    def _click(self, event: QMouseEvent) -> None:
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.position().x() < _ARROW_PX:
            self._step(-1, fine=fine)
        elif event.position().x() > self.width() - _ARROW_PX:
            self._step(1, fine=fine)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        on_arrow = not _ARROW_PX <= event.position().x() <= self.width() - _ARROW_PX
        if on_arrow:  # two quick clicks on an arrow are two steps
            self.mousePressEvent(event)
        else:
            self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the panel scrolls; a value never changes by accident
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._step(turned / 120, fine=fine)
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self._hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._hovered = False
        self.update()
        super().leaveEvent(event)

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape and self._dragging:
            self._dragging, self._press = False, None
            self.gesture_cancelled.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit(self._limits.digits(self._value))
        elif key == Qt.Key.Key_Left:
            self._step(-1, fine=fine)
        elif key == Qt.Key.Key_Right:
            self._step(1, fine=fine)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset()
        else:
            super().keyPressEvent(event)

    def edit(self, text: str) -> None:
        """Open the text editor over the field."""
        if self._editor is not None:
            return
        editor = QLineEdit(text, self)
        editor.setFrame(False)
        editor.setAlignment(Qt.AlignmentFlag.AlignCenter)
        editor.setGeometry(self.rect())
        editor.selectAll()
        editor.editingFinished.connect(self._finish_editing)
        self._editor = editor
        editor.show()
        editor.setFocus()

    def _finish_editing(self) -> None:
        editor, self._editor = self._editor, None
        if editor is None:  # taking the editor away finishes it a second time
            return
        value = self._limits.parse(editor.text())
        editor.hide()
        editor.deleteLater()
        self.setFocus()
        if value is not None:
            self._ask(value)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self.update()
        super().focusOutEvent(event)

    # painting

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5)
        outline = QPainterPath()
        outline.addRoundedRect(field, 3, 3)
        painter.fillPath(outline, QColor(COLOURS.field))
        painter.save()
        painter.setClipPath(outline)
        self._paint_bar(painter, field)
        painter.restore()
        if self.hasFocus() or self._dragging:
            painter.setPen(QPen(QColor(COLOURS.accent), 1))
            painter.drawPath(outline)
        elif self._hovered and self.isEnabled():
            painter.setPen(QPen(QColor(COLOURS.hover), 1))
            painter.drawPath(outline)
        self._paint_text(painter)

    def _paint_bar(self, painter: QPainter, field: QRectF) -> None:
        start, end = self._position(self._limits.default), self._position(self._value)
        if start != end and self.isEnabled():
            colour = QColor(COLOURS.accent if self._dragging else COLOURS.accent_dim)
            bar = QRectF(QPointF(start, field.top()), QPointF(end, field.bottom())).normalized()
            painter.fillRect(bar, colour)
        if self._live is not None:
            live = self._position(self._limits.clamp(self._live))
            line = QRectF(QPointF(start, field.bottom() - 2), QPointF(live, field.bottom()))
            painter.fillRect(line.normalized(), QColor(COLOURS.text_dim))

    def _position(self, value: float) -> float:
        """Where a value lies along the field, pixels."""
        fraction = (self._limits.clamp(value) - self._limits.minimum) / self._limits.span
        return fraction * self.width()

    def _paint_text(self, painter: QPainter) -> None:
        inside = self.rect().adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        show_arrows = self._hovered and not self._dragging and self.isEnabled()
        if show_arrows:
            self._paint_arrows(painter)
            inside = self.rect().adjusted(_ARROW_PX, 0, -_ARROW_PX, 0)
        at_rest = self._value == self._limits.default and not self._hovered
        colour = COLOURS.text_dim if at_rest else COLOURS.text
        painter.setPen(QColor(colour if self.isEnabled() else COLOURS.text_off))
        middle = Qt.AlignmentFlag.AlignVCenter
        side = Qt.AlignmentFlag.AlignRight if self._label else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(inside, middle | side, self._limits.text(self._value))
        if self._label:
            painter.setPen(QColor(COLOURS.text if self.isEnabled() else COLOURS.text_off))
            painter.drawText(inside, middle | Qt.AlignmentFlag.AlignLeft, self._label)

    def _paint_arrows(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(COLOURS.text_dim), 1.4))
        middle = self.height() / 2
        for tip, back in ((5.0, 9.0), (self.width() - 5.0, self.width() - 9.0)):
            painter.drawPolyline(
                [QPointF(back, middle - 4), QPointF(tip, middle), QPointF(back, middle + 4)]
            )
