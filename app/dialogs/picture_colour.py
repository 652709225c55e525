"""Taking a colour out of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import swatch
from app.theme import GRID_PX, ROW_PX
from app.widgets.picture_view import PictureView
from avatar_core.hair.palette import palette_of_image, sampled

if TYPE_CHECKING:
    from app.widgets.colour_field import Rgb
    from avatar_core.geometry import Float32, UInt8


class PictureColourDialog(QDialog):
    """Shows a picture; a click takes the colour there, a swatch one of its main colours.

    Args:
        picture: [H, W, 3] sRGB.
        parent: the window.
    """

    colour_chosen = Signal(object)
    """`Rgb`; the dialog stays open until it is closed."""

    def __init__(self, picture: UInt8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Take colour from picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._picture = picture
        height, width = picture.shape[:2]
        image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        self.view = PictureView()
        self.view.show_picture(image.copy())  # which owns its bytes
        self.view.setCursor(Qt.CursorShape.CrossCursor)
        self.view.setMinimumSize(60 * GRID_PX, 45 * GRID_PX)
        self.view.installEventFilter(self)
        note = QLabel("Click the hair in the picture, or one of its main colours.")
        note.setProperty("role", "dim")
        self.swatches: list[QToolButton] = []
        row = QHBoxLayout()
        row.setSpacing(GRID_PX // 2)
        for colour in palette_of_image(picture):
            row.addWidget(self._swatch(_rgb(colour)))
        row.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        row.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.view, 1)
        layout.addWidget(note)
        layout.addLayout(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is self.view and event.type() == QEvent.Type.MouseButtonPress:
            assert isinstance(event, QMouseEvent)
            place = self.view.picture_rect()
            x = (event.position().x() - place.left()) / max(place.width(), 1)
            y = (event.position().y() - place.top()) / max(place.height(), 1)
            if 0 <= x < 1 and 0 <= y < 1:
                height, width = self._picture.shape[:2]
                self.colour_chosen.emit(_rgb(sampled(self._picture, x * width, y * height)))
            return True
        return super().eventFilter(watched, event)

    def _swatch(self, colour: Rgb) -> QToolButton:
        button = QToolButton()
        button.setIcon(swatch(QColor.fromRgbF(*colour).name()))
        button.setFixedSize(ROW_PX, ROW_PX)
        button.setToolTip("Take this colour")
        button.setAccessibleName(QColor.fromRgbF(*colour).name())
        button.clicked.connect(lambda: self.colour_chosen.emit(colour))
        self.swatches.append(button)
        return button


def _rgb(colour: Float32) -> Rgb:
    red, green, blue = (float(each) for each in colour)
    return red, green, blue
