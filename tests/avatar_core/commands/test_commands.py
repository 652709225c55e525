"""What holds for every kind of command, now and later."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import (
    AddTake,
    Command,
    History,
    Record,
    SetBlendshape,
    SetExpression,
    command_from_record,
    record_from_bytes,
    record_to_bytes,
    register,
    registered,
)
from avatar_core.errors import ProjectFormatError
from avatar_core.project import (
    Expression,
    Project,
    digest,
    projects_equal,
)
from tests.avatar_core.commands.command_examples import ALL, EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion import Take

TAKES_AWAY = {"set_hair_edits", "edit_paint_layers", "set_baked_paint"}
"""After one of these the next example of the kind finds nothing to edit."""
PAIRS = [
    pytest.param(*pair, id=f"{kind}-{at}")
    for kind, makers in EXAMPLES.items()
    if kind not in TAKES_AWAY
    for at, pair in enumerate(combinations(makers, 2))
]


def test_every_registered_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(registered())


@pytest.mark.parametrize(("kind", "makers"), EXAMPLES.items())
def test_kind_is_the_registered_one(
    kind: str, makers: list[Callable[[Project], Command]], full_project: Project
) -> None:
    assert {make(full_project).kind for make in makers} == {kind}


@pytest.mark.parametrize("make", ALL)
def test_undo_gives_the_equal_project(
    make: Callable[[Project], Command], full_project: Project
) -> None:
    before = digest(full_project)
    command = make(full_project)
    command.do(full_project)
    assert digest(full_project) != before
    command.undo(full_project)
    assert digest(full_project) == before


@pytest.mark.parametrize("make", ALL)
def test_redo_equals_do(make: Callable[[Project], Command], full_project: Project) -> None:
    command = make(full_project)
    done = command.do(full_project)
    after = digest(full_project)
    undone = command.undo(full_project)
    redone = command.do(full_project)
    assert digest(full_project) == after
    assert done == undone == redone
    assert done.parts


@pytest.mark.parametrize("make", ALL)
def test_values_handed_out_before_stay_as_they_were(
    make: Callable[[Project], Command], full_project: Project
) -> None:
    command = make(full_project)
    handed_out = full_project.copy()
    before = digest(handed_out)
    command.do(full_project)
    command.undo(full_project)
    command.do(full_project)
    assert digest(handed_out) == before


@pytest.mark.parametrize("make", ALL)
def test_record_gives_the_equal_command(
    make: Callable[[Project], Command], full_project: Project
) -> None:
    command = make(full_project)
    data = record_to_bytes(command.to_record())
    again = command_from_record(record_from_bytes(data))
    assert type(again) is type(command)
    assert digest(again) == digest(command)
    assert again.label == command.label
    assert record_to_bytes(again.to_record()) == data


@pytest.mark.parametrize("make", ALL)
def test_command_from_a_record_does_and_undoes_the_same(
    make: Callable[[Project], Command], full_project: Project
) -> None:
    other = full_project.copy()
    command = make(full_project)
    again = command_from_record(record_from_bytes(record_to_bytes(command.to_record())))
    command.do(full_project)
    again.do(other)
    assert projects_equal(full_project, other)
    command.undo(full_project)
    again.undo(other)
    assert projects_equal(full_project, other)


@pytest.mark.parametrize("make", ALL)
def test_record_is_plain_data(make: Callable[[Project], Command], full_project: Project) -> None:
    record = make(full_project).to_record()
    assert json.loads(json.dumps(record.data, allow_nan=False)) == record.data
    assert all(array.dtype.kind in "biuf" for array in record.arrays.values())


@pytest.mark.parametrize("make", ALL)
def test_commands_are_frozen(make: Callable[[Project], Command], full_project: Project) -> None:
    command = make(full_project)
    for field in fields(command):
        with pytest.raises(FrozenInstanceError):
            setattr(command, field.name, None)
    assert not hasattr(command, "__dict__")


@pytest.mark.parametrize("make", ALL)
def test_size_covers_the_arrays(make: Callable[[Project], Command], full_project: Project) -> None:
    command = make(full_project)
    arrays = sum(array.nbytes for array in command.to_record().arrays.values())
    assert command.nbytes >= arrays or command.nbytes == 512


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_gesture_of_two_commands_of_a_kind_is_undone_as_one(
    first: Callable[[Project], Command], second: Callable[[Project], Command], full_project: Project
) -> None:
    before = digest(full_project)
    history = History(full_project)
    with history.gesture():
        history.push(first(full_project))
        history.push(second(full_project))
    after = digest(full_project)
    history.undo()
    assert digest(full_project) == before
    history.redo()
    assert digest(full_project) == after


@pytest.mark.parametrize("make", ALL)
def test_a_gesture_that_ends_with_a_drag_is_undone_as_one(
    make: Callable[[Project], Command], full_project: Project
) -> None:
    before = digest(full_project)
    history = History(full_project)
    with history.gesture():
        history.push(make(full_project))
        history.push(SetBlendshape.of(full_project, "cheekPuff", 0.25))
        history.push(SetBlendshape.of(full_project, "cheekPuff", 0.5))
    after = digest(full_project)
    history.undo()
    assert digest(full_project) == before
    history.redo()
    assert digest(full_project) == after


@pytest.mark.parametrize("make", ALL)
def test_damaged_records_are_refused_in_a_sentence(
    make: Callable[[Project], Command], full_project: Project
) -> None:
    record = make(full_project).to_record()
    for key in record.data:
        less = {name: value for name, value in record.data.items() if name != key}
        with pytest.raises(ProjectFormatError, match="damaged"):
            command_from_record(replace(record, data=less))
        with pytest.raises(ProjectFormatError, match="damaged"):
            command_from_record(replace(record, data={**record.data, key: {"of": "no such kind"}}))
    for name, array in record.arrays.items():
        with pytest.raises(ProjectFormatError, match="damaged"):
            command_from_record(replace(record, arrays={**record.arrays, name: array[None]}))


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ProjectFormatError, match="not known here"):
        command_from_record(Record("fly_to_the_moon", {}))


def test_a_kind_is_taken_once() -> None:
    with pytest.raises(ValueError, match="SetBlendshape"):
        register("set_blendshape")(SetBlendshape)


def test_a_take_that_a_file_could_not_hold_is_refused(some_take: Take) -> None:
    weights = some_take.weights.copy()
    weights[3, 4] = np.nan
    with pytest.raises(Exception, match="impossible numbers"):
        AddTake.of(Project(), replace(some_take, weights=weights))


def test_expression_edits_of_a_foreign_state_are_refused_whole() -> None:
    project = Project()
    command = SetExpression.of(project, Expression().with_weight("jawOpen", 1.0))
    history = History(project)
    history.push(SetBlendshape.of(project, "jawOpen", 0.4))
    before = digest(project)
    with pytest.raises(ValueError, match="another state"):
        history.push(command)
    assert digest(project) == before
    assert len(history.steps) == 1
