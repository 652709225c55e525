"""ViewTool: what the pen does over the viewport while one tool is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.viewport.tools.pen import PenSample


class ViewTool(QObject):
    """Base of all tools: it turns samples of the pen into wishes, and paints marks.

    Tools know neither widgets nor the document. `ToolMouse` calls them, in this order: `press`,
    any number of `drag`, then `release` or `cancel`; `hover` and `leave` in between.

    Signals:
        marks_changed(): what `paint` paints is no longer what was painted.
    """

    marks_changed = Signal()

    cursor = Qt.CursorShape.CrossCursor

    @property
    def is_busy(self) -> bool:
        """Whether something was begun that Escape would take back."""
        return False

    def press(self, sample: PenSample) -> bool:
        """The pen is set down; whether the drag is the tool's, or else the camera's."""
        return False

    def drag(self, samples: list[PenSample]) -> None:
        """The pen was drawn along these places since the last time."""

    def release(self, sample: PenSample) -> None:
        """The pen is lifted."""

    def double_click(self, sample: PenSample) -> bool:
        """A second press right after the first; whether it means anything but another press."""
        return False

    def hover(self, sample: PenSample) -> None:
        """The pen is over the picture, lifted."""

    def leave(self) -> None:
        """It is not any more, or moves the camera."""

    def confirm(self) -> None:
        """Enter: finish what was begun."""

    def cancel(self) -> None:
        """Escape: take back what was begun."""

    def paint(self, painter: QPainter) -> None:
        """Paint marks over the picture, in its device pixels."""
