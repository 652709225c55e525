"""Trained avatars: into the library, and onto the stage when the user asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.library import LibraryEntry
from app.workers.avatar_delivery import Delivered, deliver_avatar
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from app.handlers.context import StudioContext


class AvatarDelivery(QObject):
    """Copies avatars among the user's own, in the background."""

    delivered = Signal(object)
    """A `LibraryEntry`."""
    stage_requested = Signal(str)
    """The file of an avatar that belongs onto the stage."""
    failed = Signal(object)
    """An `AvatarError`."""

    def __init__(self, context: StudioContext) -> None:
        super().__init__(context.window)
        self._preferences = context.preferences
        self._is_for_stage = False
        self._runner = TaskRunner("The library", self)
        self._runner.finished.connect(self._copied)
        self._runner.failed.connect(self.failed)

    def deliver(self, avatar: Path, *, to_stage: bool = False) -> None:
        """Copy an avatar that a run has written; one that is there already is only told."""
        self._is_for_stage = to_stage
        avatars = Path(self._preferences.values.projects_folder) / "Avatars"
        self._runner.start(lambda task: deliver_avatar(avatar, avatars, task))

    def shutdown(self) -> None:
        self._runner.shutdown()

    def _copied(self, made: Delivered) -> None:
        self.delivered.emit(LibraryEntry(str(made.path), made.name, made.description))
        if self._is_for_stage:
            self.stage_requested.emit(str(made.path))
