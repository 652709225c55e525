"""The Paint layers panel: what is painted, the topmost first, and how the chosen layer counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.panels.paint_layer_line import PaintLayerLine
from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import action_button
from app.widgets.panel import Panel
from avatar_core.project.paint import Adjustment, Blend, LayerKind, TexturePart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction, QDropEvent, QImage

    from app.panels.paint_layer_settings import PaintLayerSettings
    from app.widgets.colour_field import Rgb

_ID = Qt.ItemDataRole.UserRole
_INDENT_PX = 2 * GRID_PX
LINE_PX = ROW_PX + 2 * GRID_PX


@dataclass(frozen=True, slots=True, eq=False)
class PaintLayerRow:
    """One layer as the panel shows it; see `PaintLayer`.

    Args:
        picture: small picture of what is on it; None where there is none.
        mask: small picture of its mask; None without one.
        follows: name of the file that it follows; empty for none.
    """

    id: str
    name: str
    kind: LayerKind = LayerKind.RASTER
    part: TexturePart = TexturePart.COLOUR
    parent: str | None = None
    is_visible: bool = True
    opacity: float = 1.0
    blend: Blend = Blend.NORMAL
    colour: Rgb = (0.5, 0.5, 0.5)
    adjustment: Adjustment = field(default_factory=Adjustment)
    picture: QImage | None = None
    mask: QImage | None = None
    follows: str = ""


class LayerTree(QTreeWidget):
    """The layers; dragging one puts it elsewhere, or into a group."""

    layer_dropped = Signal(str, object, int)
    """Id, the group (or None), and the place among its members, 0 the lowest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Paint layers")
        self.setHeaderHidden(True)
        self.setIndentation(_INDENT_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setExpandsOnDoubleClick(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for the move; the tree shows it once the document has it."""
        target = self.itemAt(event.position().toPoint())
        self.drop_at(target, self.dropIndicatorPosition())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()

    def drop_at(
        self, target: QTreeWidgetItem | None, place: QAbstractItemView.DropIndicatorPosition
    ) -> None:
        """Ask to put the current layer on, above or below another one, or at the bottom."""
        dragged, where = self.currentItem(), QAbstractItemView.DropIndicatorPosition
        if dragged is None or dragged is target:
            return
        layer = dragged.data(0, _ID)
        if target is None:
            self.layer_dropped.emit(layer, None, 0)
        elif place == where.OnItem and _is_group(target):
            self.layer_dropped.emit(layer, target.data(0, _ID), target.childCount())
        else:
            group = target.parent() or self.invisibleRootItem()
            rows = [group.child(row) for row in range(group.childCount())]
            others = [row for row in rows if row is not dragged]
            above = others.index(target) + (place == where.BelowItem)
            self.layer_dropped.emit(layer, group.data(0, _ID), len(others) - above)


class PaintLayersPanel(Panel):
    """The layers and what can be done with the chosen one.

    Args:
        settings: of the chosen layer.
        actions: buttons below the list.
        bake: what stands at the bottom.
    """

    layer_chosen = Signal(str)
    visible_edited = Signal(str, bool)
    renamed = Signal(str, str)
    mask_chosen = Signal(str, bool)
    """A click on the small picture of a layer, or of its mask (True)."""

    def __init__(
        self,
        settings: PaintLayerSettings,
        actions: Sequence[QAction],
        bake: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.settings = settings
        self.tree = LayerTree()
        self.tree.currentItemChanged.connect(self._choose)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._lines: dict[str, PaintLayerLine] = {}
        self._shape: list[tuple[str, str | None]] = []
        self._folded: set[str] = set()
        self.tree.itemCollapsed.connect(lambda item: self._folded.add(item.data(0, _ID)))
        self.tree.itemExpanded.connect(lambda item: self._folded.discard(item.data(0, _ID)))
        self._empty = QLabel("The first stroke begins a layer.")
        self._empty.setProperty("role", "dim")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX // 2)
        for action in actions:
            buttons.addWidget(action_button(action))
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(settings)
        layout.addLayout(buttons)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self.tree, 1)
        layout.addWidget(bake)
        self.show_layers((), None)

    def show_layers(
        self, layers: Sequence[PaintLayerRow], active: str | None, *, on_mask: bool = False
    ) -> None:
        """Show layers.

        Args:
            layers: the topmost first; groups right before what is in them.
            active: the one that brushes work on.
            on_mask: they work on its mask.
        """
        self._empty.setVisible(not layers)
        self.tree.setVisible(bool(layers))
        shape = [(layer.id, layer.parent) for layer in layers]
        if shape != self._shape:
            self._rebuild(layers)
            self._shape = shape
        for layer in layers:
            self._lines[layer.id].show_layer(layer, on_mask=on_mask and layer.id == active)
        with QSignalBlocker(self.tree):
            if active in self._items:
                if self.tree.currentItem() is not self._items[active]:
                    self.tree.scrollToItem(self._items[active])
                self.tree.setCurrentItem(self._items[active])
            else:
                self.tree.setCurrentIndex(QModelIndex())
        self.settings.show_layer(next((each for each in layers if each.id == active), None))

    def line(self, layer_id: str) -> PaintLayerLine:
        return self._lines[layer_id]

    @property
    def names(self) -> list[str]:
        """From the top down."""
        return [line.name.text() for line in self._lines.values()]

    def _rebuild(self, layers: Sequence[PaintLayerRow]) -> None:
        with QSignalBlocker(self.tree):
            self.tree.clear()
            self._items = {}
            self._lines = {}
            for layer in layers:
                item = QTreeWidgetItem()
                item.setData(0, _ID, layer.id)
                item.setData(0, Qt.ItemDataRole.AccessibleTextRole, layer.name)
                item.setSizeHint(0, QSize(0, LINE_PX))
                flags = item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled
                if layer.kind is LayerKind.GROUP:
                    flags |= Qt.ItemFlag.ItemIsDropEnabled
                item.setFlags(flags)
                group = self._items.get(layer.parent or "", self.tree.invisibleRootItem())
                group.addChild(item)
                self._items[layer.id] = item
                self._lines[layer.id] = line = self._line(layer)
                self.tree.setItemWidget(item, 0, line)
            for layer_id, item in self._items.items():
                item.setExpanded(layer_id not in self._folded)

    def _line(self, layer: PaintLayerRow) -> PaintLayerLine:
        line = PaintLayerLine(layer)
        line.visible_edited.connect(lambda on: self.visible_edited.emit(layer.id, on))
        line.renamed.connect(lambda name: self.renamed.emit(layer.id, name))
        line.picture_chosen.connect(lambda mask: self.mask_chosen.emit(layer.id, mask))
        return line

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.layer_chosen.emit(item.data(0, _ID))


def _is_group(item: QTreeWidgetItem) -> bool:
    return bool(item.flags() & Qt.ItemFlag.ItemIsDropEnabled)
