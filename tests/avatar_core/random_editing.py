"""A session that edits at random and tells what it is about to do, and what it has done.

The same edits go to a twin without a journal first: its digest is what the session has to have
after the edit, whatever becomes of it.
"""

from __future__ import annotations

import threading
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.commands import History
from avatar_core.commands.step_bytes import step_chunks
from avatar_core.errors import AvatarError
from avatar_core.project import digest
from avatar_core.session import Session
from avatar_core.texture import blend_kernels  # noqa: F401 - here, since a child has no time to
from tests.avatar_core.commands.command_examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.commands import Command, Step
    from avatar_core.commands.saving import Saving
    from avatar_core.io.journal_places import JournalPlaces
    from avatar_core.project import Project

MAKERS = [make for makers in EXAMPLES.values() for make in makers]

Edit = tuple[str, object]


def fingerprint(history: History, project: Project) -> str:
    """The document bit for bit, and its history: the steps, and where in them it stands."""
    steps = [_step_digest(step) for step in history.steps]
    return f"{digest(project)} {digest([*steps, str(history.index)])}"


@cache
def _step_digest(step: Step) -> str:
    return sha256(b"".join(step_chunks(step))).hexdigest()


class RandomEditing:
    """Edits of all kinds, saves, undo, redo and gestures.

    Args:
        path: the project, saved before.
        places: of journals.
        seed: of the edits.
        will: hears the number of an edit and what the session has to be after it, before it begins.
        did: hears its number once it is done.
        kept_bytes: of the history that saves keep.
    """

    def __init__(
        self,
        path: Path,
        places: JournalPlaces | None,
        seed: int,
        will: Callable[[int, str], object],
        did: Callable[[int], object],
        kept_bytes: int,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._will, self._did = will, did
        self.session = Session(journals=places)
        self.session.kept_history_bytes = kept_bytes
        self.session.open(path)
        project = self.session.project.copy()
        history = self.session.history
        self.twin = (History(project, steps=history.steps, index=history.index), project)
        self._saving: tuple[Saving, threading.Thread] | None = None

    @property
    def is_saving(self) -> bool:
        return self._saving is not None

    def run(self, count: int) -> None:
        """Make so many edits."""
        for number, (way, argument) in zip(range(count), self._edits(), strict=False):
            history, project = self.twin
            getattr(history, way)(*([] if argument is None else [argument]))
            self._will(number, fingerprint(_settled(history), project))
            getattr(self.session, way)(*([] if argument is None else [argument]))
            self._did(number)
            self._save_now_and_then()
        self.finish_save()

    def finish_save(self) -> None:
        if self._saving is not None:
            saving, thread = self._saving
            thread.join()
            self._saving = None
            if saving.state:
                self.session.finish_save(saving)
            else:
                self.session.fail_save(saving)

    def _save_now_and_then(self) -> None:
        if self._saving is None and self._rng.random() < 0.15 and not self.twin[0].in_gesture:
            saving = self.session.begin_save()
            thread = threading.Thread(target=_write, args=(saving,))
            thread.start()
            self._saving = saving, thread
        elif self._saving is not None and not self._saving[1].is_alive():
            self.finish_save()

    def _edits(self) -> Iterator[Edit]:
        while True:
            chance = self._rng.random()
            in_gesture = self.twin[0].in_gesture
            if chance < 0.15:
                yield "undo", None
            elif chance < 0.22:
                yield "redo", None
            elif chance < 0.25:
                yield "jump", int(self._rng.integers(len(self.twin[0].steps) + 1))
            elif chance < 0.32 and not in_gesture:
                yield "begin_gesture", f"Drag {chance:.3f}"
            elif chance < 0.40 and in_gesture:
                yield ("end_gesture" if chance < 0.37 else "cancel_gesture"), None
            else:
                yield "push", self._command()

    def _command(self) -> Command:
        """One that can be done now."""
        while True:
            make = MAKERS[int(self._rng.integers(len(MAKERS)))]
            trial = self.twin[1].copy()
            try:
                command = make(trial)
                command.do(trial)
            except _UNFIT:
                continue
            return command


_UNFIT = (AvatarError, LookupError, ValueError, AttributeError, TypeError, AssertionError)
"""What examples raise where the project lacks what they edit; some assert that it is there."""


def _settled(history: History) -> History:
    """The history as it is once an open gesture has ended, which ends with a kill."""
    if not history.in_gesture:
        return history
    copy = History.__new__(History)
    copy.__dict__.update(history.__dict__)
    copy._steps, copy._marks, copy.log = list(history._steps), [], None
    copy.changed = type(history.changed)()
    copy.end_gesture()
    return copy


def _write(saving: Saving) -> None:
    try:
        saving.write()
    except AvatarError:
        saving.state = ""
