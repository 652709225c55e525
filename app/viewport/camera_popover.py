"""The Camera popover: lens, turntable, views and bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import GRID_PX, ROW_PX
from app.viewport.camera_rig import FASTEST_RAD_S, TURN_RAD_S
from app.viewport.orbit_controls import NARROWEST_FOV_RAD, WIDEST_FOV_RAD
from app.widgets.buttons import action_button, icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.popover import Popover, chips, side_by_side
from avatar_core.geometry.framing import PORTRAIT_FOV_Y_RAD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction

_DEGREES = float(np.rad2deg(1.0))
_ID = Qt.ItemDataRole.UserRole
_NAME, _KEYS = range(2)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROWS_SHOWN = 5
_VIEWS = (
    "front", "three_quarter_left", "left", "top", "frame",
    "back", "three_quarter_right", "right", "bottom", "reset",
)  # fmt: skip
LENS = NumberRange(
    float(NARROWEST_FOV_RAD),
    float(WIDEST_FOV_RAD),
    default=PORTRAIT_FOV_Y_RAD,
    step=1 / _DEGREES,
    decimals=0,
    scale=_DEGREES,
    suffix="°",
)
SPEED = NumberRange(
    -FASTEST_RAD_S,
    FASTEST_RAD_S,
    default=TURN_RAD_S,
    step=5 / _DEGREES,
    decimals=0,
    scale=_DEGREES,
    suffix=" °/s",
)


class CameraPopover(Popover):
    """Numbers and buttons of the camera, and the list of bookmarks.

    A double-click goes to a bookmark, F2 renames it, Delete removes it.

    Args:
        find: gives an action by its id.
        parent: the window.
    """

    fov_edited = Signal(float)
    """Radians."""
    speed_edited = Signal(float)
    """Radians a second."""
    bookmark_chosen = Signal(str)
    bookmark_renamed = Signal(str, str)
    """Id and new name."""
    bookmark_moved = Signal(str)
    """It is to show the view that is there now."""
    bookmark_removed = Signal(str)

    def __init__(self, find: Callable[[str], QAction], parent: QWidget | None = None) -> None:
        super().__init__("Camera", parent)
        self.lens = DragNumber(LENS)
        self.lens.setToolTip("Field of view; the avatar keeps its size in the picture")
        self.lens.value_edited.connect(self.fov_edited)
        self.speed = DragNumber(SPEED)
        self.speed.setToolTip("Turns of the turntable; below 0 it turns the other way")
        self.speed.value_edited.connect(self.speed_edited)
        turn = action_button(find("view.turntable"), ROW_PX)
        self._tree = self._build_tree()
        self.add_row("Field of view", self.lens)
        self.add_row("Turntable", side_by_side(self.speed, turn))
        self.add_line()
        self.add_row("View", chips([find(f"view.{each}") for each in _VIEWS], columns=5))
        self.add_line()
        self._add = find("view.bookmark")
        self.add_row("Bookmarks", self._bookmarks(self._add))
        self._add.changed.connect(self._say_keys)
        self._say_keys()
        self._enable()

    # showing

    def show_fov(self, fov_y_rad: float) -> None:
        self.lens.set_value(fov_y_rad)

    def show_speed(self, speed_rad_s: float) -> None:
        self.speed.set_value(speed_rad_s)

    def show_bookmarks(self, bookmarks: Sequence[tuple[str, str, str]]) -> None:
        """List bookmarks: (id, name, keys that go there)."""
        chosen = self.current
        with QSignalBlocker(self._tree):
            self._tree.clear()
            for bookmark_id, name, keys in bookmarks:
                item = QTreeWidgetItem([name, keys])
                item.setData(_NAME, _ID, bookmark_id)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                item.setTextAlignment(_KEYS, _RIGHT)
                item.setForeground(_KEYS, self.palette().placeholderText())
                item.setToolTip(_NAME, f"{name}\nA double-click goes there")
                self._tree.addTopLevelItem(item)
                if bookmark_id == chosen:
                    self._tree.setCurrentItem(item)
        self._pages.setCurrentIndex(1 if bookmarks else 0)
        self._enable()

    @property
    def bookmarks(self) -> list[tuple[str, str]]:
        """Names and keys from top to bottom."""
        return [(item.text(_NAME), item.text(_KEYS)) for item in self._items()]

    @property
    def empty_text(self) -> str:
        """What stands where there are no bookmarks."""
        return self._empty.text()

    @property
    def current(self) -> str | None:
        """Id of the bookmark that is chosen."""
        item = self._tree.currentItem()
        return None if item is None else str(item.data(_NAME, _ID))

    def choose(self, bookmark_id: str) -> None:
        """Choose a bookmark as a click would."""
        for item in self._items():
            if item.data(_NAME, _ID) == bookmark_id:
                self._tree.setCurrentItem(item)

    def edit_bookmarks(self) -> None:
        """Lead the keys to the list."""
        first = self._tree.topLevelItem(0)
        if first is not None and self._tree.currentItem() is None:
            self._tree.setCurrentItem(first)
        self._tree.setFocus()

    def edit_name(self) -> None:
        """Open the editor of the chosen bookmark's name."""
        item = self._tree.currentItem()
        if item is not None:
            self._tree.editItem(item, _NAME)

    # building

    def _build_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setColumnCount(2)
        tree.setHeaderHidden(True)
        tree.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_KEYS, QHeaderView.ResizeMode.ResizeToContents)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._open_menu)
        tree.itemChanged.connect(self._renamed)
        tree.itemDoubleClicked.connect(lambda *_: self._go())
        tree.currentItemChanged.connect(lambda *_: self._enable())
        for keys, slot in (("F2", self.edit_name), ("Del", self._remove), ("Return", self._go)):
            shortcut = QShortcut(QKeySequence(keys), tree)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(slot)
        return tree

    def _bookmarks(self, add: QAction) -> QVBoxLayout:
        self._tools = [
            icon_button("frame", "Go there (double-click)", self._go),
            icon_button("refresh", "Let the bookmark show the view that is there now", self._move),
            icon_button("rename", "Rename the bookmark (F2)", self.edit_name),
            icon_button("delete", "Remove the bookmark (Delete)", self._remove),
        ]
        tools = QHBoxLayout()
        tools.setSpacing(GRID_PX // 2)
        tools.addWidget(action_button(add, ROW_PX))
        tools.addStretch(1)
        for button in self._tools:
            tools.addWidget(button)
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "dim")
        list_or_words = QWidget()
        list_or_words.setFixedHeight(_ROWS_SHOWN * ROW_PX + GRID_PX)
        self._pages = QStackedLayout(list_or_words)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._tree)
        column = QVBoxLayout()
        column.setSpacing(GRID_PX // 2)
        column.addWidget(list_or_words)
        column.addLayout(tools)
        return column

    def _open_menu(self, place: QPoint) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("frame"), "Go there", self._go)
        menu.addAction(icon("refresh"), "Move here", self._move)
        menu.addAction(icon("rename"), "Rename", self.edit_name)
        menu.addSeparator()
        menu.addAction(icon("delete"), "Remove", self._remove)
        menu.popup(self._tree.viewport().mapToGlobal(place))

    # asking

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self._tree.topLevelItem(row) for row in range(self._tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _ask(self, signal: Callable[[str], None]) -> None:
        if self.current is not None:
            signal(self.current)

    def _go(self) -> None:
        self._ask(self.bookmark_chosen.emit)

    def _move(self) -> None:
        self._ask(self.bookmark_moved.emit)

    def _remove(self) -> None:
        self._ask(self.bookmark_removed.emit)

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == _NAME:
            self.bookmark_renamed.emit(str(item.data(_NAME, _ID)), item.text(_NAME).strip())

    def _say_keys(self) -> None:
        keys = self._add.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        how = f"{keys} keeps" if keys else "The button below keeps"
        self._empty.setText(f"No bookmarks yet.\n{how} the view that is there.")

    def _enable(self) -> None:
        for button in self._tools:
            button.setEnabled(self.current is not None)
