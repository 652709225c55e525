"""The question whose portrait it shall be, where there are several faces in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from app.theme import COLOURS, GRID_PX
from app.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPaintEvent

_STEPS = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1,
}  # fmt: skip


class FacesView(PictureView):
    """A picture with a frame around every face; the one under the pointer or the keys is lit.

    Args:
        picture: with the faces in it.
        boxes: left, top, right and bottom of each, pixels of the picture.
    """

    lit = Signal(int)
    picked = Signal(int)

    def __init__(
        self,
        picture: QImage,
        boxes: Sequence[tuple[float, float, float, float]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._boxes = [QRectF(x, y, right - x, bottom - y) for x, y, right, bottom in boxes]
        self._lit = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Faces in the picture")
        self.show_picture(picture)

    @property
    def face(self) -> int:
        """The one that is lit."""
        return self._lit

    def box(self, face: int) -> QRectF:
        """Where a face is seen."""
        place, box = self.picture_rect(), self._boxes[face]
        scale = place.width() / max(self.image.width(), 1)
        return QRectF(
            place.x() + box.x() * scale,
            place.y() + box.y() * scale,
            box.width() * scale,
            box.height() * scale,
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        face = self._face_at(event)
        self.setCursor(
            Qt.CursorShape.ArrowCursor if face is None else Qt.CursorShape.PointingHandCursor
        )
        if face is not None:
            self._light(face)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        face = self._face_at(event)
        if face is not None and event.button() is Qt.MouseButton.LeftButton:
            self._light(face)
            self.picked.emit(face)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._light((self._lit + step) % len(self._boxes))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for face in range(len(self._boxes)):
            is_lit = face == self._lit
            box = self.box(face)
            painter.setPen(QPen(QColor(0, 0, 0, 140), 5 if is_lit else 3))
            painter.drawRoundedRect(box, 4, 4)
            colour = QColor(COLOURS.accent if is_lit else COLOURS.text)
            painter.setPen(QPen(colour, 3 if is_lit else 1))
            painter.drawRoundedRect(box, 4, 4)
        painter.end()

    def _light(self, face: int) -> None:
        if face != self._lit:
            self._lit = face
            self.update()
            self.lit.emit(face)

    def _face_at(self, event: QMouseEvent) -> int | None:
        """The smallest face there: it lies before those around it."""
        place = event.position()
        hit = [face for face in range(len(self._boxes)) if self.box(face).contains(place)]
        return min(hit, key=lambda face: self._boxes[face].width(), default=None)


class FacePicker(QDialog):
    """A click takes a face; Return takes the largest, or the one that the keys have lit.

    Args:
        picture: with the faces in it.
        boxes: left, top, right and bottom of each, pixels of the picture, largest first.
        parent: the window.
    """

    face_chosen = Signal(int)
    """Place of the face in the boxes."""

    def __init__(
        self,
        picture: QImage,
        boxes: Sequence[tuple[float, float, float, float]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Whose portrait?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.view = FacesView(picture, boxes)
        self.view.setMinimumSize(80 * GRID_PX, 50 * GRID_PX)
        self.view.picked.connect(self._take)
        note = QLabel(
            f"There are {len(boxes)} faces. Click the one that shall perform; Return takes the one"
            " with the blue frame."
        )
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        use = self.buttons.addButton("Use this face", QDialogButtonBox.ButtonRole.AcceptRole)
        use.setDefault(True)
        self.buttons.accepted.connect(lambda: self._take(self.view.face))
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.view, 1)
        layout.addWidget(note)
        layout.addWidget(self.buttons)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, face: int) -> None:
        self.face_chosen.emit(face)
        self.accept()
