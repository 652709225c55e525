"""FLAME sequences in and out of the project, in the background: long ones take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from avatar_core.motion import Take


class FlameTakes(QObject):
    """Reads sequences as takes and writes takes as sequences.

    FLAME's expressions have names only by a FLAME head: the avatar's where it has one, else one
    made of the user's own FLAME files.
    """

    read = Signal(object)
    """A take, made of a sequence."""

    written = Signal(object)
    """The path of a sequence."""

    def __init__(self, context: StudioContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._reader = TaskRunner("FLAME sequence", self)
        self._writer = TaskRunner("FLAME export", self)
        self._reader.finished.connect(self.read)
        self._writer.finished.connect(self.written)
        for runner in (self._reader, self._writer):
            runner.failed.connect(context.errors.show)

    def ask_take(self, path: Path) -> None:
        """Read a sequence; `read` follows, or an error is shown."""
        head = self._context.session.avatar.head

        def work(_task: object) -> Take:
            from avatar_core.io.flame_sequence import read_flame_sequence
            from avatar_core.io.flame_takes import head_of_motion, take_from_flame

            return take_from_flame(read_flame_sequence(path), head_of_motion(head), path.stem)

        self._reader.start(work)

    def ask_file(self, take: Take, path: Path) -> None:
        """Write a take as a sequence; `written` follows, or an error is shown."""
        head = self._context.session.avatar.head

        def work(_task: object) -> Path:
            from avatar_core.io.flame_sequence import write_flame_sequence
            from avatar_core.io.flame_takes import flame_from_take, head_of_motion

            write_flame_sequence(flame_from_take(take, head_of_motion(head)), path)
            return path

        self._writer.start(work)

    def shutdown(self) -> None:
        self._reader.shutdown()
        self._writer.shutdown()
