"""The takes panel: recorded performances of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.panel import Panel
from app.widgets.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QAction

    from avatar_core.motion.take import Take

_ID = Qt.ItemDataRole.UserRole
_NAME, _LENGTH, _RATE, _SOUND = range(4)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NO_TAKES = (
    "No takes yet.\n\nPress R to record one, or drop a .take file, a Live Link Face CSV or a FLAME"
    " sequence here."
)
_IMPORT_TIP = "Import a .take file, a Live Link Face CSV or a FLAME sequence (Ctrl+I)"


class TakesPanel(Panel):
    """A list of takes; double-click plays one, F2 renames it, Delete removes it."""

    selected = Signal(object)
    """Id of the take chosen, or None."""
    play_requested = Signal(str)
    rename_requested = Signal(str, str)
    """Id and new name."""
    delete_requested = Signal(str)
    export_take_requested = Signal(str)
    export_csv_requested = Signal(str)
    export_flame_requested = Signal(str)
    export_sound_requested = Signal(str)
    import_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playing: str | None = None
        self._edits: QMenu | None = None
        self.next_name = QLineEdit()
        self.next_name.setToolTip(
            "What the next take is called; its last number counts up by itself"
        )
        self.next_name.setAccessibleName("Name of the next take")
        self.next_name.setClearButtonEnabled(True)
        self._tree = self._build_tree()
        empty = QLabel(_NO_TAKES, alignment=Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        empty.setProperty("role", "dim")
        empty.setContentsMargins(GRID_PX * 2, 0, GRID_PX * 2, 0)
        self._pages = QStackedLayout()
        self._pages.addWidget(empty)
        self._pages.addWidget(self._tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(self._pages, stretch=1)
        layout.addWidget(self.next_name)
        layout.addLayout(self._tools())
        self._keys()
        self._enable()

    def add_edits(self, menu: QMenu) -> None:
        """Offer the edits of the take in hand in the list's menu and below it, too."""
        self._edits = menu
        self._edit_button.setMenu(menu)

    # showing

    def show_next_name(self, name: str) -> None:
        """What the next take would be called while nothing is typed."""
        self.next_name.setPlaceholderText(f"Next: {name}")

    def show_takes(self, takes: Iterable[Take], active: str | None) -> None:
        """List the takes and mark the active one.

        Items of takes that were there stay: the second press of a double-click finds its first.
        """
        takes = list(takes)
        with QSignalBlocker(self._tree):
            if [take.id for take in takes] != [item.data(_NAME, _ID) for item in self._items()]:
                self._tree.clear()
                self._tree.addTopLevelItems([_item(take) for take in takes])
            self._tree.setCurrentIndex(QModelIndex())
            for item, take in zip(self._items(), takes, strict=True):
                _describe(item, take)
                if take.id == active:
                    self._tree.setCurrentItem(item)
        self.show_playing(self._playing)
        self._pages.setCurrentIndex(1 if self._tree.topLevelItemCount() else 0)
        self._enable()

    def show_playing(self, take_id: str | None) -> None:
        """Mark the take that plays."""
        self._playing = take_id
        with QSignalBlocker(self._tree):  # a new icon counts as an edit of the item
            for item in self._items():
                is_playing = item.data(_NAME, _ID) == take_id
                mark = icon("play", "#ffffff") if is_playing else icon("take", COLOURS.text_dim)
                item.setIcon(_NAME, mark)

    @property
    def current(self) -> str | None:
        """Id of the take that is chosen."""
        item = self._tree.currentItem()
        return None if item is None else str(item.data(_NAME, _ID))

    @property
    def names(self) -> list[str]:
        """Names from top to bottom."""
        return [item.text(_NAME) for item in self._items()]

    def choose(self, take_id: str) -> None:
        """Choose a take as a click would."""
        wanted = [item for item in self._items() if item.data(_NAME, _ID) == take_id]
        for item in wanted:  # whoever hears of it may list the takes anew
            self._tree.setCurrentItem(item)

    def edit_name(self) -> None:
        """Open the editor of the chosen take's name."""
        item = self._tree.currentItem()
        if item is not None:
            self._tree.editItem(item, _NAME)

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self._tree.topLevelItem(row) for row in range(self._tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    # building

    def _build_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setColumnCount(4)
        tree.setHeaderHidden(True)
        tree.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for column in (_LENGTH, _RATE, _SOUND):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._open_menu)
        tree.itemChanged.connect(self._renamed)
        tree.itemDoubleClicked.connect(lambda *_: self._play())
        tree.currentItemChanged.connect(self._chosen)
        return tree

    def _tools(self) -> QHBoxLayout:
        self._play_button = icon_button("play", "Play the take (double-click)", self._play)
        self._rename_button = icon_button("rename", "Rename the take (F2)", self.edit_name)
        self._delete_button = icon_button("delete", "Delete the take (Delete)", self._delete)
        self._edit_button = icon_button("cut", "Edit the take")
        self._edit_button.setFixedWidth(40)
        self._edit_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._export_button = icon_button("export", "Export the take")
        self._export_button.setFixedWidth(40)  # the arrow of its menu stands beside the icon
        self._export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._export_button)
        self._add_exports(menu)
        self._export_button.setMenu(menu)
        tools = QHBoxLayout()
        tools.setSpacing(GRID_PX // 2)
        for button in (self._play_button, self._rename_button, self._delete_button):
            tools.addWidget(button)
        tools.addWidget(self._edit_button)
        tools.addStretch(1)
        tools.addWidget(icon_button("import", _IMPORT_TIP, self.import_requested.emit))
        tools.addWidget(self._export_button)
        return tools

    def _add_exports(self, menu: QMenu) -> None:
        menu.addAction("As .take file …", self._emitter(self.export_take_requested.emit))
        menu.addAction("As Live Link Face CSV …", self._emitter(self.export_csv_requested.emit))
        menu.addAction("As FLAME sequence …", self._emitter(self.export_flame_requested.emit))
        menu.addAction("Sound as WAV …", self._emitter(self.export_sound_requested.emit))

    def _keys(self) -> None:
        for keys, slot in (("F2", self.edit_name), ("Del", self._delete), ("Return", self._play)):
            shortcut = QShortcut(QKeySequence(keys), self._tree)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(slot)

    def _open_menu(self, place: QPoint) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        actions: list[QAction] = [
            menu.addAction(icon("play"), "Play", self._play),
            menu.addAction(icon("rename"), "Rename", self.edit_name),
            menu.addAction(icon("delete"), "Delete", self._delete),
        ]
        menu.insertSeparator(actions[-1])
        menu.addSeparator()
        if self._edits is not None:
            menu.addMenu(self._edits)
        self._add_exports(menu)
        menu.popup(self._tree.viewport().mapToGlobal(place))

    # asking

    def _emitter(self, emit: Callable[[str], None]) -> Callable[[], None]:
        def ask() -> None:
            if self.current is not None:
                emit(self.current)

        return ask

    def _play(self) -> None:
        self._emitter(self.play_requested.emit)()

    def _delete(self) -> None:
        self._emitter(self.delete_requested.emit)()

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == _NAME:
            self.rename_requested.emit(str(item.data(_NAME, _ID)), item.text(_NAME).strip())

    def _chosen(self) -> None:
        self._enable()
        self.selected.emit(self.current)

    def _enable(self) -> None:
        has_take = self.current is not None
        for button in (
            self._play_button,
            self._rename_button,
            self._delete_button,
            self._edit_button,
            self._export_button,
        ):
            button.setEnabled(has_take)


def _item(take: Take) -> QTreeWidgetItem:
    item = QTreeWidgetItem()
    item.setData(_NAME, _ID, take.id)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
    for column in (_LENGTH, _RATE):
        item.setTextAlignment(column, _RIGHT)
    return item


def _describe(item: QTreeWidgetItem, take: Take) -> None:
    item.setText(_NAME, take.name)
    item.setText(_LENGTH, clock(take.duration_s))
    item.setText(_RATE, f"{take.fps:.3g} fps")
    item.setToolTip(_NAME, _told(take))
    has_sound = take.audio is not None
    item.setIcon(_SOUND, icon("unmuted", COLOURS.text_dim) if has_sound else QIcon())
    item.setToolTip(_SOUND, "With sound" if has_sound else "")


def _told(take: Take) -> str:
    """What the tool tip of a take says."""
    lines = [take.name, f"{len(take)} frames; double-click plays it"]
    if take.timecode is not None:
        lines.append(f"Began at {take.timecode.text}")
    if take.markers:
        lines.append(f"{len(take.markers)} markers")
    if take.corrections.curves:
        bypassed = ", bypassed" if take.corrections.is_bypassed else ""
        lines.append(f"{len(take.corrections.curves)} channels corrected{bypassed}")
    return "\n".join(lines)
