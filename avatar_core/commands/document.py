"""Document: a project with its history, and the ways to edit it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from avatar_core.events import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.commands.command import Command
    from avatar_core.commands.history import History
    from avatar_core.project import Change, Project


class Document:
    """Whoever owns one says with `_follow` which project and history it is.

    `changed` says what an edit touched; without parts, only the steps of the history or the clean
    mark moved.
    """

    def __init__(self) -> None:
        self.changed: Signal[Change] = Signal()
        self._project: Project
        self._history: History

    @property
    def project(self) -> Project:
        """The document. Read it; `push` changes it."""
        return self._project

    @property
    def history(self) -> History:
        return self._history

    @property
    def dirty(self) -> bool:
        """Whether closing now would lose edits."""
        return not self._history.is_clean

    def push(self, command: Command) -> Change:
        """Do a command and record it. Whatever raises leaves everything as it was."""
        return self._history.push(command)

    def undo(self) -> Change:
        return self._history.undo()

    def redo(self) -> Change:
        return self._history.redo()

    def jump(self, index: int) -> Change:
        """Go to the state in which `index` steps of the history are done."""
        return self._history.jump(index)

    def begin_gesture(self, label: str | None = None) -> None:
        """From now until `end_gesture`, everything pushed becomes one step."""
        self._history.begin_gesture(label)

    def end_gesture(self) -> None:
        self._history.end_gesture()

    def cancel_gesture(self) -> Change:
        """Take back what the open gesture did."""
        return self._history.cancel_gesture()

    @contextmanager
    def gesture(self, label: str | None = None) -> Iterator[None]:
        """A gesture for a block: one step when it ends, taken back when it raises."""
        with self._history.gesture(label):
            yield

    def _follow(self, project: Project, history: History) -> None:
        self._project, self._history = project, history
        history.changed.connect(self.changed.emit)
