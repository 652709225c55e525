"""Where paint is: live over the face, on its way into the neural texture, or part of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.fields import action_chips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction


class BakeState(StrEnum):
    """Where the paint is."""

    NONE = "none"
    LIVE = "live"
    BAKING = "baking"
    BAKED = "baked"


_WORDS = {
    BakeState.NONE: ("No paint", "Nothing is painted that could be baked"),
    BakeState.LIVE: ("Live", "The paint is shown over the face; baking makes it part of it"),
    BakeState.BAKING: ("Baking …", "The paint is being made part of the neural texture"),
    BakeState.BAKED: ("Baked", "The paint is part of the neural texture"),
}


class PaintBakeBody(QWidget):
    """A badge, how far a bake is, and buttons.

    Args:
        actions: bake now, bake by itself.
    """

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = BakeState.NONE
        self._badge = QLabel()
        self._badge.setObjectName("badge")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 1000)
        self._bar.setFixedHeight(GRID_PX // 2)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(self._badge)
        row.addLayout(action_chips(actions, len(actions)), 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, GRID_PX // 2, 0, 0)
        rows.setSpacing(GRID_PX // 2)
        rows.addWidget(self._bar)
        rows.addLayout(row)
        self.show_state(BakeState.NONE)

    def show_state(self, state: BakeState, fraction: float = 0.0) -> None:
        """Where the paint is; how far the bake is while one is made, 0..1."""
        self.state = state
        words, tip = _WORDS[state]
        is_baking = state is BakeState.BAKING
        self._badge.setText(f"Baking {round(100 * fraction)} %" if is_baking else words)
        self._badge.setToolTip(tip)
        self._badge.setProperty("state", state.value)
        self._badge.style().unpolish(self._badge)
        self._badge.style().polish(self._badge)
        self._bar.setVisible(is_baking)
        self._bar.setValue(round(1000 * fraction))

    @property
    def text(self) -> str:
        return self._badge.text()
