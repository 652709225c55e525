"""Docks, full screen and the layout that is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize

from app.workspaces import PERFORM, adopt, arrange, dissolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QDockWidget, QMenu

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.workspaces import Workspace

_LAYOUT_VERSION = 6
"""Rises when docks come or go: a layout that does not know them is not restored."""

_FIRST_SIZE = QSize(1600, 1000)


class WindowHandler(QObject):
    """Readings, full screen, docks."""

    def __init__(
        self, context: StudioContext, view: AvatarView, docks: Mapping[str, QDockWidget]
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._docks = docks
        self._workspace = PERFORM
        actions = context.actions
        actions["view.hud"].toggled.connect(self._show_readings)
        actions["view.full_screen"].toggled.connect(self._fill_screen)
        actions["view.reset_layout"].triggered.connect(self.reset_layout)
        kept = context.preferences.remembered("readings")
        actions["view.hud"].setChecked(kept is not False)
        self._show_readings(kept is not False)

    def add_docks(self, menu: QMenu) -> None:
        """List the docks in a menu, to show and hide them."""
        for dock in self._docks.values():
            menu.addAction(dock.toggleViewAction())

    def restore_layout(self) -> None:
        """Put window and docks where they stood last time, or in their first places."""
        window, preferences = self._context.window, self._context.preferences
        geometry = preferences.layout("geometry")
        if geometry is not None:
            window.restoreGeometry(geometry)
        else:
            window.resize(_FIRST_SIZE.boundedTo(window.screen().availableSize()))
        adopt(window, self._docks)
        self._restore_docks()

    def keep_layout(self) -> None:
        self._keep_docks()
        preferences = self._context.preferences
        preferences.keep_layout("geometry", self._context.window.saveGeometry())
        preferences.flush()

    def switch(self, workspace: Workspace) -> None:
        """Put the docks of another workspace where they stood when it was last in use."""
        if workspace is self._workspace:
            return
        window = self._context.window
        window.setUpdatesEnabled(False)
        self._keep_docks()
        self._workspace = workspace
        dissolve(window, self._docks)
        adopt(window, self._docks)
        self._restore_docks()
        window.setUpdatesEnabled(True)

    def reset_layout(self) -> None:
        """All docks back to their places, whatever became of them."""
        self._context.preferences.forget_layouts()
        arrange(self._context.window, self._docks, self._workspace)

    def _keep_docks(self) -> None:
        state = self._context.window.saveState(_LAYOUT_VERSION)
        self._context.preferences.keep_layout(self._workspace.id, state)

    def _restore_docks(self) -> None:
        window = self._context.window
        state = self._context.preferences.layout(self._workspace.id)
        if state is None or not window.restoreState(state, _LAYOUT_VERSION):
            arrange(window, self._docks, self._workspace)

    def _show_readings(self, is_shown: bool) -> None:
        self._view.set_hud_visible(is_shown)
        self._context.preferences.remember("readings", is_shown)

    def _fill_screen(self, is_full: bool) -> None:
        window = self._context.window
        if is_full:
            window.showFullScreen()
        else:
            window.showNormal()
