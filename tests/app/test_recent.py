from __future__ import annotations

from typing import TYPE_CHECKING

from app.recent import RecentFiles

if TYPE_CHECKING:
    from pathlib import Path

    from app.preferences import Preferences


def _files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.studio" for number in range(count)]
    for path in paths:
        path.touch()
    return paths


def test_newest_first_each_once(preferences: Preferences, tmp_path: Path) -> None:
    recent = RecentFiles(preferences)
    first, second = _files(tmp_path, 2)
    for path in (first, second, first):
        recent.add(path)
    assert recent.paths() == [first, second]


def test_only_ten_are_kept(preferences: Preferences, tmp_path: Path) -> None:
    recent = RecentFiles(preferences)
    paths = _files(tmp_path, 12)
    for path in paths:
        recent.add(path)
    assert recent.paths() == paths[:1:-1]


def test_files_that_are_gone_are_left_out(preferences: Preferences, tmp_path: Path) -> None:
    recent = RecentFiles(preferences)
    first, second = _files(tmp_path, 2)
    recent.add(first)
    recent.add(second)
    second.unlink()
    assert recent.paths() == [first]


def test_a_spoilt_list_is_an_empty_one(preferences: Preferences) -> None:
    preferences.remember("recent_files", {"what": "is this"})
    assert RecentFiles(preferences).paths() == []


def test_lists_have_names_of_their_own(preferences: Preferences, tmp_path: Path) -> None:
    RecentFiles(preferences, "recent_captures").add(tmp_path)
    assert RecentFiles(preferences).paths() == []
    assert RecentFiles(preferences, "recent_captures").paths() == [tmp_path]


def test_a_name_that_no_system_has_is_left_out(preferences: Preferences) -> None:
    preferences.remember("recent_files", ["x" * 5000, "a\0b"])
    assert RecentFiles(preferences).paths() == []
