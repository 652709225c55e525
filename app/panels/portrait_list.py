"""The list of a project's portraits: small picture, name, eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.layer_line import LayerLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QImage

_PICTURE_PX = 5 * GRID_PX
_LINE_PX = 6 * GRID_PX
_MOST_LINES = 5


@dataclass(frozen=True, slots=True, eq=False)
class PortraitRow:
    """One portrait as the list shows it.

    Args:
        id: in the project.
        name: what the artist calls it.
        is_shown: whether it performs.
        picture: a small one, or None where its file cannot be read.
    """

    id: str
    name: str
    is_shown: bool
    picture: QImage | None = None


class PortraitLine(LayerLine):
    """Eye, picture, name, and buttons to copy the portrait and to take it away."""

    duplicate_requested = Signal()
    remove_requested = Signal()

    def __init__(self, portrait: PortraitRow, parent: QWidget | None = None) -> None:
        super().__init__(portrait.name, parent)
        self.picture = QLabel()
        self.picture.setFixedSize(_PICTURE_PX, _PICTURE_PX)
        self.duplicate = icon_button("duplicate", "Let the same portrait perform once more")
        self.duplicate.clicked.connect(self.duplicate_requested)
        self.remove = icon_button("delete", "Take the portrait out of the project; its file stays")
        self.remove.clicked.connect(self.remove_requested)
        self.row.addWidget(self.picture)
        self.row.addSpacing(GRID_PX // 2)
        self.row.addWidget(self.name, 1)
        self.row.addWidget(self.duplicate)
        self.row.addWidget(self.remove)
        self.show_portrait(portrait)

    def show_portrait(self, portrait: PortraitRow) -> None:
        self.show_name(portrait.name, is_visible=portrait.is_shown)
        self.picture.setPixmap(_small(portrait.picture, self.devicePixelRatioF()))


class PortraitList(QListWidget):
    """All portraits of the project, as tall as it needs to be; each signal brings the id first."""

    portrait_chosen = Signal(str)
    shown_edited = Signal(str, bool)
    renamed = Signal(str, str)
    duplicate_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Portraits")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._lines: dict[str, PortraitLine] = {}
        self.currentItemChanged.connect(self._choose)

    def show_portraits(self, portraits: Sequence[PortraitRow], chosen: str | None) -> None:
        """Show portraits in this order; lines of those that were there stay what they are."""
        if [portrait.id for portrait in portraits] != list(self._lines):
            self._rebuild(portraits)
        for portrait in portraits:
            self._lines[portrait.id].show_portrait(portrait)
        ids = list(self._lines)
        with QSignalBlocker(self):
            self.setCurrentRow(ids.index(chosen) if chosen in ids else -1)

    def line(self, portrait_id: str) -> PortraitLine:
        return self._lines[portrait_id]

    @property
    def names(self) -> list[str]:
        return [line.name.text() for line in self._lines.values()]

    def _rebuild(self, portraits: Sequence[PortraitRow]) -> None:
        with QSignalBlocker(self):
            self.clear()
            self._lines = {portrait.id: self._line(portrait) for portrait in portraits}
            for portrait in portraits:
                item = QListWidgetItem(self)
                item.setSizeHint(QSize(0, _LINE_PX))
                item.setData(Qt.ItemDataRole.UserRole, portrait.id)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, portrait.name)
                self.setItemWidget(item, self._lines[portrait.id])
        lines = min(max(len(portraits), 1), _MOST_LINES)
        self.setFixedHeight(lines * _LINE_PX + 2 * self.frameWidth())

    def _line(self, portrait: PortraitRow) -> PortraitLine:
        line, portrait_id = PortraitLine(portrait), portrait.id
        line.visible_edited.connect(lambda on: self.shown_edited.emit(portrait_id, on))
        line.renamed.connect(lambda name: self.renamed.emit(portrait_id, name))
        line.duplicate_requested.connect(lambda: self.duplicate_requested.emit(portrait_id))
        line.remove_requested.connect(lambda: self.remove_requested.emit(portrait_id))
        return line

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.portrait_chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _small(picture: QImage | None, ratio: float) -> QPixmap:
    side = round(_PICTURE_PX * ratio)
    if picture is None:
        return icon("missing", COLOURS.warning).pixmap(QSize(_PICTURE_PX, _PICTURE_PX))
    small = QPixmap.fromImage(picture).scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    small.setDevicePixelRatio(ratio)
    return small
