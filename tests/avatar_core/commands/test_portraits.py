from __future__ import annotations

import pytest

from avatar_core.commands import AddPortrait, History, RemovePortrait, SetPortrait
from avatar_core.project import CropBox, Part, PortraitSettings, Project, ProjectPortrait


@pytest.fixture
def project() -> Project:
    return Project(
        portraits={name: ProjectPortrait(f"demo:{name}", name=name) for name in ("ann", "bo", "cy")}
    )


def test_a_portrait_without_a_name_gets_one_and_its_id_is_told() -> None:
    project = Project()
    command = AddPortrait.of(project, ProjectPortrait("demo:ann", name=" \n"))
    assert command.do(project).parts == {Part.PORTRAITS}
    assert project.portraits[command.entry_id].name == "Portrait 1"


def test_a_removed_portrait_comes_back_to_its_place(project: Project) -> None:
    command = RemovePortrait.of(project, "bo")
    command.do(project)
    assert list(project.portraits) == ["ann", "cy"]
    command.undo(project)
    assert list(project.portraits) == ["ann", "bo", "cy"]


def test_a_drag_of_a_slider_is_one_step_and_portraits_stay_apart(project: Project) -> None:
    history = History(project)
    with history.gesture("Direct"):
        for blend in (0.1, 0.2, 0.3):
            history.push(SetPortrait.performing(project, "ann", PortraitSettings(blend=blend)))
        history.push(SetPortrait.performing(project, "bo", PortraitSettings(blend=0.9)))
    assert len(history.steps) == 1
    assert project.portraits["ann"].settings.blend == 0.3
    history.undo()
    assert project.portraits["ann"].settings == project.portraits["bo"].settings


def test_settings_that_are_there_already_make_no_step(project: Project) -> None:
    assert SetPortrait.performing(project, "ann", PortraitSettings()).changes_nothing
    assert SetPortrait.renamed(project, "ann", "  ").changes_nothing


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda project: SetPortrait.renamed(project, "ann", "Anna"), "Rename to Anna"),
        (lambda project: SetPortrait.shown(project, "ann", False), "Hide ann"),
        (lambda project: SetPortrait.cropped(project, "ann", CropBox(0, 0, 64)), "Crop ann"),
        (lambda project: SetPortrait.found(project, "ann", "/a.portrait", "ab"), "Find ann"),
        (
            lambda project: SetPortrait.performing(project, "ann", PortraitSettings(blend=1)),
            "Direct ann",
        ),
    ],
)
def test_history_says_what_was_done(make: object, label: str, project: Project) -> None:
    command = make(project)  # type: ignore[operator]
    assert command.label == label


def test_portraits_that_are_not_there_are_refused(project: Project) -> None:
    with pytest.raises(ValueError, match="no entry"):
        SetPortrait.shown(project, "gone", True)
    with pytest.raises(ValueError, match="no entry"):
        RemovePortrait.of(project, "gone")
