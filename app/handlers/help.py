"""Help and preferences: sheets, what the user chose, and what is opened outside the studio.

Dialogs are imported when they are asked for: the window opens without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app.actions import shortcut_sheet
from app.log_file import log_folder, log_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.preferences import PreferenceValues


def open_outside(path: Path) -> bool:
    """Open a file or folder with the program the system has for it."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


class HelpHandler(QObject):
    """Opens the dialogs of the Help menu and the preferences.

    Args:
        context: the document.
        graphics_name: asks for the graphics card's name.
        open_path: opens a file or folder outside the studio.
    """

    def __init__(
        self,
        context: StudioContext,
        graphics_name: Callable[[], str],
        open_path: Callable[[Path], bool] = open_outside,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._graphics_name = graphics_name
        self._open_path = open_path
        actions = context.actions
        actions["help.shortcuts"].triggered.connect(self._show_shortcuts)
        actions["help.about"].triggered.connect(self._show_about)
        actions["help.log"].triggered.connect(lambda: self._open(log_path(), "log"))
        actions["help.log_folder"].triggered.connect(lambda: self._open(log_folder(), "log"))
        actions["perform.recordings"].triggered.connect(
            lambda: self._open(Path(context.preferences.values.recordings_folder), "recording")
        )
        actions["edit.preferences"].triggered.connect(self._show_preferences)
        context.preferences.changed.connect(self._apply)
        actions.apply_shortcuts(context.preferences.values.shortcuts)

    def _show_shortcuts(self) -> None:
        from app.dialogs.about import ShortcutSheet

        ShortcutSheet(shortcut_sheet(self._context.actions), self._context.window).open()

    def _show_about(self) -> None:
        from app.dialogs.about import AboutDialog

        AboutDialog(self._graphics_name(), self._context.window).open()

    def _show_preferences(self) -> None:
        from app.dialogs.preferences import PreferencesDialog

        dialog = PreferencesDialog(self._context.preferences.values, self._context.window)
        dialog.accepted_values.connect(self._context.preferences.apply)
        dialog.open()

    def _apply(self, values: PreferenceValues) -> None:
        self._context.actions.apply_shortcuts(values.shortcuts)

    def _open(self, path: Path, what: str) -> None:
        if not path.exists():
            self._context.toast.show_note(f"There is no {what} yet.", str(path))
        elif not self._open_path(path):
            self._context.toast.show_error("No program opened it.", f"It lies at {path}.")
