from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from avatar_core.commands import (
    Command,
    History,
    Record,
    RenameProject,
    ResetExpression,
    SetBlendshape,
    SetSource,
    Step,
)
from avatar_core.project import Change, Part, Project, digest

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Failing(Command):
    """Changes half of what it should and then raises, in one direction."""

    fails_on: str
    size: int = 0

    @property
    def label(self) -> str:
        return "Fail"

    @property
    def nbytes(self) -> int:
        return self.size

    def do(self, project: Project) -> Change:
        return self._work(project, "do")

    def undo(self, project: Project) -> Change:
        return self._work(project, "undo")

    def to_record(self) -> Record:
        return Record("failing", {})

    @classmethod
    def from_record(cls, record: Record) -> Failing:
        return cls("do")

    def _work(self, project: Project, way: str) -> Change:
        project.name = f"half {way}"
        project.takes["half"] = None  # type: ignore[assignment]
        if way == self.fails_on:
            raise RuntimeError(f"{way} failed")
        del project.takes["half"]
        project.name = "Untitled"
        return Change.of(Part.PROJECT)


def jaw(project: Project, value: float) -> SetBlendshape:
    return SetBlendshape.of(project, "jawOpen", value)


@pytest.fixture
def project() -> Project:
    return Project()


@pytest.fixture
def history(project: Project) -> History:
    return History(project)


def labels(history: History) -> list[str]:
    return [step.label for step in history.steps]


def test_push_does_the_command_and_makes_a_step(project: Project, history: History) -> None:
    assert history.push(jaw(project, 0.5)) == Change.of(Part.EXPRESSION)
    assert project.expression.weight("jawOpen") == 0.5
    assert labels(history) == ["Set jawOpen"]
    assert history.index == 1


def test_undo_and_redo_walk_the_steps(project: Project, history: History) -> None:
    states = [digest(project)]
    for value in (0.25, 0.5, 0.75):
        history.push(jaw(project, value))
        states.append(digest(project))
    for expected in reversed(states[:-1]):
        history.undo()
        assert digest(project) == expected
    assert not history.can_undo
    for expected in states[1:]:
        history.redo()
        assert digest(project) == expected
    assert not history.can_redo


def test_at_the_ends_nothing_happens_and_nobody_is_told(project: Project, history: History) -> None:
    told: list[Change] = []
    history.changed.connect(told.append)
    assert history.undo() == history.redo() == Change.of()
    assert not told


def test_a_push_forgets_what_was_undone(project: Project, history: History) -> None:
    history.push(jaw(project, 0.25))
    history.push(jaw(project, 0.5))
    history.undo()
    history.push(SetSource.of(project, "camera:0"))
    assert labels(history) == ["Set jawOpen", "Choose source"]
    assert not history.can_redo


def test_labels_name_what_undo_and_redo_would_do(project: Project, history: History) -> None:
    assert (history.undo_label, history.redo_label) == ("", "")
    history.push(jaw(project, 0.25))
    history.push(SetSource.of(project, "camera:0"))
    history.undo()
    assert (history.undo_label, history.redo_label) == ("Set jawOpen", "Choose source")


def test_jump_goes_to_any_state_and_tells_once(project: Project, history: History) -> None:
    states = [digest(project)]
    for at in range(5):
        history.push(RenameProject.of(project, f"name {at}"))
        history.push(jaw(project, 0.1 + at / 10))
        states += ["", digest(project)]
    told: list[Change] = []
    history.changed.connect(told.append)
    for index in (4, 0, 10, 2):
        history.jump(index)
        assert digest(project) == states[index]
        assert history.index == index
    assert told == [Change.of(Part.PROJECT, Part.EXPRESSION)] * 4


@pytest.mark.parametrize("index", [-1, 2])
def test_jump_beyond_the_steps_is_refused(index: int, project: Project, history: History) -> None:
    history.push(jaw(project, 0.5))
    with pytest.raises(IndexError, match=r"0\.\.1"):
        history.jump(index)


def test_a_command_that_changes_nothing_makes_no_step(project: Project, history: History) -> None:
    history.push(jaw(project, 0.5))
    history.undo()
    assert history.push(jaw(project, 0.0)) == Change.of()
    assert history.can_redo


