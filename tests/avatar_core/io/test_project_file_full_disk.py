"""Saving a project when the disk fills up, at every stage of writing it."""

from __future__ import annotations

import errno
import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from avatar_core.errors import AssetError
from avatar_core.io import disk
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.project import digest

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import Project


class SmallDisk(io.FileIO):
    """A file on a disk with so many bytes left."""

    free_bytes = 0

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        if size > SmallDisk.free_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        SmallDisk.free_bytes -= size
        return super().write(data) or 0


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> type[SmallDisk]:

    def buffered(path: Path) -> Any:
        return io.BufferedWriter(SmallDisk(path, "xb"), buffer_size=64)

    monkeypatch.setattr(disk, "buffered", buffered)
    return SmallDisk


def test_a_disk_full_at_any_byte_keeps_the_old_project(
    tmp_path: Path, full_project: Project, small_disk: type[SmallDisk]
) -> None:
    studio = tmp_path / "show.studio"
    small_disk.free_bytes = 1 << 30
    save_project(SavedProject(full_project), studio)
    old, size = digest(full_project), studio.stat().st_size
    full_project.name = "Never to be seen"
    for free_bytes in [*range(0, size, max(size // 60, 1)), size // 2]:
        small_disk.free_bytes = free_bytes
        with pytest.raises(AssetError, match="disk is full"):
            save_project(SavedProject(full_project), studio)
        assert digest(load_project(studio).project) == old
        assert list(studio.parent.iterdir()) == [studio]
    small_disk.free_bytes = size + 1000
    save_project(SavedProject(full_project), studio)
    assert load_project(studio).project.name == "Never to be seen"
