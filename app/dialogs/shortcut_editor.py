"""Rebinding shortcuts, with a check that no two actions share their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.actions import STUDIO_ACTIONS, all_actions, conflicts, groups, normal_keys
from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = Qt.ItemDataRole.UserRole


class ShortcutEditor(QWidget):
    """A list of all actions; the chosen one's keys are recorded below it."""

    changed = Signal()

    def __init__(self, overrides: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._specs = {spec.id: spec for spec in all_actions()}
        self._overrides = dict(overrides)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._branches: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search actions")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._tree = self._build_tree()
        self._keys = QKeySequenceEdit()
        self._keys.setMaximumSequenceLength(1)
        self._keys.setClearButtonEnabled(True)
        self._keys.editingFinished.connect(self._record)
        self._keys.keySequenceChanged.connect(lambda _keys: self._record())
        self._default = QPushButton("Default")
        self._default.setToolTip("Give this action its default keys")
        self._default.clicked.connect(self._restore)
        everything = QPushButton("All defaults")
        everything.setToolTip("Give every action its default keys")
        everything.clicked.connect(self.restore_all)
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setProperty("role", "warning")
        tools = QHBoxLayout()
        tools.setSpacing(GRID_PX)
        tools.addWidget(QLabel("Keys"))
        tools.addWidget(self._keys, stretch=1)
        tools.addWidget(self._default)
        tools.addWidget(everything)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._search)
        layout.addWidget(self._tree, stretch=1)
        layout.addLayout(tools)
        layout.addWidget(self._problem)
        self._fill()
        self.choose(STUDIO_ACTIONS[0].id)

    @property
    def overrides(self) -> dict[str, str]:
        """Keys by action id, only those that differ from the default."""
        return dict(self._overrides)

    @property
    def problem(self) -> str:
        """Which actions share keys, in words; empty when all is well."""
        clashes = conflicts(self._overrides)
        return " ".join(
            f"{keys} is used by {' and '.join(self._specs[each].title for each in ids)}."
            for keys, ids in clashes.items()
        )

    def choose(self, action_id: str) -> None:
        self._tree.setCurrentItem(self._items[action_id])

    def set_keys(self, action_id: str, keys: str) -> None:
        """Give an action these keys; empty for none."""
        wanted = normal_keys(keys)
        if wanted == normal_keys(self._specs[action_id].shortcut):
            self._overrides.pop(action_id, None)
        else:
            self._overrides[action_id] = wanted
        self._fill()
        self.changed.emit()

    def restore_all(self) -> None:
        self._overrides.clear()
        self._fill()
        self._show_keys()
        self.changed.emit()

    def _build_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setHeaderLabels(["Action", "Keys"])
        tree.setIndentation(GRID_PX * 2)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for heading, specs in groups():
            branch = QTreeWidgetItem([heading])
            branch.setFlags(Qt.ItemFlag.ItemIsEnabled)
            tree.addTopLevelItem(branch)
            items: list[QTreeWidgetItem] = []
            self._branches.append((branch, items))
            for spec in specs:
                item = QTreeWidgetItem(branch, [spec.title])
                item.setData(0, _ID, spec.id)
                item.setToolTip(0, spec.tip)
                self._items[spec.id] = item
                items.append(item)
        tree.expandAll()
        tree.currentItemChanged.connect(lambda *_: self._show_keys())
        return tree

    def _fill(self) -> None:
        clashing = {each for ids in conflicts(self._overrides).values() for each in ids}
        for action_id, item in self._items.items():
            keys = QKeySequence(self._keys_of(action_id))
            item.setText(1, keys.toString(QKeySequence.SequenceFormat.NativeText))
            is_own = action_id in self._overrides
            colour = COLOURS.accent if is_own else COLOURS.text_dim
            colour = COLOURS.warning if action_id in clashing else colour
            item.setForeground(1, QBrush(QColor(colour)))
        self._problem.setText(self.problem)

    def _keys_of(self, action_id: str) -> str:
        return self._overrides.get(action_id, self._specs[action_id].shortcut)

    @property
    def _current(self) -> str | None:
        item = self._tree.currentItem()
        return None if item is None else item.data(0, _ID)

    def _show_keys(self) -> None:
        current = self._current
        self._keys.setEnabled(current is not None)
        self._keys.blockSignals(True)
        self._keys.setKeySequence(QKeySequence(self._keys_of(current) if current else ""))
        self._keys.blockSignals(False)

    def _record(self) -> None:
        current = self._current
        keys = self._keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if current is not None and keys != normal_keys(self._keys_of(current)):
            self.set_keys(current, keys)

    def _restore(self) -> None:
        current = self._current
        if current is not None:
            self.set_keys(current, self._specs[current].shortcut)
            self._show_keys()

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for action_id, item in self._items.items():
            item.setHidden(wanted not in self._specs[action_id].title.casefold())
        for branch, items in self._branches:
            branch.setHidden(all(item.isHidden() for item in items))
