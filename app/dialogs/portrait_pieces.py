"""Which files of the EMOPortraits release are there, what each is for, and its licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX, ICON_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.workers.portrait_import import PortraitPiece


class PortraitPieceList(QScrollArea):
    """Every piece: found or missing, and in words what that means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: list[_Row] = []
        self.show_pieces(())

    def show_pieces(self, pieces: Sequence[PortraitPiece]) -> None:
        """Show these, in this order."""
        content = QWidget()
        content.setObjectName("scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        column.setSpacing(GRID_PX * 3 // 2)
        self._rows = [_Row(piece) for piece in pieces]
        for row in self._rows:
            column.addWidget(row)
        column.addStretch(1)
        self.setWidget(content)  # which deletes the one before

    @property
    def texts(self) -> list[str]:
        """All that stands in each row."""
        return [row.text for row in self._rows]


class _Row(QWidget):
    """Sign, name and state; below them what it holds, and its licence."""

    def __init__(self, piece: PortraitPiece) -> None:
        super().__init__()
        if piece.path is not None:
            sign, colour, state, role = "found", COLOURS.good, "Found", "dim"
        elif piece.is_needed:
            sign, colour, state, role = "missing", COLOURS.record, "Missing, needed", "warning"
        else:
            sign, colour, state, role = "optional", COLOURS.text_dim, "Missing, optional", "dim"
        symbol = QLabel()
        symbol.setFixedSize(ICON_PX, ICON_PX)
        symbol.setPixmap(icon(sign, colour).pixmap(QSize(ICON_PX, ICON_PX)))
        texts = (piece.name, state, piece.purpose, f"Licence: {piece.licence}")
        labels = [QLabel(text) for text in texts]
        for label in labels:
            label.setTextFormat(Qt.TextFormat.PlainText)
        labels[1].setProperty("role", role)
        labels[1].setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        for label in labels[2:]:
            label.setWordWrap(True)
            label.setProperty("role", "dim")
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = f"{piece.name}: {state}. {piece.purpose} Licence: {piece.licence}"
        self.setToolTip("" if piece.path is None else str(piece.path))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX // 4)
        grid.addWidget(symbol, 0, 0)
        grid.addWidget(labels[0], 0, 1)
        grid.addWidget(labels[1], 0, 2)
        grid.addWidget(labels[2], 1, 1, 1, 2)
        grid.addWidget(labels[3], 2, 1, 1, 2)
        grid.setColumnStretch(1, 1)
