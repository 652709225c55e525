"""Saving: one save of a project, begun on the thread of its session and written on any other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avatar_core.commands.step_bytes import kept_bytes
from avatar_core.io.project_file import SavedProject, may_carry_files, save_project
from avatar_core.io.saved_state import saved_state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from avatar_core.commands.history import Mark, Step
    from avatar_core.commands.project_journal import ProjectJournal


@dataclass(slots=True, eq=False)
class Saving:
    """A project as it was when its save began; later edits leave it alone.

    Args:
        saved: the document without its history; once written, with what is known now of the files
            that it names.
        steps: of the history, those that are kept in the file.
        index: how many of these are done.
        path: the file.
        mark: where in the history the document stood.
        journal: what is told that the file is complete, if there is a journal.
        token: the save's name there.
        guard: asked when the file is complete, before it takes the old one's place; what it raises
            keeps the old one.
        state: what stands in the file, once it is complete.
    """

    saved: SavedProject
    steps: Sequence[Step]
    index: int
    path: Path
    mark: Mark | None = None
    journal: ProjectJournal | None = None
    token: str = ""
    guard: Callable[[], object] | None = None
    state: str = field(default="", init=False)

    @property
    def known_steps(self) -> Sequence[Step]:
        """Those that a reader of the file knows for sure: none where files may travel in it."""
        return () if may_carry_files(self.saved) else self.steps

    def without_files(self) -> Saving:
        """The same, by reference: files that travel in the project stay where they lie now."""
        files = replace(self.saved.files, is_packed=False, names_cache=True)
        self.saved = replace(self.saved, files=files)
        return self

    def write(self, step: Callable[[float, str], None] | None = None) -> Path:
        """Write the file; one that is there already is replaced whole or not at all.

        Args:
            step: hears how far packing is, see `save_project`.

        Raises:
            AssetError: folder missing or not writable, disk full.
        """
        history = kept_bytes(self.steps, self.index)
        saved = replace(self.saved, history=history)
        files = save_project(saved, self.path, step=step, sealed=self._seal)
        self.saved = replace(self.saved, files=files)
        return self.path

    def _seal(self, file: Path) -> None:
        if self.guard is not None:
            self.guard()
        if self.journal is not None:
            self.state = saved_state(file)
            self.journal.saved(self.token, self.state)
