"""A list of cards: a small picture, a name, the first lines of a description."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

_CARD = Qt.ItemDataRole.UserRole
_GAP_PX = 4
_WORDS_END_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One thing to choose.

    Args:
        reference: what it is called by, unique in its list.
        name, description: words for the user; they are shown as they are, never as markup.
        picture: a small one, or None while there is none.
        is_current: the one in use.
        is_kept: it cannot be taken off the list.
    """

    reference: str
    name: str
    description: str
    picture: QImage | None = None
    is_current: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class CardStyle:
    """How a list of cards looks and what it calls its choices.

    Args:
        use: words of the menu for choosing a card.
        icon: shown where a picture is missing.
        picture_px: side of the pictures.
        lines: of the description.
        margin_px: around the picture.
    """

    use: str
    icon: str
    picture_px: int
    lines: int
    margin_px: int = 12

    @property
    def height_px(self) -> int:
        """Of a card, with the gap to the next one."""
        return self.picture_px + 2 * self.margin_px + _GAP_PX


class CardList(QListWidget):
    """Cards to choose from; a click or Return chooses one."""

    chosen = Signal(str)
    """Reference of a card that is not the current one."""
    remove_requested = Signal(str)
    """Take this card off the list; its file stays."""

    def __init__(self, style: CardStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._current: str | None = None
        self.setItemDelegate(_CardDelegate(style, self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.itemActivated.connect(self._choose)
        self.itemClicked.connect(self._choose)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these cards; the list keeps its place, unless another card became current."""
        place, before = self.verticalScrollBar().value(), self._current
        self._current = next((card.reference for card in cards if card.is_current), None)
        with QSignalBlocker(self):
            self.clear()
            for card in cards:
                item = QListWidgetItem()
                item.setData(_CARD, card)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, card.name)
                item.setToolTip(_tip(card))
                self.addItem(item)
                if card.is_current:
                    self.setCurrentItem(item)
        self.doItemsLayout()  # else the bar has no range yet
        self.verticalScrollBar().setValue(place)
        if self._current != before and self.currentItem() is not None:
            self.scrollToItem(self.currentItem())

    @property
    def cards(self) -> list[Card]:
        return [self.item(row).data(_CARD) for row in range(self.count())]

    def _choose(self, item: QListWidgetItem) -> None:
        card: Card = item.data(_CARD)
        if not card.is_current:
            self.chosen.emit(card.reference)

    def _open_menu(self, place: QPoint) -> None:
        item = self.itemAt(place)
        if item is None:
            return
        card: Card = item.data(_CARD)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        use = menu.addAction(self._style.use, lambda: self._choose(item))
        use.setEnabled(not card.is_current)
        remove = menu.addAction(
            "Take off the list", lambda: self.remove_requested.emit(card.reference)
        )
        remove.setEnabled(not card.is_current and not card.is_kept)
        menu.popup(self.viewport().mapToGlobal(place))


class _CardDelegate(QStyledItemDelegate):
    """Paints one card."""

    def __init__(self, style: CardStyle, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:  # type: ignore[override]  # noqa: N802
        return QSize(120, self._style.height_px)

    def paint(  # type: ignore[override]
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        card: Card = index.data(_CARD)
        area: QRect = option.rect.adjusted(0, _GAP_PX // 2, 0, -_GAP_PX // 2)
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
        side, margin = self._style.picture_px, self._style.margin_px
        picture = QRect(area.left() + margin, area.top() + margin, side, side)
        self._paint_picture(painter, picture, card)
        self._paint_words(painter, picture, area, card)
        painter.restore()

    def _paint_picture(self, painter: QPainter, place: QRect, card: Card) -> None:
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(place, 4, 4)
        if card.picture is None:
            rim = place.width() // 4
            sign = icon(self._style.icon, COLOURS.text_off)
            sign.paint(painter, place.adjusted(rim, rim, -rim, -rim))
            return
        ratio = painter.device().devicePixelRatioF()
        scaled = QPixmap.fromImage(card.picture).scaled(
            place.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawPixmap(place, scaled)

    def _paint_words(self, painter: QPainter, picture: QRect, area: QRect, card: Card) -> None:
        left = picture.right() + self._style.margin_px
        width = area.right() - left - _WORDS_END_PX
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
        for line in elided_lines(card.description, painter.fontMetrics(), width, self._style.lines):
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
    # A line that just fits would be elided by the rounding of its width.
    return [
        line
        if metrics.horizontalAdvance(line) <= width_px
        else metrics.elidedText(line, elide, width_px)
        for line in lines
    ]


def _tip(card: Card) -> str:
    return f"<b>{escape(card.name)}</b><p>{escape(card.description)}</p>"
