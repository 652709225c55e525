from __future__ import annotations

import pytest

from avatar_core.commands import History, RenameProject, SetBlendshape, Step
from avatar_core.commands.step_bytes import (
    kept_bytes,
    kept_part,
    readable_steps,
    step_chunks,
    step_from_bytes,
    steps_of,
)
from avatar_core.errors import ProjectFormatError
from avatar_core.project import Project, digest
from tests.avatar_core.commands.command_examples import ALL


def plain(step: Step) -> bytes:
    return b"".join(step_chunks(step))


@pytest.mark.parametrize("make", ALL)
def test_a_step_of_every_kind_comes_back(make, full_project: Project) -> None:  # type: ignore[no-untyped-def]
    step = Step("Schritt ✓", (make(full_project), make(full_project)))
    again, nbytes = step_from_bytes(memoryview(plain(step) + b"more"))
    assert nbytes == len(plain(step))
    assert (again.label, len(again.commands)) == ("Schritt ✓", 2)
    before = digest(full_project)
    again.commands[0].do(full_project)
    assert digest(full_project) != before
    again.commands[0].undo(full_project)
    assert digest(full_project) == before
    assert plain(again) == plain(step)


def test_a_label_that_quotes_a_name_that_is_no_text_comes_back() -> None:
    step = Step("Find \udcff.mp4", (RenameProject("A", "B"),))
    assert step_from_bytes(memoryview(plain(step)))[0].label == step.label


@pytest.fixture
def history() -> History:
    project = Project()
    history = History(project)
    for number in range(5):
        history.push(RenameProject.of(project, f"Name {number}"))
    history.jump(3)
    return history


def test_a_history_comes_back_with_what_can_be_undone_and_redone(history: History) -> None:
    steps, index = steps_of(kept_bytes(history.steps, history.index))
    assert [plain(step) for step in steps] == [plain(step) for step in history.steps]
    assert index == 3
    assert steps_of(kept_bytes((), 0)) == ([], 0)


@pytest.mark.parametrize(
    ("room", "part"),
    [(0, slice(3, 3)), (1, slice(2, 3)), (2, slice(1, 3)), (3, slice(0, 3)), (4, slice(0, 4))],
)
def test_the_steps_next_to_the_present_are_kept_first(
    room: int, part: slice, history: History
) -> None:
    one = history.steps[0].nbytes
    assert kept_part(history.steps, history.index, room * one) == part
    assert kept_part(history.steps, history.index, 1 << 40) == slice(0, 5)


def test_a_damaged_history_is_left_out_and_said(history: History) -> None:
    data = kept_bytes(history.steps, history.index)
    assert readable_steps(data)[2] is None
    for at in range(0, len(data)):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :]):
            try:
                steps_of(damaged)
            except ProjectFormatError:
                steps, index, warning = readable_steps(damaged)
                assert (steps, index) == ([], 0)
                assert warning is not None
                assert "undo begins anew" in str(warning)
    for damaged in (data + b"x", b"damaged", b"AVHS"):
        with pytest.raises(ProjectFormatError):
            steps_of(damaged)


def test_a_step_without_commands_or_with_too_many_is_refused() -> None:
    step = plain(Step("A", (SetBlendshape.of(Project(), "jawOpen", 1.0),)))
    for count in (0, 2, 1 << 31):
        with pytest.raises(ProjectFormatError):
            step_from_bytes(memoryview(step[:4] + count.to_bytes(4, "little") + step[8:]))
