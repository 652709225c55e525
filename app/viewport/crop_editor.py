"""CropEditor: the square that a portrait model sees, to be dragged over the whole picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.theme import COLOURS, GRID_PX
from avatar_core.project.portrait import SMALLEST_BOX_PX, CropBox

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QMouseEvent, QPaintEvent

_GRIP_PX = GRID_PX
_SHADE = QColor(10, 10, 10, 150)
_CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))


class CropEditor(QWidget):
    """Lies over a picture. The square is moved by its inside and resized by its corners.

    Signals:
        edited(CropBox): the hand has let go of another square.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setMouseTracking(True)
        self.setAccessibleName("Crop of the portrait")
        self._box = CropBox(0.0, 0.0, 1.0)
        self._size = (1, 1)
        self._held: tuple[int, int] | None = None
        self._from: tuple[QPointF, CropBox] | None = None
        self.hide()

    @property
    def box(self) -> CropBox:
        """The square as it is now, pixels of the picture."""
        return self._box

    def edit(self, box: CropBox, size: tuple[int, int]) -> None:
        """Show a square on a picture of that width and height; not while one is being dragged."""
        if self._from is None:
            self._box, self._size = box, size
            self.update()

    def lie_over(self, place: QRect) -> None:
        """Cover the picture where it is seen."""
        self.setGeometry(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() is Qt.MouseButton.LeftButton:
            self._held = self._corner_at(event.position())
            if self._held is not None or self._seen.contains(event.position()):
                self._from = event.position(), self._box
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._show_cursor(event.position())
        if self._from is not None:
            start, box = self._from
            moved = (event.position() - start) / self._scale
            held = self._held
            self._box = (
                _moved(box, moved, self._size)
                if held is None
                else _resized(box, held, moved, self._size)
            )
            self.update()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        begun, self._from, self._held = self._from, None, None
        if begun is not None and begun[1] != self._box:
            self.edited.emit(self._box)
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = self._seen
        for part in _around(QRectF(self.rect()), seen):
            painter.fillRect(part, _SHADE)
        painter.setPen(QPen(QColor(255, 255, 255, 60), 1))
        for share in (1 / 3, 2 / 3):
            x, y = seen.x() + share * seen.width(), seen.y() + share * seen.height()
            painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
            painter.drawLine(QPointF(seen.left(), y), QPointF(seen.right(), y))
        painter.setPen(QPen(QColor(COLOURS.accent), 2))
        painter.drawRect(seen)
        painter.setBrush(QColor(COLOURS.accent))
        for corner in _CORNERS:
            painter.drawEllipse(self._corner(corner), _GRIP_PX / 2, _GRIP_PX / 2)
        painter.end()

    @property
    def _scale(self) -> float:
        """Pixels of the widget to one of the picture."""
        return max(self.width(), 1) / self._size[0]

    @property
    def _seen(self) -> QRectF:
        box, scale = self._box, self._scale
        return QRectF(box.x * scale, box.y * scale, box.side * scale, box.side * scale)

    def _corner(self, corner: tuple[int, int]) -> QPointF:
        seen = self._seen
        return QPointF(seen.x() + corner[0] * seen.width(), seen.y() + corner[1] * seen.height())

    def _corner_at(self, place: QPointF) -> tuple[int, int] | None:
        for corner in _CORNERS:
            if (self._corner(corner) - place).manhattanLength() <= 2 * _GRIP_PX:
                return corner
        return None

    def _show_cursor(self, place: QPointF) -> None:
        held = self._held or self._corner_at(place)
        if held is not None:
            falls = held[0] == held[1]
            shape = Qt.CursorShape.SizeFDiagCursor if falls else Qt.CursorShape.SizeBDiagCursor
        elif self._seen.contains(place):
            shape = Qt.CursorShape.SizeAllCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.setCursor(shape)


def _moved(box: CropBox, moved: QPointF, size: tuple[int, int]) -> CropBox:
    return CropBox(box.x + moved.x(), box.y + moved.y(), box.side).inside(*size)


def _resized(
    box: CropBox, corner: tuple[int, int], moved: QPointF, size: tuple[int, int]
) -> CropBox:
    """The square whose opposite corner stays."""
    signs = (2 * corner[0] - 1, 2 * corner[1] - 1)
    grown = (signs[0] * moved.x() + signs[1] * moved.y()) / 2
    stays = (
        box.x + (1 - corner[0]) * box.side,
        box.y + (1 - corner[1]) * box.side,
    )
    room = [
        length - stay if sign > 0 else stay
        for length, stay, sign in zip(size, stays, signs, strict=True)
    ]
    least = min(SMALLEST_BOX_PX, *room)
    side = min(max(box.side + grown, least), *room)
    x, y = (stay if sign > 0 else stay - side for stay, sign in zip(stays, signs, strict=True))
    return CropBox(x, y, side).inside(*size)


def _around(whole: QRectF, hole: QRectF) -> tuple[QRectF, ...]:
    """What is left of a rectangle without the one inside it."""
    return (
        QRectF(whole.left(), whole.top(), whole.width(), hole.top() - whole.top()),
        QRectF(whole.left(), hole.bottom(), whole.width(), whole.bottom() - hole.bottom()),
        QRectF(whole.left(), hole.top(), hole.left() - whole.left(), hole.height()),
        QRectF(hole.right(), hole.top(), whole.right() - hole.right(), hole.height()),
    )
