from __future__ import annotations

import pytest

from avatar_core.commands import (
    RenameProject,
    SceneOption,
    SetAvatar,
    SetBackground,
    SetHair,
    SetSceneOption,
)
from avatar_core.project import DEMO_AVATAR, Change, Part, Project


def test_colours_are_brought_into_range_and_merge() -> None:
    project = Project()
    first = SetBackground.of(project, (0.0, -1.0, 9.0))
    assert first.after == (0.0, 0.0, 1.0)
    first.do(project)
    merged = first.merged_with(SetBackground.of(project, (1.0, 1.0, 1.0)))
    assert merged == SetBackground((0.46, 0.46, 0.46), (1.0, 1.0, 1.0))


@pytest.mark.parametrize("option", SceneOption)
def test_options_say_what_they_do(option: SceneOption) -> None:
    project = Project()
    hide = SetSceneOption.of(project, option, False)
    assert hide.do(project) == Change.of(Part.SCENE)
    assert hide.label.startswith("Hide ")
    assert not getattr(project.scene, option.value)
    assert SetSceneOption.of(project, option, True).label.startswith("Show ")


def test_avatar_reference_and_hash_change_together() -> None:
    project = Project()
    command = SetAvatar.of(project, "/a.avatar", "00ff")
    command.do(project)
    assert (project.avatar, project.avatar_sha256) == ("/a.avatar", "00ff")
    command.undo(project)
    assert (project.avatar, project.avatar_sha256) == (DEMO_AVATAR, "")


def test_hair_and_hash_change_together_and_the_step_says_which_way() -> None:
    project = Project()
    put_on = SetHair.of(project, "/bob.hair", "00ff")
    assert put_on.label == "Choose hairstyle"
    assert put_on.do(project) == Change.of(Part.AVATAR)
    assert (project.hair, project.hair_sha256) == ("/bob.hair", "00ff")
    assert SetHair.of(project, "").label == "Back to own hair"
    put_on.undo(project)
    assert (project.hair, project.hair_sha256) == ("", "")


def test_project_name_is_tidied() -> None:
    project = Project()
    assert RenameProject.of(project, " My\tshow ").after == "My show"
    assert RenameProject.of(project, "").changes_nothing
