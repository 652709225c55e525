"""MissingFilesDialog: which files are gone, where they might be, and which of those to take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.import_job import selectable_words
from app.theme import GRID_PX
from app.widgets.elided_label import ElidedLabel
from avatar_core.io.relinking import Match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar_core.io.relinking import FoundFile, MissingFile

_ABOUT = (
    "The project names these files, and they are not where they were. Search a folder and all below"
    " it: files are known again by what is in them, whatever they are called now."
)
_WORDS = {
    Match.SAME: "the same file",
    Match.NAMESAKE: "same name; nothing known to compare",
    Match.OTHER: "same name, other contents",
}
_PATH = Qt.ItemDataRole.UserRole


class MissingFilesDialog(QDialog):
    """One line for each missing file; what was found can be ticked and taken in one step."""

    folder_wanted = Signal()
    """A folder is to be searched."""
    file_wanted = Signal(str)
    """A file is to be chosen in place of this path of the project."""
    stop_requested = Signal()
    taken = Signal(object)
    """Paths of the project whose finds are to be used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Missing files")
        self.resize(108 * GRID_PX, 52 * GRID_PX)
        self._is_searching = False
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName("Missing files")
        self.list.setHeaderLabels(["File", "Used as", "Found"])
        self.list.setUniformRowHeights(True)
        header = self.list.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemChanged.connect(lambda _item, _column: self._show_buttons())
        self.list.itemSelectionChanged.connect(self._show_buttons)
        self.words = ElidedLabel()
        self.words.setProperty("role", "dim")
        self.search_button = QPushButton("Search in folder …")
        self.search_button.clicked.connect(self._search_or_stop)
        self.choose_button = QPushButton("Choose file …")
        self.choose_button.setToolTip("Point at the file in place of the chosen line")
        self.choose_button.clicked.connect(self._choose)
        self.take_button = QPushButton("Use found files")
        self.take_button.clicked.connect(lambda: self.taken.emit(self.ticked))
        self.close_button = QPushButton("Close", autoDefault=False)
        self.close_button.setToolTip(
            "The project keeps the names; File → Find missing files is there later"
        )
        self.close_button.clicked.connect(self.reject)
        self._lay_out()
        self._show_buttons()

    @property
    def ticked(self) -> list[str]:
        """Paths of the project whose finds are ticked."""
        return [
            item.data(0, _PATH)
            for item in self._items()
            if item.checkState(0) is Qt.CheckState.Checked
        ]

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """What stands in each line."""
        return [(item.text(0), item.text(1), item.text(2)) for item in self._items()]

    def show_missing(self, missing: Sequence[MissingFile], found: Mapping[str, FoundFile]) -> None:
        """List what is missing, and what was found for it.

        Args:
            missing: in the order of the list.
            found: by path of the project.
        """
        chosen = self.list.currentItem()
        chosen_path = None if chosen is None else chosen.data(0, _PATH)
        self.list.clear()
        for each in missing:
            item = self._item(each, found.get(each.path))
            self.list.addTopLevelItem(item)
            if each.path == chosen_path:
                self.list.setCurrentItem(item)
        self._show_buttons()

    def show_searching(self, is_searching: bool) -> None:
        """A search is under way, or has ended."""
        self._is_searching = is_searching
        if not is_searching:
            found = sum(bool(item.data(2, _PATH)) for item in self._items())
            self.words.setText(f"{found} of {self.list.topLevelItemCount()} found")
        self._show_buttons()

    def show_progress(self, text: str) -> None:
        """Where the search is."""
        if self._is_searching:
            self.words.setText(text)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.search_button)
        row.addWidget(self.choose_button)
        row.addWidget(self.words, 1)
        row.addWidget(self.take_button)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (GRID_PX * 2,))
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addWidget(selectable_words("dim", _ABOUT))
        layout.addWidget(self.list, 1)
        layout.addLayout(row)

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self.list.topLevelItem(at) for at in range(self.list.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _item(self, missing: MissingFile, found: FoundFile | None) -> QTreeWidgetItem:
        words = "changed since it was saved" if missing.is_changed else "not found yet"
        if found is not None:
            words = f"{found.path} ({_WORDS[found.match]})"
        item = QTreeWidgetItem([missing.name, missing.role.value, words])
        item.setData(0, _PATH, missing.path)
        item.setData(2, _PATH, found is not None)
        item.setToolTip(0, missing.path)
        item.setToolTip(2, words)
        if found is not None:
            is_sure = found.match is not Match.OTHER
            item.setCheckState(0, Qt.CheckState.Checked if is_sure else Qt.CheckState.Unchecked)
        return item

    def _show_buttons(self) -> None:
        self.search_button.setText("Stop" if self._is_searching else "Search in folder …")
        is_chosen = bool(self.list.selectedItems())
        self.choose_button.setEnabled(is_chosen and not self._is_searching)
        self.take_button.setEnabled(bool(self.ticked) and not self._is_searching)
        self.take_button.setDefault(self.take_button.isEnabled())

    def _search_or_stop(self) -> None:
        (self.stop_requested if self._is_searching else self.folder_wanted).emit()

    def _choose(self) -> None:
        for item in self.list.selectedItems()[:1]:
            self.file_wanted.emit(item.data(0, _PATH))
