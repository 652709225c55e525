"""A titled part of a panel that folds away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX


class Section(QWidget):
    """A header that folds its content, with room for buttons at its right end.

    Args:
        title: shown in the header.
        content: what folds; the section takes it over.
        parent: the owning widget.
    """

    toggled = Signal(bool)
    """True when it was opened, by hand or by `set_open`."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._content = content
        self._toggle = QToolButton()
        self._toggle.setObjectName("section")
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._toggle.setIconSize(QSize(12, 12))
        self._toggle.setText(title)
        self._toggle.clicked.connect(lambda: self.set_open(not self.is_open))
        self._header = QHBoxLayout()
        self._header.setContentsMargins(0, 0, 0, 0)
        self._header.setSpacing(GRID_PX // 2)
        self._header.addWidget(self._toggle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addLayout(self._header)
        layout.addWidget(content)
        self._open = True
        self._show_arrow()

    @property
    def title(self) -> str:
        return self._title

    @property
    def is_open(self) -> bool:
        return self._open

    def set_open(self, is_open: bool) -> None:
        if is_open == self._open:
            return
        self._open = is_open
        self._content.setVisible(is_open)
        self._show_arrow()
        self.toggled.emit(is_open)

    def add_button(self, button: QToolButton) -> None:
        """Put a button at the right end of the header."""
        self._header.addWidget(button)

    def set_note(self, note: str) -> None:
        """A word behind the title, such as how many values were changed; empty for none."""
        self._toggle.setText(f"{self._title}   {note}" if note else self._title)

    def _show_arrow(self) -> None:
        self._toggle.setIcon(icon("collapse" if self._open else "expand", COLOURS.text_dim))
        self._toggle.setToolTip(f"Fold {self._title}" if self._open else f"Open {self._title}")
