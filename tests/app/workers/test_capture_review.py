from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.workers.capture_review import check, look_at, open_contents
from app.workers.tasks import TaskContext
from avatar_core.errors import AssetError, Cancelled
from avatar_core.training.capture_overlay import Overlays
from tests.avatar_core.training.conftest import capture_folder as capture_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def task() -> TaskContext:
    return TaskContext(lambda: None)


def test_a_capture_is_read_with_its_head(capture_folder: Path, task: TaskContext) -> None:
    contents = open_contents(capture_folder, None, task)
    assert contents.folder == capture_folder
    assert [each.name for each in contents.series] == ["hair", "face", "full"]
    assert list(contents.cameras) == [0, 1, 2]
    assert np.abs(contents.centre).max() < 1e-5
    assert contents.head is not None
    assert not contents.needs_flame
    picture = look_at(contents, contents.capture.series["hair"][0], Overlays(matte=True))
    assert picture.shape == (32, 32, 3)


def test_without_a_head_the_pictures_can_be_seen(capture_folder: Path, task: TaskContext) -> None:
    (capture_folder / "head_model.npz").unlink()
    contents = open_contents(capture_folder, None, task)
    assert contents.head is None
    assert "head model" in str(contents.head_error)
    frame = contents.capture.series["hair"][0]
    assert look_at(contents, frame, Overlays(head=True)).shape == (32, 32, 3)


def test_what_cannot_be_read_is_said_and_a_stop_is_heard(
    capture_folder: Path, tmp_path: Path, task: TaskContext
) -> None:
    with pytest.raises(AssetError, match="no capture"):
        open_contents(tmp_path / "nothing", None, task)
    assert check(capture_folder, None, task)
    task.cancel()
    for work in (open_contents, check):
        with pytest.raises(Cancelled):
            work(capture_folder, None, task)
