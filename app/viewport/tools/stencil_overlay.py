"""StencilOverlay: the picture that brushes paint through, over the viewport's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from avatar_core.texture.stencil import Stencil

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from avatar_core.geometry import Float32

_SHARE, _LEAST_SHARE, _MOST_SHARE = 0.6, 0.05, 8.0
_STEP = 1.1
_NOTCH = 120.0
_OPACITY = 0.5
_RIM = QColor(255, 255, 255, 160)
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_MIDDLE = Qt.MouseButton.MiddleButton


class StencilOverlay(QWidget):
    """Shows a stencil half transparent, in the middle of the view and 60 % as tall at first.

    With Shift, the wheel sizes it and the middle button moves it, as long as it is shown; the rest
    of the mouse passes it by.

    Args:
        view: the viewport.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._view = view
        self._picture: Float32 | None = None
        self._image = QImage()
        self._share = _SHARE
        self._offset = QPointF()  # of its middle from that of the view, heights of the view
        self._held: QPointF | None = None
        self._known: tuple[int, int, Stencil] | None = None
        self.setGeometry(view.rect())
        self.lower()
        self.hide()
        view.installEventFilter(self)

    @property
    def picture(self) -> Float32 | None:
        """[h, w] 0..1, how much paint passes; None without a stencil."""
        return self._picture

    def show_picture(self, picture: Float32 | None) -> None:
        """Show a picture [h, w] 0..1 in its first place; None shows nothing."""
        self._picture, self._share, self._offset = picture, _SHARE, QPointF()
        self._image = QImage() if picture is None else _image_of(picture)
        self._held = None
        self.setVisible(picture is not None)
        self._renew()

    def stencil(self, width_px: int, height_px: int) -> Stencil | None:
        """The stencil in a view of so many device pixels; None while it is not shown."""
        if self._picture is None or self.isHidden():
            return None
        if self._known is None or self._known[:2] != (width_px, height_px):
            centre = (
                0.5 * width_px + self._offset.x() * height_px,
                (0.5 + self._offset.y()) * height_px,
            )
            made = Stencil(self._picture, centre, self._share * height_px)
            self._known = width_px, height_px, made
        return self._known[2]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Be as large as the view, and take what sizes and moves the stencil."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        elif not self.isHidden() and isinstance(event, QWheelEvent):
            return self._wheel(event)
        elif not self.isHidden() and isinstance(event, QMouseEvent):
            return self._mouse(event)
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        stencil = self.stencil(self.width(), self.height())
        if stencil is None:
            return
        x, y = stencil.centre_px
        width, height = stencil.width_px, stencil.height_px
        place = QRectF(x - width / 2, y - height / 2, width, height)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(_OPACITY)
        painter.drawImage(place, self._image)
        painter.setOpacity(1.0)
        painter.setPen(QPen(_RIM, 1))
        painter.drawRect(place)
        painter.end()

    def _wheel(self, event: QWheelEvent) -> bool:
        if not event.modifiers() & _SHIFT:
            return False
        turned = event.angleDelta()
        share = self._share * _STEP ** ((turned.y() or turned.x()) / _NOTCH)
        self._share = min(max(share, _LEAST_SHARE), _MOST_SHARE)
        self._renew()
        event.accept()
        return True

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, is_middle = event.type(), event.button() == _MIDDLE
        if kind == QEvent.Type.MouseButtonPress and is_middle and event.modifiers() & _SHIFT:
            self._held = event.position()
            return True
        if self._held is None:
            return False
        if kind == QEvent.Type.MouseMove:
            self._offset += (event.position() - self._held) / max(self._view.height(), 1)
            self._held = event.position()
            self._renew()
        elif kind == QEvent.Type.MouseButtonRelease and is_middle:
            self._held = None
        return True

    def _renew(self) -> None:
        self._known = None
        self.update()


def _image_of(picture: Float32) -> QImage:
    grey = np.ascontiguousarray((picture * 255).round().clip(0, 255).astype(np.uint8))
    height, width = grey.shape
    image = QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8)
    return image.copy()
