"""The UV panel: the atlas of the face, to be painted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.theme import GRID_PX, number_font
from app.widgets.atlas_view import AtlasView
from app.widgets.buttons import icon_button
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from PySide6.QtCore import QObject


class PaintUvPanel(Panel):
    """The atlas, with buttons over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = AtlasView()
        self.wires = icon_button("wireframe", "Show the triangles of the head", checkable=True)
        self.wires.setChecked(True)
        self.wires.toggled.connect(self.view.show_wires)
        self.whole = icon_button("frame", "Show the whole atlas", self.view.fit)
        self._zoom = QLabel()
        self._zoom.setFont(number_font())
        self._zoom.setProperty("role", "dim")
        self.view.moved.connect(self._show_zoom)
        bar = QHBoxLayout()
        bar.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX // 2)
        bar.setSpacing(GRID_PX // 2)
        bar.addWidget(self.wires)
        bar.addWidget(self.whole)
        bar.addStretch(1)
        bar.addWidget(self._zoom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view, 1)
        self._show_zoom()

    @property
    def rig_mouse(self) -> QObject:
        """What moves the atlas."""
        return self.view.mouse

    def _show_zoom(self) -> None:
        self._zoom.setText(f"{100 * self.view.pixels_per_texel:.0f} %")
