"""What every handler works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from app.actions import Actions
    from app.error_dialog import ErrorReporter
    from app.preferences import Preferences
    from app.qt_session import QtSession
    from app.widgets.toast import Toast
    from avatar_core.commands import Command
    from avatar_core.project import Project
    from avatar_core.session import Session


@dataclass(frozen=True, slots=True)
class StudioContext:
    """The document and the ways to speak to the user.

    Args:
        window: parent of dialogs.
        events: the session's signals for Qt.
        preferences: chosen and remembered things.
        actions: menu actions by id.
        errors: shows what the user's own request failed of.
        toast: tells what happened by the way.
    """

    window: QMainWindow
    events: QtSession
    preferences: Preferences
    actions: Actions
    errors: ErrorReporter
    toast: Toast

    @property
    def session(self) -> Session:
        return self.events.session

    @property
    def project(self) -> Project:
        return self.events.session.project

    def push(self, command: Command) -> None:
        """Do a command; an error of it is shown and leaves everything as it was."""
        self.errors.attempt(lambda: self.session.push(command))
