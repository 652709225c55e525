"""The list of earlier versions of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.recovery import moment
from app.theme import GRID_PX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_Button = QDialogButtonBox.StandardButton


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """One row of the list.

    Args:
        path: the file.
        time_s: when it was made, seconds since 1970.
        kind: what it is, in a few words.
        nbytes: its size.
        is_journal: steps that were left, in place of a whole project.
    """

    path: Path
    time_s: float
    kind: str
    nbytes: int
    is_journal: bool = False


class EarlierVersionsDialog(QDialog):
    """Lets one be chosen; whoever made the dialog opens it.

    Args:
        title: of the project.
        versions: newest first.
        folder: where they lie.
        parent: the window.
    """

    chosen = Signal(object)
    """The `EarlierVersion` wanted."""

    def __init__(
        self,
        title: str,
        versions: Sequence[EarlierVersion],
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Earlier versions of “{title}”")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(64 * GRID_PX, 44 * GRID_PX)
        words = QLabel(_words(bool(versions)))
        words.setWordWrap(True)
        words.setProperty("role", "dim")
        self.list = _filled(versions)
        self._versions = tuple(versions)
        self.buttons = QDialogButtonBox(_Button.Open | _Button.Cancel)
        show = self.buttons.addButton("Show folder", QDialogButtonBox.ButtonRole.ActionRole)
        show.setToolTip(str(folder))
        show.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        self.buttons.accepted.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        self.list.itemDoubleClicked.connect(lambda _item, _column: self._choose())
        self.buttons.button(_Button.Open).setEnabled(bool(versions))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX)
        for each in (words, self.list, self.buttons):
            layout.addWidget(each)

    def _choose(self) -> None:
        at = self.list.currentIndex().row()
        if 0 <= at < len(self._versions):
            self.chosen.emit(self._versions[at])
            self.accept()


def _words(has_any: bool) -> str:
    if not has_any:
        return (
            "There are none yet. While there are unsaved changes, the studio keeps a version every"
            " few minutes: see Preferences → Saving."
        )
    return (
        "A version opens as a project of its own. The project's file stays as it is, until you"
        " save the version in its place."
    )


def _filled(versions: Sequence[EarlierVersion]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(["When", "What", "Size"])
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setAllColumnsShowFocus(True)
    for each in versions:
        item = QTreeWidgetItem([moment(each.time_s), each.kind, _size(each.nbytes)])
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(0, str(each.path))
        tree.addTopLevelItem(item)
    if versions:
        tree.setCurrentIndex(tree.model().index(0, 0))
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    header.resizeSection(0, 20 * GRID_PX)
    return tree


def _size(nbytes: int) -> str:
    if nbytes < 1 << 20:
        return f"{(nbytes + 1023) >> 10:,} KB"
    return f"{nbytes / (1 << 20):,.1f} MB"
