"""PaintLayerLine: the widgets of one paint layer in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX, ICON_PX
from app.widgets.layer_line import LayerLine
from avatar_core.project.paint import Blend, LayerKind, TexturePart

if TYPE_CHECKING:
    from app.panels.paint_layers import PaintLayerRow

PICTURE_PX = 32
_CHECK_PX = 4
PART_ICONS = {
    TexturePart.COLOUR: "palette",
    TexturePart.GLOSS: "gloss",
    TexturePart.WRINKLES: "wrinkles",
    TexturePart.SCULPT: "sculpt",
}
_KIND_ICONS = {
    LayerKind.RASTER: "paint",
    LayerKind.FILL: "bucket",
    LayerKind.ADJUSTMENT: "sliders",
    LayerKind.GROUP: "folded",
}


class PaintLayerLine(LayerLine):
    """Eye, small pictures, name, how the layer counts, and what it changes."""

    picture_chosen = Signal(bool)
    """True for the mask's."""

    def __init__(self, layer: PaintLayerRow, parent: QWidget | None = None) -> None:
        super().__init__(layer.name, parent)
        self.picture = _picture_button("What is on the layer: brushes work here")
        self.picture.clicked.connect(lambda: self.picture_chosen.emit(False))
        self.mask_picture = _picture_button("The layer's mask: black hides; brushes work here")
        self.mask_picture.clicked.connect(lambda: self.picture_chosen.emit(True))
        self.note = QLabel()
        self.note.setProperty("role", "dim")
        self._part = QLabel()
        words = QVBoxLayout()
        words.setContentsMargins(GRID_PX // 2, 0, 0, 0)
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.name)
        words.addWidget(self.note)
        words.addStretch(1)
        self.row.addWidget(self.picture)
        self.row.addWidget(self.mask_picture)
        self.row.addLayout(words, 1)
        self.row.addWidget(self._part)
        self.show_layer(layer)

    def show_layer(self, layer: PaintLayerRow, *, on_mask: bool = False) -> None:
        """Show the layer as it is now; `on_mask` where brushes work on its mask."""
        self.show_name(layer.name, is_visible=layer.is_visible)
        self.picture.setIcon(_picture_of(layer))
        self.picture.setChecked(layer.mask is not None and not on_mask)
        self.mask_picture.setVisible(layer.mask is not None)
        self.mask_picture.setChecked(on_mask)
        if layer.mask is not None:
            self.mask_picture.setIcon(QIcon(_framed(layer.mask, is_checked=False)))
        self.note.setText(_note(layer))
        self.note.setVisible(bool(self.note.text()))
        is_group = layer.kind is LayerKind.GROUP
        part = icon(PART_ICONS[layer.part], COLOURS.text_dim)
        self._part.setPixmap(QPixmap() if is_group else part.pixmap(QSize(ICON_PX, ICON_PX)))
        self._part.setToolTip("" if is_group else f"Changes {layer.part.value}")


def _note(layer: PaintLayerRow) -> str:
    words = []
    if layer.opacity < 1:
        words.append(f"{round(100 * layer.opacity)} %")
    if layer.blend is not Blend.NORMAL:
        words.append(layer.blend.value)
    if layer.follows:
        words.append(f"follows {layer.follows}")
    return ", ".join(words)


def _picture_button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("layer_picture")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(True)
    button.setFixedSize(PICTURE_PX + 4, PICTURE_PX + 4)
    button.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def _picture_of(layer: PaintLayerRow) -> QIcon:
    if layer.kind is LayerKind.FILL:
        swatch = QImage(1, 1, QImage.Format.Format_RGB32)
        swatch.fill(QColor.fromRgbF(*layer.colour))
        return QIcon(_framed(swatch, is_checked=False))
    if layer.kind is LayerKind.RASTER and layer.picture is not None:
        return QIcon(_framed(layer.picture, is_checked=True))
    return icon(_KIND_ICONS[layer.kind], COLOURS.text_dim)


def _framed(picture: QImage, *, is_checked: bool) -> QPixmap:
    """A small picture, over checks where it lets something through."""
    framed = QPixmap(2 * PICTURE_PX, 2 * PICTURE_PX)
    framed.setDevicePixelRatio(2.0)
    framed.fill(QColor(COLOURS.raised))
    painter = QPainter(framed)
    if is_checked:
        for row in range(PICTURE_PX // _CHECK_PX):
            for column in range(row % 2, PICTURE_PX // _CHECK_PX, 2):
                place = (column * _CHECK_PX, row * _CHECK_PX, _CHECK_PX, _CHECK_PX)
                painter.fillRect(*place, QColor(COLOURS.hover))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(framed.rect().adjusted(0, 0, -PICTURE_PX, -PICTURE_PX), picture)
    painter.end()
    return framed
