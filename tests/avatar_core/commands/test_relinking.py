from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.commands import FileReference, History, RelinkFiles
from avatar_core.motion import ChannelGroup, DriverProfile
from avatar_core.project import Part, Project, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILE = DriverProfile(gaze_centre=np.eye(2, dtype=np.float32))


def relinked(project: Project, **found: str) -> Mapping[str, FileReference]:
    return {f"/films/{old}.mp4": FileReference(new) for old, new in found.items()}


def test_every_place_that_names_the_file_follows(full_project: Project) -> None:
    full_project.source = "file:/films/me.mp4?fps=25"
    full_project.drivers = ("camera:0", "file:/films/me.mp4")
    history = History(full_project)

    change = history.push(RelinkFiles.of(full_project, relinked(full_project, me="/new/m.mp4")))

    assert change.parts == {Part.DRIVING, Part.MIXER}
    assert full_project.source == "file:/new/m.mp4?fps=25"
    assert full_project.drivers == ("camera:0", "file:/new/m.mp4")
    assert list(full_project.mixer.profiles) == ["camera:0", "file:/new/m.mp4"]
    shares = full_project.mixer.groups[ChannelGroup.LIPS].drivers
    groups = full_project.mixer.groups.values()
    assert "file:/films/me.mp4" not in {share.driver for each in groups for share in each.drivers}
    assert len(shares) <= 2
    assert history.undo_label == "Find m.mp4"


def test_it_is_one_step_and_undo_is_exact(full_project: Project) -> None:
    before, history = digest(full_project), History(full_project)
    found = relinked(full_project, me="/a/me.mp4", one="/a/one.mp4", two="/a/two.mp4")
    history.push(RelinkFiles.of(full_project, found))
    assert history.undo_label == "Find 3 files"
    after = digest(full_project)
    history.undo()
    assert digest(full_project) == before
    history.redo()
    assert digest(full_project) == after


def test_the_hash_of_an_avatar_comes_with_it(full_project: Project) -> None:
    found = {full_project.avatar: FileReference("/new/ada.avatar", "56" * 32)}
    RelinkFiles.of(full_project, found).do(full_project)
    assert (full_project.avatar, full_project.avatar_sha256) == ("/new/ada.avatar", "56" * 32)


def test_two_files_found_as_one_are_told_apart_again(full_project: Project) -> None:
    before = digest(full_project)
    found = relinked(full_project, one="/a/one.mp4", two="/a/one.mp4")
    command = RelinkFiles.of(full_project, found)
    command.do(full_project)
    assert {clip.path for clip in full_project.clips.values()} == {"/a/one.mp4"}
    command.undo(full_project)
    assert digest(full_project) == before


def test_no_driver_stands_in_the_list_twice(full_project: Project) -> None:
    full_project.drivers = ("file:/a/one.mp4", "file:/films/me.mp4")
    profiles = {"file:/a/one.mp4": PROFILE, "file:/films/me.mp4": PROFILE}
    full_project.mixer = replace(full_project.mixer, profiles=profiles)
    before = digest(full_project)
    command = RelinkFiles.of(full_project, relinked(full_project, me="/a/one.mp4"))
    command.do(full_project)
    assert full_project.drivers == ("file:/a/one.mp4", "file:/films/me.mp4")
    assert list(full_project.mixer.profiles) == ["file:/a/one.mp4", "file:/films/me.mp4"]
    command.undo(full_project)
    assert digest(full_project) == before


def test_a_place_that_names_something_else_is_left_as_it_is(full_project: Project) -> None:
    found = relinked(full_project, one="/a/one.mp4", two="/a/two.mp4")
    command = RelinkFiles.of(full_project, found)
    command.do(full_project)
    clips = full_project.clips
    clip = replace(clips["clip-one"], path="/moved/one.mp4")
    full_project.clips = {**clips, "clip-one": clip}
    command.undo(full_project)
    paths = [clip.path for clip in full_project.clips.values()]
    assert paths == ["/moved/one.mp4", "/films/two.mp4"]
    other = Project()
    before = digest(other)
    assert command.do(other).parts == set()
    assert digest(other) == before


def test_paths_that_no_project_keeps_are_refused(full_project: Project) -> None:
    with pytest.raises(ValueError, match="letters"):
        RelinkFiles.of(full_project, relinked(full_project, one="x" * 50_000))