class TestGestures:
    def test_a_drag_is_one_step(self, project: Project, history: History) -> None:
        before = digest(project)
        history.begin_gesture()
        for value in np.linspace(0.1, 0.9, 50):
            history.push(jaw(project, float(value)))
        history.end_gesture()
        after = digest(project)
        assert labels(history) == ["Set jawOpen"]
        assert len(history.steps[0].commands) == 1
        history.undo()
        assert digest(project) == before
        history.redo()
        assert digest(project) == after

    def test_different_commands_are_one_step_undone_in_reverse(
        self, project: Project, history: History
    ) -> None:
        before = digest(project)
        with history.gesture("Look surprised"):
            history.push(jaw(project, 0.5))
            history.push(ResetExpression.of(project))
            history.push(jaw(project, 0.25))
        after = digest(project)
        assert labels(history) == ["Look surprised"]
        history.undo()
        assert digest(project) == before
        history.redo()
        assert digest(project) == after

    def test_every_push_is_told_while_it_happens(self, project: Project, history: History) -> None:
        told: list[Change] = []
        history.changed.connect(told.append)
        history.begin_gesture()
        history.push(jaw(project, 0.5))
        assert told == [Change.of(Part.EXPRESSION)]
        assert history.steps == ()
        history.end_gesture()
        assert told[1:] == [Change.of()]

    def test_without_a_push_it_leaves_no_step(self, history: History) -> None:
        told: list[Change] = []
        history.changed.connect(told.append)
        with history.gesture():
            pass
        assert history.steps == ()
        assert not told

    def test_a_drag_back_to_the_start_leaves_no_step_and_keeps_redo(
        self, project: Project, history: History
    ) -> None:
        history.push(SetSource.of(project, "camera:0"))
        history.undo()
        with history.gesture():
            history.push(jaw(project, 0.5))
            assert not history.can_redo
            history.push(jaw(project, 0.0))
        assert labels(history) == ["Choose source"]
        assert history.can_redo

    def test_cancel_takes_back_and_keeps_redo(self, project: Project, history: History) -> None:
        history.push(SetSource.of(project, "camera:0"))
        history.undo()
        before = digest(project)
        history.begin_gesture()
        history.push(jaw(project, 0.5))
        history.push(RenameProject.of(project, "Other"))
        assert history.cancel_gesture() == Change.of(Part.EXPRESSION, Part.PROJECT)
        assert digest(project) == before
        assert history.can_redo
        assert not history.in_gesture
        assert history.cancel_gesture() == Change.of()

    def test_an_exception_in_the_block_takes_it_back(
        self, project: Project, history: History
    ) -> None:
        before = digest(project)

        def fail() -> None:
            with history.gesture():
                history.push(jaw(project, 0.5))
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert digest(project) == before
        assert history.steps == ()

    def test_undo_in_the_middle_takes_back_the_gesture(
        self, project: Project, history: History
    ) -> None:
        before = digest(project)
        history.begin_gesture()
        history.push(jaw(project, 0.5))
        assert history.can_undo
        assert history.undo_label == "Set jawOpen"
        history.undo()
        assert digest(project) == before
        assert not history.in_gesture
        assert history.can_redo

    def test_beginning_again_ends_the_one_that_was_never_ended(
        self, project: Project, history: History
    ) -> None:
        history.begin_gesture("First")
        history.push(jaw(project, 0.5))
        history.begin_gesture("Second")
        history.push(jaw(project, 0.75))
        history.end_gesture()
        history.end_gesture()
        assert labels(history) == ["First", "Second"]


class TestFailures:
    @pytest.fixture(params=[False, True], ids=["plain", "in a gesture"])
    def in_gesture(self, request: pytest.FixtureRequest, history: History) -> bool:
        if request.param:
            history.begin_gesture()
        return bool(request.param)

    @pytest.mark.usefixtures("in_gesture")
    def test_a_push_that_raises_leaves_everything(self, project: Project, history: History) -> None:
        history.push(jaw(project, 0.5))
        before, steps = digest(project), history.steps
        told: list[Change] = []
        history.changed.connect(told.append)
        with pytest.raises(RuntimeError, match="do failed"):
            history.push(Failing("do"))
        assert digest(project) == before
        assert history.steps == steps
        assert not told
        history.undo()
        assert project.expression.weight("jawOpen") == 0.0

    def test_an_undo_that_raises_leaves_everything(
        self, project: Project, history: History
    ) -> None:
        history.push(jaw(project, 0.5))
        with history.gesture():
            history.push(Failing("undo"))
            history.push(RenameProject.of(project, "Later"))
        history.push(jaw(project, 0.75))
        before = digest(project)
        with pytest.raises(RuntimeError, match="undo failed"):
            history.jump(0)
        assert digest(project) == before
        assert history.index == 3
        history.undo()
        with pytest.raises(RuntimeError, match="undo failed"):
            history.undo()
        assert history.index == 2
        history.redo()
        assert digest(project) == before

    def test_the_redo_tail_survives_a_push_that_raises(
        self, project: Project, history: History
    ) -> None:
        history.push(jaw(project, 0.5))
        history.undo()
        with pytest.raises(RuntimeError):
            history.push(Failing("do"))
        assert history.can_redo


