"""Which of the user's own FLAME files are there, and what each is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX, ICON_PX
from avatar_core.io.flame_sources import FLAME_FILES, lacking_flame_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avatar_core.io.flame_sources import FlameFile


class FlameChecklist(QScrollArea):
    """Every file a FLAME head is made of: found or missing, and in words what that means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        content.setObjectName("scrolled")
        self._column = column = QVBoxLayout(content)
        column.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX * 3 // 2)
        self._rows = {file.name: _Row(file) for file in FLAME_FILES}
        for row in self._rows.values():
            column.addWidget(row)
        column.addStretch(1)
        self.setWidget(content)

    def show_found(self, found: Mapping[str, Path]) -> None:
        """Show what was found, by published name; what is missing comes first."""
        needed = lacking_flame_files(found)
        for file in FLAME_FILES:
            self._rows[file.name].show_state(found.get(file.name), file in needed)
        files = sorted(FLAME_FILES, key=lambda file: (file.name in found, file not in needed))
        for place, file in enumerate(files):
            row = self._rows[file.name]
            if self._column.indexOf(row) != place:
                self._column.removeWidget(row)
                self._column.insertWidget(place, row)

    @property
    def names(self) -> list[str]:
        """Names of the files from top to bottom."""
        return sorted(self._rows, key=lambda name: self._column.indexOf(self._rows[name]))

    def words_of(self, file: FlameFile) -> str:
        """All that stands beside a file."""
        return self._rows[file.name].text


class _Row(QWidget):
    """Sign, name, state; below them what it is."""

    def __init__(self, file: FlameFile) -> None:
        super().__init__()
        self._sign = QLabel()
        self._sign.setFixedSize(ICON_PX, ICON_PX)
        self._name = QLabel(file.name)
        self._state = QLabel()
        words = [f"Holds {file.purpose}.", f"From {file.origin}."]
        if file.without:
            words.append(f"Without it, {file.without}.")
        self._words = QLabel(" ".join(words))
        self._words.setWordWrap(True)
        self._words.setProperty("role", "dim")
        for label in (self._name, self._state, self._words):
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._name, self._words):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX // 4)
        grid.addWidget(self._sign, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._state, 0, 2)
        grid.addWidget(self._words, 1, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    @property
    def text(self) -> str:
        return f"{self._name.text()}: {self._state.text()}. {self._words.text()}"

    def show_state(self, path: Path | None, is_needed: bool) -> None:
        if path is not None:
            sign, colour, words, role = "found", COLOURS.good, "Found", "dim"
        elif is_needed:
            sign, colour, words, role = "missing", COLOURS.record, "Missing, needed", "warning"
        else:
            sign, colour, words, role = "optional", COLOURS.text_dim, "Missing, optional", "dim"
        self._sign.setPixmap(icon(sign, colour).pixmap(QSize(ICON_PX, ICON_PX)))
        self._state.setText(words)
        self._state.setProperty("role", role)
        self._state.style().polish(self._state)
        self.setToolTip("" if path is None else str(path))
