"""The Hair panel: what can be done to hair besides brushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.fields import scrolled
from app.widgets.panel import Panel
from app.widgets.section import Section

if TYPE_CHECKING:
    from app.panels.hair_dye import HairDyeBody
    from app.panels.hair_selection import HairSelectionBody
    from app.panels.hair_shape import HairShapeBody
    from app.panels.hair_swap import HairSwapBody


class HairPanel(Panel):
    """Sections that fold: selection, dye, shape, swap."""

    def __init__(
        self,
        selection: HairSelectionBody,
        dye: HairDyeBody,
        shape: HairShapeBody,
        swap: HairSwapBody,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.selection, self.dye, self.shape, self.swap = selection, dye, shape, swap
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        bodies = (("Selection", selection), ("Dye", dye), ("Shape", shape), ("Swap", swap))
        for title, body in bodies:
            layout.addWidget(Section(title, body))
        layout.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(content))
