"""History: the steps that were done, where in them the project stands, and the way back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avatar_core.events import Signal
from avatar_core.project import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from avatar_core.commands.command import Command
    from avatar_core.project import Project

DEFAULT_BUDGET_BYTES = 512 << 20
_NOTHING = Change.of()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Step:
    """One entry of the history panel: what one undo takes back.

    Args:
        label: what the panel calls it, in the imperative.
        commands: at least one, in the order they were done.
    """

    label: str
    commands: tuple[Command, ...]

    @property
    def nbytes(self) -> int:
        return sum(command.nbytes for command in self.commands)

    def do(self, project: Project) -> Change:
        change = _NOTHING
        for command in self.commands:
            change |= command.do(project)
        return change

    def undo(self, project: Project) -> Change:
        change = _NOTHING
        for command in reversed(self.commands):
            change |= command.undo(project)
        return change


@dataclass(slots=True)
class _Gesture:
    label: str | None
    commands: list[Command]

    def add(self, command: Command) -> None:
        merged = self.commands[-1].merged_with(command) if self.commands else None
        if merged is None:
            self.commands.append(command)
        else:
            self.commands[-1] = merged

    def step(self) -> Step | None:
        """The step it amounts to, or None when it changed nothing in the end."""
        commands = tuple(each for each in self.commands if not each.changes_nothing)
        if not commands:
            return None
        return Step(self.label or commands[0].label, commands)


class HistoryLog(Protocol):
    """Hears what a history does before it counts as done, so that it can be done once more.

    What raises here takes the edit back.
    """

    def pushed(self, command: Command) -> None:
        """A command was done."""

    def jumped(self, delta: int, crossed: Sequence[Step]) -> None:
        """So many steps were done again, or undone if negative; those, nearest first."""

    def began(self, label: str | None) -> None:
        """A gesture is open now."""

    def ended(self) -> None:
        """The open gesture has become a step, if it changed anything."""

    def cancelled(self) -> None:
        """What the open gesture did was taken back."""


@dataclass(slots=True, eq=False)
class Mark:
    """A state of the project among the steps of a history, wherever these move.

    Args:
        index: how many steps are done in that state; None once no way leads to it any more.
    """

    index: int | None


class History:
    """Runs commands on a project and keeps them as steps within a budget.

    Whatever raises, project and history are afterwards as they were before the call. `changed` is
    emitted after each edit, once the history is in order; a `Change` without parts says that only
    the steps or the clean mark moved. Everything but a push ends an open gesture first.

    Args:
        project: the document; from now on only this history changes it.
        budget_bytes: memory of all steps; the oldest are forgotten first, the newest never is.
        steps: of an earlier session that led to the project, or were undone there.
        index: how many of those are done.
    """

    def __init__(
        self,
        project: Project,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        steps: Sequence[Step] = (),
        index: int = 0,
    ) -> None:
        self.changed: Signal[Change] = Signal()
        self.log: HistoryLog | None = None
        self._project = project
        self._budget_bytes = budget_bytes
        self._steps: list[Step] = list(steps)
        self._nbytes = _nbytes_of(self._steps)
        self._index = index
        self._clean = Mark(index)
        self._marks = [self._clean]
        self._gesture: _Gesture | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, oldest first; those from `index` on are undone."""
        return tuple(self._steps)

    @property
    def index(self) -> int:
        """How many of the steps are done: 0 .. len(steps)."""
        return self._index

    @property
    def nbytes(self) -> int:
        """Memory of all steps, roughly."""
        return self._nbytes

    @property
    def can_undo(self) -> bool:
        return self._index > 0 or self._gesture_step() is not None

    @property
    def can_redo(self) -> bool:
        return self._index < len(self._steps) and self._gesture_step() is None

    @property
    def undo_label(self) -> str:
        """Label of the step that undo would take back; empty when there is none."""
        step = self._gesture_step()
        if step is not None:
            return step.label
        return self._steps[self._index - 1].label if self._index else ""

    @property
    def redo_label(self) -> str:
        """Label of the step that redo would do again; empty when there is none."""
        return self._steps[self._index].label if self.can_redo else ""

    @property
    def is_clean(self) -> bool:
        """Whether the project is as it was when `mark_clean` was called."""
        return self._clean.index == self._index and self._gesture_step() is None

    @property
    def in_gesture(self) -> bool:
        return self._gesture is not None

    def push(self, command: Command) -> Change:
        """Do a command and record it: as a step, or as part of the open gesture.

        Outside a gesture a command that changes nothing makes no step.
        """
        if self._gesture is None and command.changes_nothing:
            return _NOTHING
        with self._all_or_nothing():
            change = command.do(self._project)
            if self.log is not None:
                self.log.pushed(command)
        if self._gesture is not None:
            self._gesture.add(command)
        else:
            self._record(Step(command.label, (command,)))
        self.changed.emit(change)
        return change

    def undo(self) -> Change:
        """Take back the newest step that is done; without one, nothing happens."""
        self.end_gesture()
        return self.jump(max(self._index - 1, 0))

    def redo(self) -> Change:
        """Do the oldest undone step again; without one, nothing happens."""
        self.end_gesture()
        return self.jump(min(self._index + 1, len(self._steps)))

    def jump(self, index: int) -> Change:
        """Undo or redo until `index` steps are done.

        Raises:
            IndexError: there are fewer steps.
        """
        self.end_gesture()
        if not 0 <= index <= len(self._steps):
            raise IndexError(f"index: expected 0..{len(self._steps)}, got {index}")
        if index == self._index:
            return _NOTHING
        undone = self._steps[index : self._index][::-1]
        redone = self._steps[self._index : index]
        change = _NOTHING
        with self._all_or_nothing():
            for step in undone:
                change |= step.undo(self._project)
            for step in redone:
                change |= step.do(self._project)
            if self.log is not None:
                self.log.jumped(index - self._index, undone or redone)
        self._index = index
        self.changed.emit(change)
        return change

    def begin_gesture(self, label: str | None = None) -> None:
        """From now until `end_gesture`, everything pushed becomes one step.

        Args:
            label: of the step; that of its first command when left out.
        """
        self.end_gesture()
        if self.log is not None:
            self.log.began(label)
        self._gesture = _Gesture(label, [])

    def end_gesture(self) -> None:
        """Make the open gesture a step; harmless when none is open."""
        if self._gesture is None:
            return
        if self.log is not None:
            self.log.ended()
        gesture, self._gesture = self._gesture, None
        step = gesture.step()
        if step is not None:
            self._record(step)
            self.changed.emit(_NOTHING)

    def cancel_gesture(self) -> Change:
        """Take back what the open gesture did; what could be redone before it still can."""
        if self._gesture is None:
            return _NOTHING
        commands = tuple(self._gesture.commands)
        with self._all_or_nothing():
            change = Step("", commands).undo(self._project)
            if self.log is not None:
                self.log.cancelled()
        self._gesture = None
        self.changed.emit(change)
        return change

    @contextmanager
    def gesture(self, label: str | None = None) -> Iterator[None]:
        """A gesture for a block: one step when it ends, taken back when it raises."""
        self.begin_gesture(label)
        try:
            yield
        except BaseException:
            self.cancel_gesture()
            raise
        self.end_gesture()

    def mark(self) -> Mark:
        """Remember the present state, for `mark_clean` later."""
        self.end_gesture()
        mark = Mark(self._index)
        self._marks.append(mark)
        return mark

    def forget(self, mark: Mark) -> None:
        """Let go of a mark that is of no use any more."""
        self._marks = [each for each in self._marks if each is not mark or each is self._clean]

    def mark_clean(self, mark: Mark | None = None) -> None:
        """Remember a state as the saved one: the present one, or that of an earlier `mark`."""
        clean = self.mark() if mark is None else mark
        former, self._clean = self._clean, clean
        self.forget(former)
        self.changed.emit(_NOTHING)

    def mark_dirty(self) -> None:
        """No state that can be reached is the saved one."""
        self._clean.index = None
        self.changed.emit(_NOTHING)

    def put_below(self, steps: Sequence[Step]) -> None:
        """Know steps that were done before all known ones, oldest first."""
        self._steps[:0] = steps
        self._nbytes += _nbytes_of(steps)
        self._move_by(len(steps))

    def put_above(self, steps: Sequence[Step]) -> None:
        """Know undone steps beyond all known ones, in the order of redoing them."""
        self._steps.extend(steps)
        self._nbytes += _nbytes_of(steps)

    def _gesture_step(self) -> Step | None:
        return None if self._gesture is None else self._gesture.step()

    def _record(self, step: Step) -> None:
        """Put a step that is already done on top; what was undone before it is forgotten."""
        for mark in self._marks:
            if mark.index is not None and mark.index > self._index:
                mark.index = None
        self._nbytes += step.nbytes - _nbytes_of(self._steps[self._index :])
        self._steps[self._index :] = [step]
        self._index += 1
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        while self._nbytes > self._budget_bytes and len(self._steps) > 1:
            self._nbytes -= self._steps.pop(0).nbytes
            self._move_by(-1)

    def _move_by(self, count: int) -> None:
        """So many steps came at the bottom, or went if negative."""
        self._index += count
        for mark in self._marks:
            if mark.index is not None:
                mark.index = mark.index + count if mark.index + count >= 0 else None

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """The project holds frozen values, so going back to a copy of it undoes any half edit."""
        before = self._project.copy()
        try:
            yield
        except BaseException:
            self._project.restore(before)
            raise


def _nbytes_of(steps: Iterable[Step]) -> int:
    return sum(step.nbytes for step in steps)
