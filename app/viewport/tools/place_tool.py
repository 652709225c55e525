"""PlaceTool: one drag over the face that says where something goes, and how large it is."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.viewport.tools.brush_tool import BrushTool


class PlaceTool(BrushTool):
    """A brush that is used once: Escape gives it up, before the drag too.

    Signals:
        given_up(): nothing is to be placed any more.
    """

    given_up = Signal()

    @property
    def is_busy(self) -> bool:
        return True

    def cancel(self) -> None:
        super().cancel()
        self.given_up.emit()
