from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from avatar_core.io.journal_places import JournalPlaces

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def places(tmp_path: Path) -> JournalPlaces:
    folder = tmp_path / "data"
    folder.mkdir()
    return JournalPlaces(folder)


@pytest.mark.parametrize("name", ["face.studio", "Gesicht ✓.studio", "ü" * 120 + ".studio"])
def test_journals_of_a_project_are_found_in_all_their_places(
    name: str, places: JournalPlaces, tmp_path: Path
) -> None:
    project, other = tmp_path / name, tmp_path / "other.studio"
    beside, elsewhere = places.of(project)
    assert beside.parent == tmp_path
    another = places.another(project)
    for each in (beside, elsewhere, another, *places.of(other), places.another(other)):
        each.write_bytes(b"")  # also shows that such names are possible
    assert set(places.of_project(project)) == {beside, elsewhere, another}


def test_journals_without_a_project_come_oldest_first(places: JournalPlaces) -> None:
    paths = [places.new() for _ in range(3)]
    assert len(set(paths)) == 3
    for age, path in enumerate(paths):
        path.write_bytes(b"")
        os.utime(path, (1000 - age, 1000 - age))
    assert places.unsaved() == tuple(reversed(paths))


def test_what_is_put_aside_is_no_journal_of_anything(places: JournalPlaces, tmp_path: Path) -> None:
    project = tmp_path / "face.studio"
    aside = [places.aside(path) for path in (*places.of(project), places.new())]
    for path in aside:
        path.write_bytes(b"")
    assert set(places.kept()) == set(aside)
    assert places.unsaved() == places.of_project(project) == ()


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    places = JournalPlaces(tmp_path / "gone")
    assert places.unsaved() == places.kept() == places.of_project(tmp_path / "a.studio") == ()


def test_one_that_vanishes_meanwhile_hides_no_others(places: JournalPlaces) -> None:
    there = places.new()
    there.write_bytes(b"")
    places.new().symlink_to(places.folder / "gone")
    assert places.unsaved() == (there,)


def test_journals_of_a_project_come_oldest_first_wherever_they_lie(
    places: JournalPlaces, tmp_path: Path
) -> None:
    project = tmp_path / "face.studio"
    beside, elsewhere = places.of(project)
    for first, second in ((beside, elsewhere), (elsewhere, beside)):
        for time_s, path in enumerate((first, second)):
            path.write_bytes(b"")
            os.utime(path, (time_s, time_s))
        assert places.of_project(project) == (first, second)
