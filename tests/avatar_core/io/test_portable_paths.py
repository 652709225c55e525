from __future__ import annotations

import os
from pathlib import Path

import pytest

from avatar_core.errors import ProjectFormatError
from avatar_core.io.portable_paths import located_path, portable_path

HERE = Path("/work of art").absolute()
MOVED = Path("/elsewhere").absolute()


def test_what_lies_below_the_folder_moves_with_it() -> None:
    path = str(HERE / "clips" / "one.mp4")
    assert portable_path(path, HERE) == "clips/one.mp4"
    assert located_path("clips/one.mp4", MOVED) == str(MOVED / "clips" / "one.mp4")


@pytest.mark.parametrize("path", ["/films/one.mp4", "/work of art 2/one.mp4"])
def test_what_lies_elsewhere_stays_there(path: str) -> None:
    path = str(Path(path).absolute())
    assert portable_path(path, HERE) == path
    assert located_path(path, MOVED) == path


def test_detours_are_not_taken_for_below() -> None:
    path = str(HERE / ".." / "films" / "one.mp4")
    assert portable_path(path, HERE) == path


def test_paths_of_another_system_are_left_alone() -> None:
    assert located_path("C:\\films\\one.mp4", MOVED) == "C:\\films\\one.mp4"
    assert located_path("\\\\server\\one.mp4", MOVED) == "\\\\server\\one.mp4"


@pytest.mark.parametrize("stored", ["../one.mp4", "a/../../b", "..", ".", "a\\..\\b", ""])
def test_relative_paths_that_leave_the_folder_are_refused(stored: str) -> None:
    with pytest.raises(ProjectFormatError, match="outside its folder"):
        located_path(stored, HERE)


def test_the_folder_itself_is_named_whole() -> None:
    assert portable_path(str(HERE), HERE) == str(HERE)
    assert located_path(str(HERE), MOVED) == str(HERE)


@pytest.mark.skipif(os.name == "nt", reason="no names of files there")
@pytest.mark.parametrize("name", ["a\\b.mp4", "..\\one.mp4", "c:one.mp4"])
def test_names_that_are_places_elsewhere_are_found_again(name: str) -> None:
    path = str(HERE / name)
    assert located_path(portable_path(path, HERE), HERE) == path


@pytest.mark.parametrize("path", ["one.mp4", "../one.mp4", "a/../b/one.mp4"])
def test_relative_paths_are_taken_from_here(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder in (HERE, tmp_path):
        found = located_path(portable_path(path, folder), folder)
        assert Path(found).is_absolute()
        assert Path(found).resolve() == (tmp_path / path).resolve()
