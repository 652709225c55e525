"""A picture as large as its place allows, with words under its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_CAPTION_PX = 3 * GRID_PX
_LEAST_PX = 96


class PictureView(QWidget):
    """Shows one picture, centred, never larger than four times its size; else a sentence.

    Args:
        empty: what is said while there is no picture.
        captions: words under equal parts of the picture, from left to right.
        parent: the owner.
    """

    def __init__(
        self, empty: str = "", captions: tuple[str, ...] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._empty = empty
        self._captions = captions
        self._image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(_LEAST_PX, _LEAST_PX)

    def show_picture(self, image: QImage) -> None:
        """Show a picture; a null one shows the sentence."""
        self._image = image
        self.update()

    def say(self, words: str) -> None:
        """Show a sentence instead of a picture."""
        self._empty = words
        self.show_picture(QImage())

    @property
    def image(self) -> QImage:
        return self._image

    @property
    def words(self) -> str:
        """The sentence; empty while a picture is shown."""
        return self._empty if self._image.isNull() else ""

    def picture_rect(self) -> QRectF:
        """Where the picture is painted."""
        place = self.rect().adjusted(0, 0, 0, -_CAPTION_PX if self._captions else 0)
        size = self._image.size()
        scale = min(place.width() / size.width(), place.height() / size.height(), 4.0)
        width, height = size.width() * scale, size.height() * scale
        left = place.left() + (place.width() - width) / 2
        return QRectF(left, place.top() + (place.height() - height) / 2, width, height)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(60 * GRID_PX, 30 * GRID_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLOURS.field))
        if self._image.isNull():
            painter.setPen(QColor(COLOURS.text_dim))
            place = self.rect().adjusted(2 * GRID_PX, GRID_PX, -2 * GRID_PX, -GRID_PX)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place, flags, self._empty)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        target = self.picture_rect()
        ratio = self.devicePixelRatioF()
        size = (target.size() * ratio).toSize().expandedTo(QSize(1, 1))
        smooth = self._image
        if size.width() < smooth.width():  # bilinear filtering alone would leave pixels out
            smooth = smooth.scaled(
                size,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        painter.drawImage(target, smooth)
        self._paint_captions(painter, target)

    def _paint_captions(self, painter: QPainter, target: QRectF) -> None:
        painter.setPen(QColor(COLOURS.text_dim))
        for number, caption in enumerate(self._captions):
            width = target.width() / len(self._captions)
            left, top = target.left() + number * width, target.bottom()
            place = QRect(round(left), round(top), round(width), _CAPTION_PX)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, caption)
