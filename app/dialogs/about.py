"""Help's two sheets: keyboard shortcuts, and what this program is."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from app.theme import GRID_PX
from app.widgets.fields import scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    _Part = tuple[str, Sequence[tuple[str, str, str]]]

_HANDS = (
    ("Drag", "Turn the view"),
    ("Middle drag, Shift+drag", "Move the view"),
    ("Wheel", "Go nearer or farther"),
    ("Double-click a number", "Reset it"),
    ("Shift while dragging a number", "Fine steps"),
    ("Enter on a number", "Type a value"),
)


_COLUMNS = 4


class ShortcutSheet(QDialog):
    """All shortcuts in columns, as they are bound now.

    Args:
        sheet: by menu: (menu title, [(keys, title, tip)]).
        parent: the window.
    """

    def __init__(
        self,
        sheet: Sequence[_Part],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        hands = ("Mouse", [(keys, words, "") for keys, words in _HANDS])
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(GRID_PX * 3, GRID_PX * 2, GRID_PX * 3, GRID_PX)
        columns.setSpacing(GRID_PX * 6)
        for parts in _in_columns([*sheet, hands], _COLUMNS):
            column = QVBoxLayout()
            column.setSpacing(GRID_PX * 2)
            for title, rows in parts:
                column.addLayout(_table(title, rows))
            column.addStretch(1)
            columns.addLayout(column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, GRID_PX * 2)
        area = scrolled(content)
        layout.addWidget(area)
        layout.addWidget(_close_button(self))
        wanted = self.sizeHint() - area.sizeHint() + content.sizeHint()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.resize((wanted + QSize(bar, 0)).boundedTo(self.screen().availableSize()))


def _in_columns(parts: Sequence[_Part], count: int) -> list[list[_Part]]:
    """The parts in order, in columns of which the tallest is as short as it can be."""
    total = sum(map(_height, parts))
    packings = (_packed(parts, limit) for limit in range(max(map(_height, parts)), total + 1))
    return next(columns for columns in packings if len(columns) <= count)


def _packed(parts: Sequence[_Part], limit: int) -> list[list[_Part]]:
    """The parts in order, in columns of no more rows than that."""
    columns: list[list[_Part]] = [[]]
    for part in parts:
        if sum(map(_height, (*columns[-1], part))) > limit:
            columns.append([])
        columns[-1].append(part)
    return columns


def _height(part: _Part) -> int:
    """Rows that a part takes, with its title and the gap below."""
    return len(part[1]) + 2


def _table(title: str, rows: Sequence[tuple[str, str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID_PX * 4)
    grid.setVerticalSpacing(GRID_PX // 2)
    heading = QLabel(title)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, (keys, words, tip) in enumerate(rows, start=1):
        name, bound = QLabel(words), QLabel(keys)
        name.setToolTip(tip)
        bound.setProperty("role", "dim")
        bound.setAlignment(Qt.AlignmentFlag.AlignRight)
        grid.addWidget(name, row, 0)
        grid.addWidget(bound, row, 1)
    grid.setColumnStretch(0, 1)
    return grid


class AboutDialog(QDialog):
    """Name, version, what it stands on."""

    def __init__(self, renderer: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Avatar Studio")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel("Avatar Studio")
        title.setProperty("role", "title")
        words = QLabel(_about(renderer))
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 3, GRID_PX * 3, GRID_PX * 3, GRID_PX * 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(title)
        layout.addWidget(words)
        layout.addWidget(_close_button(self))
        self.setFixedWidth(60 * GRID_PX)


def _about(renderer: str) -> str:
    lines = [
        f"Version {studio_version()}, Apache License 2.0.",
        "Edit, perform and record neural head avatars.",
        "",
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
    ]
    if renderer:
        lines.append(f"Drawing with {renderer}")
    lines += [
        "",
        "Face tracking uses the Face Landmarker model by Google (Apache License 2.0). "
        "The interface font is Inter (SIL Open Font License 1.1), the icons are Phosphor (MIT). "
        "All licences lie in resources/licences.",
        "",
        "Pictures made from a real person's face should say so.",
    ]
    return "\n".join(lines)


def studio_version() -> str:
    try:
        return version("avatar-studio")
    except PackageNotFoundError:
        return "from source"


def _close_button(dialog: QDialog) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.setContentsMargins(0, 0, GRID_PX, 0)
    buttons.rejected.connect(dialog.reject)
    return buttons
