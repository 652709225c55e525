from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import AddTake, RemoveTake, RenameTake, SetActiveTake
from avatar_core.errors import AssetError
from avatar_core.project import SLIDERS, Change, Part, Project, digest

if TYPE_CHECKING:
    from avatar_core.motion import Take


def test_takes_join_at_the_end(full_project: Project, some_take: Take) -> None:
    command = AddTake.of(full_project, replace(some_take, id="new"))
    command.do(full_project)
    assert list(full_project.takes) == ["take-one", "take-two", "new"]


def test_a_take_in_use_comes_in_under_a_new_id(full_project: Project, some_take: Take) -> None:
    command = AddTake.of(full_project, some_take)
    command.do(full_project)
    assert command.take.id != some_take.id
    assert len(full_project.takes) == 3


def test_nameless_takes_get_a_name(some_take: Take) -> None:
    assert AddTake.of(Project(), some_take.renamed(" \n")).take.name == "Take"


def test_the_same_id_twice_is_refused(full_project: Project, some_take: Take) -> None:
    with pytest.raises(ValueError, match="already"):
        AddTake(some_take).do(full_project)


def test_takes_that_a_file_could_not_hold_are_refused(some_take: Take) -> None:
    bad = replace(some_take, head_rotation=some_take.head_rotation * np.float32(np.inf))
    with pytest.raises(AssetError, match="First try"):
        AddTake.of(Project(), bad)


def test_removing_the_playing_take_clears_timeline_and_source(full_project: Project) -> None:
    change = RemoveTake.of(full_project, "take-one").do(full_project)
    assert change == Change.of(Part.TAKES, Part.DRIVING)
    assert list(full_project.takes) == ["take-two"]
    assert full_project.active_take is None
    assert full_project.source == SLIDERS
    assert full_project.source_take is None


def test_removing_another_take_leaves_timeline_and_source(full_project: Project) -> None:
    assert RemoveTake.of(full_project, "take-two").do(full_project) == Change.of(Part.TAKES)
    assert full_project.active_take == "take-one"
    assert full_project.source == "take:take-one"


def test_undo_puts_a_take_back_in_its_place(full_project: Project) -> None:
    before = digest(full_project)
    command = RemoveTake.of(full_project, "take-one")
    command.do(full_project)
    command.undo(full_project)
    assert list(full_project.takes) == ["take-one", "take-two"]
    assert digest(full_project) == before


def test_clips_outlive_their_take(full_project: Project) -> None:
    RemoveTake.of(full_project, "take-one").do(full_project)
    assert full_project.clips["clip-one"].take_id == "take-one"


def test_a_name_is_tidied_and_an_empty_one_ignored(full_project: Project) -> None:
    assert RenameTake.of(full_project, "take-one", "  The \n end ").after == "The end"
    assert RenameTake.of(full_project, "take-one", " \t").changes_nothing


def test_renaming_keeps_id_and_place(full_project: Project) -> None:
    RenameTake.of(full_project, "take-one", "Other").do(full_project)
    assert list(full_project.takes) == ["take-one", "take-two"]
    assert full_project.takes["take-one"].name == "Other"


@pytest.mark.parametrize(
    "make",
    [
        lambda project: RemoveTake.of(project, "gone"),
        lambda project: RenameTake.of(project, "gone", "Name"),
        lambda project: SetActiveTake.of(project, "gone").do(project),
    ],
)
def test_takes_that_are_not_there_are_refused(make, full_project: Project) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="gone"):
        make(full_project)
