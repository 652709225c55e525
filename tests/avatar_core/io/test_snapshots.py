from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from avatar_core.io.snapshots import SnapshotShelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shelf(tmp_path: Path) -> SnapshotShelf:
    return SnapshotShelf(tmp_path / "versions")


def keep(shelf: SnapshotShelf, project: Path | None, count: int) -> list[Path]:
    paths = []
    for age in range(count):
        path = shelf.place(project)
        path.write_bytes(b"x" * (age + 1))
        os.utime(path, (1000 + age, 1000 + age))
        paths.append(path)
    return paths


@pytest.mark.parametrize("name", ["face.studio", "Gesicht ✓/äöü.studio", "x" * 200 + ".studio"])
def test_versions_come_newest_first_with_time_and_size(
    name: str, shelf: SnapshotShelf, tmp_path: Path
) -> None:
    project = tmp_path / name
    paths = keep(shelf, project, 3)
    found = shelf.of(project)
    assert [each.path for each in found] == paths[::-1]
    assert [each.time_s for each in found] == [1002, 1001, 1000]
    assert [each.nbytes for each in found] == [3, 2, 1]


def test_projects_of_one_name_do_not_share_versions(shelf: SnapshotShelf, tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "face.studio", tmp_path / "b" / "face.studio"
    keep(shelf, one, 2)
    keep(shelf, None, 1)
    assert len(shelf.of(one)) == 2
    assert shelf.of(other) == ()
    assert len(shelf.of(None)) == 1


def test_only_the_newest_stay(shelf: SnapshotShelf, tmp_path: Path) -> None:
    paths = keep(shelf, tmp_path / "face.studio", 5)
    shelf.trim(tmp_path / "face.studio", 2)
    assert [each.path for each in shelf.of(tmp_path / "face.studio")] == paths[:2:-1]
    shelf.trim(tmp_path / "face.studio", 0)
    assert len(shelf.of(tmp_path / "face.studio")) == 1
