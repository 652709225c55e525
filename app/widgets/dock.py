"""Docks whose title bar steps back where tabs already say the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QWidget

from app.theme import GRID_PX
from app.widgets.buttons import icon_button

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_TITLE_PX = 28


class Dock(QDockWidget):
    """A dock of the studio.

    Args:
        name: stable, for the remembered layout.
        title: shown on its title bar or tab.
        panel: its content; None where that comes later.
        window: where it docks.
    """

    def __init__(self, name: str, title: str, panel: QWidget | None, window: QMainWindow) -> None:
        super().__init__(title, window)
        self._window = window
        self.setObjectName(name)
        if panel is not None:
            self.setWidget(panel)
        self._title = _TitleBar(self)
        self.setTitleBarWidget(self._title)
        self._refresh = QTimer(self)  # tabs are known only after the layout has settled
        self._refresh.setSingleShot(True)
        self._refresh.timeout.connect(self._show_title)
        for signal in (self.dockLocationChanged, self.topLevelChanged, self.visibilityChanged):
            signal.connect(lambda *_: self._refresh.start())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._refresh.start()

    def _show_title(self) -> None:
        tabbed = not self.isFloating() and bool(self._window.tabifiedDockWidgets(self))
        self._title.set_folded(tabbed)


class _TitleBar(QWidget):
    """The name, and buttons to float and close."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dock_title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        name = QLabel(dock.windowTitle())
        name.setProperty("role", "heading")
        self._float = icon_button(
            "float", "Float or dock this panel", lambda: dock.setFloating(not dock.isFloating())
        )
        self._close = icon_button("close", "Close this panel (View > Panels)", dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID_PX + 2, 0, GRID_PX // 2, 0)
        row.setSpacing(0)
        row.addWidget(name, stretch=1)
        for button in (self._float, self._close):
            button.setFixedSize(20, 20)
            button.setIconSize(QSize(12, 12))
            row.addWidget(button)
        self._folded = False

    def set_folded(self, is_folded: bool) -> None:
        if is_folded != self._folded:
            self._folded = is_folded
            self.updateGeometry()
            self.setMaximumHeight(0 if is_folded else 16777215)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(80, 0 if self._folded else _TITLE_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()
