from __future__ import annotations

import pytest

from avatar_core.commands import AddClip, RemoveClip
from avatar_core.project import Change, Clip, Part, Project

FILM = Clip("/films/new.mp4", "take-one", 640, 480, 25.0)


def test_clips_join_at_the_end_under_a_new_id(full_project: Project) -> None:
    command = AddClip.of(full_project, FILM)
    assert command.do(full_project) == Change.of(Part.CLIPS)
    assert list(full_project.clips) == ["clip-one", "clip-two", command.entry_id]
    assert AddClip.of(full_project, FILM).entry_id != command.entry_id


def test_undo_puts_a_clip_back_in_its_place(full_project: Project) -> None:
    command = RemoveClip.of(full_project, "clip-one")
    command.do(full_project)
    assert list(full_project.clips) == ["clip-two"]
    command.undo(full_project)
    assert list(full_project.clips) == ["clip-one", "clip-two"]


def test_clips_that_are_not_there_are_refused(full_project: Project) -> None:
    with pytest.raises(ValueError, match="gone"):
        RemoveClip.of(full_project, "gone")
