"""The library: avatars at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

_REFERENCE = Qt.ItemDataRole.UserRole
_CARD = Qt.ItemDataRole.UserRole + 1
_PICTURE_PX = 64
_CARD_PX = 96
_LINES = 3


@dataclass(frozen=True, slots=True, eq=False)
class AvatarCard:
    """One avatar as the library shows it.

    Args:
        reference: "demo:..." or a path.
        name, description: from the avatar.
        picture: a small portrait, or None while there is none.
        is_current: the one on the stage.
    """

    reference: str
    name: str
    description: str
    picture: QImage | None = None
    is_current: bool = False


class LibraryPanel(Panel):
    """A list of avatars; a click brings one onto the stage."""

    avatar_chosen = Signal(str)
    """Reference of the avatar wanted."""
    open_requested = Signal()
    remove_requested = Signal(str)
    """Take this avatar off the list; its file stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setItemDelegate(_CardDelegate(self._list))
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._open_menu)
        self._list.itemActivated.connect(self._choose)
        self._list.itemClicked.connect(self._choose)
        button = QPushButton(icon("folder"), "Open avatar …")
        button.setToolTip("Add an .avatar file to the library and bring it onto the stage")
        button.clicked.connect(self.open_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._list)
        layout.addWidget(button)

    def show_avatars(self, cards: Sequence[AvatarCard]) -> None:
        with QSignalBlocker(self._list):
            self._list.clear()
            for card in cards:
                item = QListWidgetItem()
                item.setData(_REFERENCE, card.reference)
                item.setData(_CARD, card)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, card.name)
                item.setToolTip(f"<b>{card.name}</b><p>{card.description}</p>")
                self._list.addItem(item)
                if card.is_current:
                    self._list.setCurrentItem(item)

    @property
    def cards(self) -> list[AvatarCard]:
        return [self._list.item(row).data(_CARD) for row in range(self._list.count())]

    def _choose(self, item: QListWidgetItem) -> None:
        card: AvatarCard = item.data(_CARD)
        if not card.is_current:
            self.avatar_chosen.emit(card.reference)

    def _open_menu(self, place: QPoint) -> None:
        item = self._list.itemAt(place)
        if item is None:
            return
        card: AvatarCard = item.data(_CARD)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        use = menu.addAction("Bring onto the stage", lambda: self._choose(item))
        use.setEnabled(not card.is_current)
        remove = menu.addAction(
            "Take off the list", lambda: self.remove_requested.emit(card.reference)
        )
        remove.setEnabled(not card.is_current and not card.reference.startswith("demo:"))
        menu.popup(self._list.viewport().mapToGlobal(place))


class _CardDelegate(QStyledItemDelegate):
    """Paints a card: portrait, name, the first lines of the description."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:  # type: ignore[override]  # noqa: N802
        return QSize(120, _CARD_PX)

    def paint(  # type: ignore[override]
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        card: AvatarCard = index.data(_CARD)
        area: QRect = option.rect.adjusted(0, 2, 0, -2)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.setBrush(QColor(COLOURS.raised if card.is_current or is_hovered else COLOURS.panel))
        painter.drawRoundedRect(area, 4, 4)
        if card.is_current:
            painter.setBrush(QColor(COLOURS.accent))
            painter.drawRoundedRect(QRect(area.left(), area.top(), 3, area.height()), 1.5, 1.5)
        picture = QRect(area.left() + 12, area.top() + 12, _PICTURE_PX, _PICTURE_PX)
        self._paint_picture(painter, picture, card)
        self._paint_words(painter, picture, area, card)
        painter.restore()

    def _paint_picture(self, painter: QPainter, place: QRect, card: AvatarCard) -> None:
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(place, 4, 4)
        if card.picture is None:
            icon("library", COLOURS.text_off).paint(painter, place.adjusted(16, 16, -16, -16))
            return
        ratio = painter.device().devicePixelRatioF()
        scaled = QPixmap.fromImage(card.picture).scaled(
            place.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawPixmap(place, scaled)

    def _paint_words(
        self, painter: QPainter, picture: QRect, area: QRect, card: AvatarCard
    ) -> None:
        left, width = picture.right() + 12, area.right() - picture.right() - 20
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QPen(QColor(COLOURS.text)))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(card.name, Qt.TextElideMode.ElideRight, width)
        baseline = picture.top() + metrics.ascent()
        painter.drawText(left, baseline, name)
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QPen(QColor(COLOURS.text_dim)))
        for line in elided_lines(card.description, painter.fontMetrics(), width, _LINES):
            baseline += metrics.height() + 1
            painter.drawText(left, baseline, line)


def elided_lines(text: str, metrics: QFontMetrics, width_px: int, most: int) -> list[str]:
    """Break text at words into at most so many lines; what is left over ends in dots."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        count = 1
        while (
            count < len(words)
            and metrics.horizontalAdvance(" ".join(words[: count + 1])) <= width_px
        ):
            count += 1
        lines.append(" ".join(words[:count]))
        words = words[count:]
    if words:
        lines.append(" ".join(words))
    elide = Qt.TextElideMode.ElideRight
    return [metrics.elidedText(line, elide, width_px) for line in lines]
