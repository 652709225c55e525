from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avatar_core import cli
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_lock import ProjectLock, lock_path
from avatar_core.project import Clip, Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A project of two films, one of which was moved, the other one replaced after that."""
    clips = {}
    for name in ("one", "two"):
        path = tmp_path / f"{name}.mp4"
        path.write_text(f"film {name}")
        clips[name] = Clip(str(path), "", 64, 64, 30.0)
    save_project(SavedProject(Project(clips=clips)), tmp_path / "show.studio")
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "one.mp4").rename(moved / "first.mp4")
    (tmp_path / "two.mp4").unlink()
    (moved / "two.mp4").write_text("another film")
    return tmp_path / "show.studio"


def test_what_is_found_for_sure_is_named_anew(
    studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["relink", str(studio), "--in", str(tmp_path / "moved"), "--json"]) == 1
    one, two = json.loads(capsys.readouterr().out)
    assert (one["match"], one["taken"]) == ("same contents", True)
    assert (two["match"], two["taken"]) == ("same name, other contents", False)
    clips = load_project(studio).project.clips
    assert clips["one"].path == str(tmp_path / "moved" / "first.mp4")
    assert clips["two"].path == str(tmp_path / "two.mp4")


def test_other_contents_are_taken_when_wanted(
    studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, out = studio.read_bytes(), tmp_path / "q.studio"
    arguments = ["relink", str(studio), "--in", str(tmp_path / "moved"), "--other"]
    assert cli.main([*arguments, "--out", str(out)]) == 0
    assert "2 of 2 missing files" in capsys.readouterr().out
    assert studio.read_bytes() == before
    assert load_project(out).project.clips["two"].path == str(tmp_path / "moved" / "two.mp4")


def test_nothing_found_saves_nothing(
    studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = studio.read_bytes()
    (tmp_path / "empty").mkdir()
    assert cli.main(["relink", str(studio), "--in", str(tmp_path / "empty")]) == 1
    assert "not found" in capsys.readouterr().out
    assert studio.read_bytes() == before


def test_a_project_that_is_open_in_a_studio_is_left_alone(
    studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = studio.read_bytes()
    ProjectLock(studio).acquire()
    lock = lock_path(studio)
    away = {"id": "another", "host": "far away"}
    lock.write_text(json.dumps({**json.loads(lock.read_text()), **away}))
    assert cli.main(["relink", str(studio), "--in", str(tmp_path / "moved")]) == 2
    assert "far away" in capsys.readouterr().err
    assert studio.read_bytes() == before
