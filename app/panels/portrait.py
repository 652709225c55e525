"""The Portrait panel: who performs beside the avatar, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.panels.portrait_controls import PortraitControls
from app.panels.portrait_list import PortraitList
from app.theme import GRID_PX
from app.widgets.buttons import action_button
from app.widgets.fields import scrolled
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

_EMPTY = (
    "Add a picture of a person, and it performs along with the avatar: choose one with the plus, in"
    " the library, or drop it on the window."
)


class PortraitPanel(Panel):
    """The list of portraits, and below it the controls of the chosen one.

    Args:
        actions: buttons over the list.
        crop, still, beside: see `PortraitControls`.
    """

    def __init__(
        self,
        actions: Sequence[QAction],
        crop: QAction,
        still: QAction,
        beside: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.list = PortraitList()
        self.controls = PortraitControls(crop, still, beside)
        self.empty = QLabel(_EMPTY, wordWrap=True)
        self.empty.setProperty("role", "dim")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX // 2)
        for action in actions:
            buttons.addWidget(action_button(action))
        buttons.addStretch(1)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(buttons)
        layout.addWidget(self.empty)
        layout.addWidget(self.list)
        layout.addWidget(self.controls)
        layout.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(content))
        self.set_content(has_portraits=False, has_chosen=False)

    def set_content(self, *, has_portraits: bool, has_chosen: bool) -> None:
        """Show the list once there is a portrait, and controls once one is chosen."""
        self.empty.setVisible(not has_portraits)
        self.list.setVisible(has_portraits)
        self.controls.setVisible(has_chosen)
