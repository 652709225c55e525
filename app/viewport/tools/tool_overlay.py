"""ToolOverlay: what the tool paints over the viewport's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.viewport.tools.tool import ViewTool
    from app.viewport.tools.tool_mouse import ToolMouse


class ToolOverlay(QWidget):
    """Lies over the whole view, under its readings and buttons; the mouse passes it by.

    Whoever moves the camera calls `update`: marks lie on things in the picture.

    Args:
        view: the viewport.
        mouse: says which tool it is.
    """

    def __init__(self, view: QWidget, mouse: ToolMouse) -> None:
        super().__init__(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._view = view
        self._tool: ViewTool | None = None
        self.setGeometry(view.rect())
        self.lower()
        view.installEventFilter(self)
        mouse.tool_changed.connect(self._show_tool)
        self._show_tool(mouse.tool)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Be as large as the view."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._tool is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        self._tool.paint(painter)
        painter.end()

    def _show_tool(self, tool: ViewTool | None) -> None:
        if self._tool is not None:
            self._tool.marks_changed.disconnect(self.update)
        self._tool = tool
        if tool is not None:
            tool.marks_changed.connect(self.update)
        self.setVisible(tool is not None)
        self.update()
