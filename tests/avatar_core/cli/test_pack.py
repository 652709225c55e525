from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avatar_core import cli
from avatar_core.io import packing
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.project import Clip, Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one film beside it."""
    monkeypatch.setattr(packing, "cache_folder", lambda: tmp_path / "cache")
    (tmp_path / "a film.mp4").write_bytes(b"moving pictures")
    clip = Clip(str(tmp_path / "a film.mp4"), "", 64, 64, 30.0)
    save_project(SavedProject(Project(clips={"c": clip})), tmp_path / "show.studio")
    return tmp_path / "show.studio"


def test_there_and_back(studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "one file.studio"
    assert cli.main(["pack", str(studio), "--out", str(out), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["path"] == str(out)
    assert made["bytes"] == out.stat().st_size
    assert made["files"] == [str(tmp_path / "a film.mp4")]
    assert load_project(out).files.is_packed

    assert cli.main(["unpack", str(out), "--out", str(tmp_path / "back")]) == 0
    assert "names 1 file\n" in capsys.readouterr().out
    film = tmp_path / "back" / "one file files" / "a film.mp4"
    assert film.read_bytes() == b"moving pictures"
    assert load_project(tmp_path / "back" / "one file.studio").project.clips["c"].path == str(film)


def test_missing_files_are_refused_unless_that_is_fine(
    studio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a film.mp4").unlink()
    out = tmp_path / "q.studio"
    assert cli.main(["pack", str(studio), "--out", str(out)]) == 2
    assert "a film.mp4" in capsys.readouterr().err
    assert not out.exists()
    assert cli.main(["pack", str(studio), "--out", str(out), "--without-missing"]) == 0
    assert "missing: " in capsys.readouterr().out


def test_no_project_is_packed_over_itself(studio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = studio.read_bytes()
    assert cli.main(["pack", str(studio), "--out", str(studio)]) == 2
    assert "over itself" in capsys.readouterr().err
    assert studio.read_bytes() == before
