from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.commands import (
    EditTake,
    SetTakeCorrections,
    SetTakeMarkers,
    command_from_record,
)
from avatar_core.commands.history import History
from avatar_core.commands.records import Record
from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.motion import ChannelGroup, Corrections, Marker, Take
from avatar_core.motion.take_edits import looped, retimed, trimmed
from avatar_core.motion.take_filters import smoothed
from avatar_core.project import Part, Project, digest

TAKE = "take-one"


def test_a_chain_of_edits_comes_back_step_by_step_bit_for_bit(full_project: Project) -> None:
    history = History(full_project)
    states = [digest(full_project)]
    for edit, what in (
        (lambda take: trimmed(take, 0.05, 0.3), "Trim"),
        (lambda take: retimed(take, 0.7), "Retime"),
        (lambda take: smoothed(take, dict.fromkeys(ChannelGroup, 0.3)), "Smooth"),
        (lambda take: looped(take, 0.1, 2), "Loop"),
    ):
        history.push(EditTake.of(full_project, edit(full_project.takes[TAKE]), what))
        states.append(digest(full_project))
    assert len(set(states)) == 5
    for state in reversed(states[:-1]):
        history.undo()
        assert digest(full_project) == state
    for state in states[1:]:
        history.redo()
        assert digest(full_project) == state


def test_the_sound_that_an_edit_left_alone_is_held_once(full_project: Project) -> None:
    take = full_project.takes[TAKE]
    assert take.audio is not None
    long_sound = replace(take.audio, samples=np.zeros((1_000_000, 1), np.float32))
    full_project.takes[TAKE] = take = replace(take, audio=long_sound)
    command = EditTake.of(full_project, smoothed(take, {ChannelGroup.JAW: 1}), "Smooth")
    assert command.nbytes < 1.1 * long_sound.samples.nbytes
    record = command.to_record()
    assert "after.audio" not in record.arrays
    assert digest(command_from_record(record)) == digest(command)


def test_an_edit_says_what_it_did_and_touches_takes(full_project: Project) -> None:
    command = EditTake.of(full_project, trimmed(full_project.takes[TAKE], 0, 0.2), "Trim")
    assert command.label == "Trim First try"
    assert command.do(full_project).parts == {Part.TAKES}


def test_a_take_renamed_meanwhile_keeps_its_name(full_project: Project) -> None:
    cut = trimmed(full_project.takes[TAKE], 0, 0.2).renamed("Old name")
    EditTake.of(full_project, cut, "Trim").do(full_project)
    assert full_project.takes[TAKE].name == "First try"


def test_an_edit_without_effect_is_no_step(full_project: Project) -> None:
    assert EditTake.of(full_project, full_project.takes[TAKE], "Trim").changes_nothing


def test_what_a_project_could_not_keep_is_refused(full_project: Project) -> None:
    take = full_project.takes[TAKE]
    broken = replace(take, weights=np.full_like(take.weights, np.nan))
    with pytest.raises(AssetError, match="cannot be kept"):
        EditTake.of(full_project, broken, "Break")
    with pytest.raises(ValueError, match="no entry"):
        EditTake.of(full_project, replace(take, id="gone"), "Trim")
    with pytest.raises(ValueError, match="same take"):
        EditTake(take, replace(take, id="other"), "Trim")


@pytest.mark.parametrize("same", [["after.audio"], ["after.weights", 7], "after", None])
def test_records_that_lie_about_what_is_the_same(same: object, full_project: Project) -> None:
    record = EditTake.of(full_project, trimmed(full_project.takes[TAKE], 0, 0.2), "T").to_record()
    kept = {name: array for name, array in record.arrays.items() if name != "after.weights"}
    lying = Record(record.kind, {**record.data, "same": same}, kept)
    with pytest.raises(ProjectFormatError):
        command_from_record(lying)


def test_markers_stand_in_the_order_of_their_times(full_project: Project) -> None:
    SetTakeMarkers.of(full_project, TAKE, [Marker(2, "b"), Marker(1, " ")]).do(full_project)
    assert full_project.takes[TAKE].markers == (Marker(1, "Marker"), Marker(2, "b"))
    with pytest.raises(ValueError, match="markers"):
        SetTakeMarkers.of(full_project, TAKE, [Marker(float("nan"), "x")])


def test_labels_of_notes(full_project: Project) -> None:
    take: Take = full_project.takes[TAKE]
    assert SetTakeMarkers.of(full_project, TAKE, ()).label == "Remove marker"
    bypassed = replace(take.corrections, is_bypassed=True)
    assert SetTakeCorrections.of(full_project, TAKE, bypassed).label == "Bypass corrections"
    assert SetTakeCorrections.of(full_project, TAKE, Corrections()).label == "Correct take"


def test_dragging_a_key_is_one_step(full_project: Project) -> None:
    history = History(full_project)
    before = digest(full_project)
    with history.gesture("Move key"):
        for value in (0.1, 0.2, 0.3):
            keys = full_project.takes[TAKE].corrections.with_bump("jawOpen", 0.2, value, 0.1)
            history.push(SetTakeCorrections.of(full_project, TAKE, keys))
    history.undo()
    assert digest(full_project) == before