class TestCleanMark:
    def test_new_history_is_clean_until_a_push(self, project: Project, history: History) -> None:
        assert history.is_clean
        history.push(jaw(project, 0.5))
        assert not history.is_clean
        history.undo()
        assert history.is_clean

    def test_moves_to_the_saved_state(self, project: Project, history: History) -> None:
        history.push(jaw(project, 0.5))
        told: list[Change] = []
        history.changed.connect(told.append)
        history.mark_clean()
        assert told == [Change.of()]
        assert history.is_clean
        history.undo()
        assert not history.is_clean
        history.redo()
        assert history.is_clean

    def test_is_lost_with_the_state_it_marks(self, project: Project, history: History) -> None:
        history.push(jaw(project, 0.5))
        history.mark_clean()
        history.undo()
        history.push(jaw(project, 0.75))
        assert not history.is_clean
        history.undo()
        assert not history.is_clean

    def test_an_open_gesture_is_not_clean_once_it_changed_something(
        self, project: Project, history: History
    ) -> None:
        history.begin_gesture()
        assert history.is_clean
        history.push(jaw(project, 0.5))
        assert not history.is_clean
        history.mark_clean()
        assert history.is_clean
        assert labels(history) == ["Set jawOpen"]


class TestBudget:
    def push(self, history: History, count: int, size: int = 100) -> None:
        for _ in range(count):
            history.push(Failing("never", size))

    def test_oldest_steps_are_forgotten(self, project: Project) -> None:
        history = History(project, budget_bytes=350)
        self.push(history, 5)
        assert len(history.steps) == history.index == 3
        assert history.nbytes <= 350

    def test_the_memory_told_is_that_of_the_steps_there_are(self, project: Project) -> None:
        first = [Step("Older", (Failing("never", size),)) for size in (7, 11)]
        history = History(project, 1000, first, 1)

        def expect_told() -> None:
            assert history.nbytes == sum(step.nbytes for step in history.steps)

        expect_told()
        history.put_below(first[:1])
        history.put_above(first[1:])
        expect_told()
        self.push(history, 3)  # in place of two that were undone
        expect_told()
        history.jump(2)
        self.push(history, 1, size=900)
        expect_told()
        self.push(history, 4)  # the large one is forgotten
        expect_told()
        assert history.nbytes == 400

    def test_the_newest_step_is_always_kept(self, project: Project) -> None:
        history = History(project, budget_bytes=350)
        self.push(history, 2)
        self.push(history, 1, size=1000)
        assert len(history.steps) == 1
        assert history.can_undo

    def test_clean_mark_survives_while_its_state_can_be_reached(self, project: Project) -> None:
        history = History(project, budget_bytes=350)
        self.push(history, 3)
        history.mark_clean()
        self.push(history, 2)
        history.undo()
        history.undo()
        assert history.is_clean
        self.push(history, 5)
        while history.can_undo:
            history.undo()
            assert not history.is_clean


UNITS = st.sampled_from(["jawOpen", "mouthFunnel", "browInnerUp"])


@settings(max_examples=30, stateful_step_count=30, deadline=None)
class HistoryMachine(RuleBasedStateMachine):
    """The history against the plainest model of one: a list of states."""

    def __init__(self) -> None:
        super().__init__()
        self.project = Project()
        self.history = History(self.project)
        self.states = [digest(self.project)]
        self.index = 0

    def _follow(self, command: Callable[[], object]) -> None:
        before = digest(self.project)
        command()
        after = digest(self.project)
        if after != before:
            self.states[self.index + 1 :] = [after]
            self.index += 1

    @rule(unit=UNITS, value=st.floats(0, 1, width=32))
    def push(self, unit: str, value: float) -> None:
        self._follow(lambda: self.history.push(SetBlendshape.of(self.project, unit, value)))

    @rule(edits=st.lists(st.tuples(UNITS, st.floats(0, 1, width=32)), max_size=5))
    def drag(self, edits: list[tuple[str, float]]) -> None:
        before = self.history.steps
        with self.history.gesture():
            for unit, value in edits:
                self.history.push(SetBlendshape.of(self.project, unit, value))
        if self.history.steps != before:
            self.states[self.index + 1 :] = [digest(self.project)]
            self.index += 1

    @rule(edits=st.lists(st.tuples(UNITS, st.floats(0, 1, width=32)), max_size=5))
    def abandoned_drag(self, edits: list[tuple[str, float]]) -> None:
        self.history.begin_gesture()
        for unit, value in edits:
            self.history.push(SetBlendshape.of(self.project, unit, value))
        self.history.cancel_gesture()

    @rule()
    def reset(self) -> None:
        self._follow(lambda: self.history.push(ResetExpression.of(self.project)))

    @precondition(lambda self: self.index > 0)
    @rule()
    def undo(self) -> None:
        self.history.undo()
        self.index -= 1

    @precondition(lambda self: self.index < len(self.states) - 1)
    @rule()
    def redo(self) -> None:
        self.history.redo()
        self.index += 1

    @rule(data=st.data())
    def jump(self, data: st.DataObject) -> None:
        self.index = data.draw(st.integers(0, len(self.states) - 1))
        self.history.jump(self.index)

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert self.history.index == self.index
        assert len(self.history.steps) == len(self.states) - 1
        assert digest(self.project) == self.states[self.index]


TestAgainstModel = HistoryMachine.TestCase
