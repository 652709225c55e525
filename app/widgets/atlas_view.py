"""AtlasView: the atlas of the face to look at and to paint on, with the triangles of the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from app.widgets.atlas_picture import AtlasPicture

_LEAST_SCALE, _MOST_SCALE = 0.05, 40.0
_ZOOM_STEP = 1.2
_NOTCH = 120.0
_MARGIN = 0.96
_COARSE_BELOW = 0.4
_PIXELS_FROM = 3.0
_WIRE_OPACITY = 0.4
_DRAG_BUTTONS = Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton | Qt.MouseButton.RightButton


class AtlasView(QWidget):
    """Shows a square picture; the wheel zooms at the cursor, drags move it.

    A point of the atlas is (column, row) with the middle of the upper left texel at (0, 0), a place
    of the widget is in device pixels.
    """

    moved = Signal()
    """Another part of the atlas is shown, or at another size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Atlas")
        self._picture: AtlasPicture | None = None
        self._wires: QImage | None = None
        self._shows_wires = True
        self._scale = 1.0
        self._origin = QPointF(0, 0)
        self._is_fitted = True
        self.mouse = AtlasMouse(self)

    # what is shown

    def show_picture(self, picture: AtlasPicture | None, wires: QImage | None = None) -> None:
        """Show an atlas.

        Args:
            picture: of the face; None shows a sentence.
            wires: lines of the head's triangles, over the whole picture.
        """
        is_same_size = None not in (picture, self._picture) and (
            picture.size == self._picture.size  # type: ignore[union-attr]
        )
        self._picture, self._wires = picture, wires
        if not is_same_size:
            self.fit()
        self.update()

    def show_wires(self, is_shown: bool) -> None:
        """Show or hide the triangles."""
        self._shows_wires = is_shown
        self.update()

    @property
    def picture(self) -> AtlasPicture | None:
        return self._picture

    # places

    def point_at(self, x_px: float, y_px: float) -> tuple[float, float]:
        """The point of the atlas at a place of the widget."""
        return (
            (x_px - self._origin.x()) / self._scale - 0.5,
            (y_px - self._origin.y()) / self._scale - 0.5,
        )

    def place_of(self, column: float, row: float) -> tuple[float, float]:
        """Where a point of the atlas is on the widget."""
        return (
            (column + 0.5) * self._scale + self._origin.x(),
            (row + 0.5) * self._scale + self._origin.y(),
        )

    def is_on_picture(self, x_px: float, y_px: float) -> bool:
        """Whether a place of the widget lies on the atlas."""
        if self._picture is None:
            return False
        column, row = self.point_at(x_px, y_px)
        last = self._picture.size - 0.5
        return -0.5 <= column < last and -0.5 <= row < last

    @property
    def pixels_per_texel(self) -> float:
        """Device pixels."""
        return self._scale

    def fit(self) -> None:
        """Show the whole atlas, in the middle."""
        self._is_fitted = True
        ratio = self.devicePixelRatioF()
        width, height = self.width() * ratio, self.height() * ratio
        side = 1 if self._picture is None else self._picture.size
        self._scale = max(_MARGIN * min(width, height) / side, 1e-6)
        self._origin = QPointF((width - side * self._scale) / 2, (height - side * self._scale) / 2)
        self._tell()

    def zoom_at(self, x_px: float, y_px: float, steps: float) -> None:
        """Zoom in by steps around a place of the widget, out by negative ones."""
        column, row = self.point_at(x_px, y_px)
        least = min(_LEAST_SCALE, self._scale)
        self._scale = min(max(self._scale * _ZOOM_STEP**steps, least), _MOST_SCALE)
        there = QPointF(*self.place_of(column, row))
        self._origin += QPointF(x_px, y_px) - there
        self._is_fitted = False
        self._tell()

    def pan(self, x_px: float, y_px: float) -> None:
        """Move the picture."""
        self._origin += QPointF(x_px, y_px)
        self._is_fitted = False
        self._tell()

    # painting

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(60 * GRID_PX, 60 * GRID_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLOURS.window))
        if self._picture is None:
            painter.setPen(QColor(COLOURS.text_dim))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, "The atlas is on its way.")
            return
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        is_smooth = self._scale < _PIXELS_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        side = self._picture.size * self._scale
        place = QRectF(self._origin.x(), self._origin.y(), side, side)
        is_coarse = self._scale < _COARSE_BELOW
        painter.drawImage(place, self._picture.coarse if is_coarse else self._picture.fine)
        if self._shows_wires and self._wires is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setOpacity(_WIRE_OPACITY)
            painter.drawImage(place, self._wires)

    def _tell(self) -> None:
        self.update()
        self.moved.emit()


class AtlasMouse(QObject):
    """Drags move the atlas, the wheel zooms; what a tool takes before does not come here.

    Args:
        view: the atlas.
    """

    right_orbits = False
    """Drags of the right button move the atlas in any case."""

    def __init__(self, view: AtlasView) -> None:
        super().__init__(view)
        self._view = view
        self._drag_from: QPointF | None = None
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        ratio = self._view.devicePixelRatioF()
        if isinstance(event, QWheelEvent):
            here = event.position() * ratio
            self._view.zoom_at(here.x(), here.y(), event.angleDelta().y() / _NOTCH)
            return True
        if not isinstance(event, QMouseEvent):
            return False
        here = event.position() * ratio
        if event.type() == QEvent.Type.MouseButtonPress:
            self._drag_from = here
        elif event.type() == QEvent.Type.MouseMove and self._drag_from is not None:
            if event.buttons() & _DRAG_BUTTONS:
                moved, self._drag_from = here - self._drag_from, here
                self._view.pan(moved.x(), moved.y())
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._drag_from = None
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self._view.fit()
        return True
