from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.workers.avatar_delivery import deliver_avatar
from app.workers.tasks import TaskContext
from avatar_core.errors import AssetError, Cancelled
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "rosa.avatar"
    path.parent.mkdir()
    shutil.copy(resource_path("demo", "rosa.avatar"), path)
    return path


@pytest.fixture
def task() -> TaskContext:
    return TaskContext(lambda: None)


def test_an_avatar_is_copied_under_its_name(
    trained: Path, tmp_path: Path, task: TaskContext
) -> None:
    made = deliver_avatar(trained, tmp_path / "Avatars", task)
    assert (made.path.name, made.name) == ("Rosa.avatar", "Rosa")
    assert made.path.read_bytes() == trained.read_bytes()
    assert made.description


def test_the_same_avatar_is_copied_once_and_another_one_written_over_none(
    trained: Path, tmp_path: Path, task: TaskContext
) -> None:
    avatars = tmp_path / "Avatars"
    first = deliver_avatar(trained, avatars, task)
    assert deliver_avatar(trained, avatars, task) == first
    first.path.write_bytes(b"something else of the user's")
    second = deliver_avatar(trained, avatars, task)
    assert second.path.name == "Rosa 2.avatar"
    assert first.path.read_bytes() == b"something else of the user's"


def test_what_is_no_avatar_is_refused(trained: Path, tmp_path: Path, task: TaskContext) -> None:
    trained.write_bytes(b"no avatar")
    with pytest.raises(Exception, match="avatar"):
        deliver_avatar(trained, tmp_path / "Avatars", task)
    trained.unlink()
    with pytest.raises(AssetError):
        deliver_avatar(trained, tmp_path / "Avatars", task)
    assert not (tmp_path / "Avatars").exists()


def test_a_stop_leaves_nothing(trained: Path, tmp_path: Path, task: TaskContext) -> None:
    task.cancel()
    with pytest.raises(Cancelled):
        deliver_avatar(trained, tmp_path / "Avatars", task)
    assert not (tmp_path / "Avatars").exists()
