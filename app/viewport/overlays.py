"""Overlays: what lies over the viewport's picture, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from app.theme import GRID_PX
from app.viewport.comparison import Compare
from app.viewport.hud import Hud
from app.viewport.split_line import SplitLine

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.viewport.view_bar import ViewBar


class Overlays(QObject):
    """The HUD, the line between before and after, and a bar in the upper right corner.

    They follow the size of the view, and keep out of one another's way.
    """

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self.hud = Hud(view)
        self.line = SplitLine(view)
        self._compared = (Compare.AFTER, 0.5)
        self._bar: ViewBar | None = None
        view.installEventFilter(self)

    def set_bar(self, bar: ViewBar) -> None:
        """Put a bar into the corner, where it stays as it grows."""
        self._bar = bar
        bar.setParent(self._view)
        bar.installEventFilter(self)
        self._place()

    def show_comparison(self, mode: Compare, share: float) -> None:
        """Lay the line over the picture where it is split, and words that say what is shown."""
        self._compared = (mode, share)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        is_resized = watched is self._view and event.type() == QEvent.Type.Resize
        if is_resized or (watched is self._bar and event.type() == QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.hud.setGeometry(self._view.rect())
        self.line.show_state(*self._compared, self._view.size())
        if self._bar is not None:
            self._bar.fit(self._view.width() - 2 * GRID_PX)
            self._bar.move(self._view.width() - self._bar.width() - GRID_PX, GRID_PX)
            self._bar.raise_()
            self.hud.keep_clear(self._bar.geometry())
