"""Folders of numbered pictures as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.driving.image_sequence import ImageSequenceSource, numbered_pictures
from avatar_core.driving.sources import open_source
from avatar_core.errors import AssetError, DeviceError

if TYPE_CHECKING:
    from pathlib import Path


class _Clock:
    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def _fill(folder: Path, numbers: list[int]) -> Path:
    folder.mkdir()
    for number in numbers:
        picture = np.full((6, 8, 3), 10 * number, np.uint8)
        assert cv2.imwrite(str(folder / f"face {number}.png"), picture)
    (folder / "notes.txt").write_text("not a picture")
    return folder


def _shown(source: ImageSequenceSource, count: int) -> list[int]:
    """Numbers of the pictures that so many reads give; -1 for none."""
    images = [source.read(0.0) for _ in range(count)]
    return [-1 if image is None else int(image.image[0, 0, 0]) // 10 for image in images]


def test_numbers_count_not_letters(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "frames", [10, 2, 1])
    assert [path.stem for path in numbered_pictures(folder)] == ["face 1", "face 2", "face 10"]


def test_plays_them_in_order_and_again(tmp_path: Path) -> None:
    source = open_source(f"sequence:{_fill(tmp_path / 'f', [1, 2, 10])}?fps=25", paced=False)
    assert isinstance(source, ImageSequenceSource)
    assert (source.fps, source.size, source.duration_s) == (25, (8, 6), 3 / 25)
    assert _shown(source, 4) == [1, 2, 10, 1]
    again = source.read(0.0)
    assert again is not None
    assert (again.index, again.looped, again.time_s) == (4, 1, 1 / 25)


def test_ends_after_the_last_one_where_it_does_not_loop(tmp_path: Path) -> None:
    source = open_source(f"sequence:{_fill(tmp_path / 'f', [1])}", paced=False, loop=False)
    assert source.read(0.0) is not None
    assert source.ended
    assert source.read(0.0) is None


def test_keeps_time_though_it_is_read_slowly(tmp_path: Path) -> None:
    clock = _Clock()
    folder = _fill(tmp_path / "f", [1, 2, 3, 4, 5])
    source = ImageSequenceSource(folder, fps=10, clock=clock, sleep=clock.sleep)
    assert _shown(source, 2) == [1, -1]  # the second one is not due yet
    assert source.read(0.2) is not None
    assert clock.now_s == pytest.approx(50.1)
    clock.now_s += 0.2
    assert _shown(source, 1) == [4]


def test_pictures_that_have_gone_are_left_out(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "f", [1, 2, 3])
    source = ImageSequenceSource(folder, fps=10, paced=False)
    (folder / "face 2.png").unlink()
    assert _shown(source, 4) == [1, -1, 3, 1]


def test_says_when_all_have_gone(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "f", [1, 2])
    source = ImageSequenceSource(folder, fps=10, paced=False)
    for number in (1, 2):
        (folder / f"face {number}.png").unlink()
    assert _shown(source, 1) == [-1]
    with pytest.raises(AssetError, match="have gone"):
        source.read(0.0)
    assert source.ended


def test_folders_without_pictures_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, says in (("empty", "holds no pictures"), ("gone", "no folder gone")):
        with pytest.raises(AssetError, match=says) as caught:
            open_source(f"sequence:{tmp_path / name}")
        assert caught.value.hint
    with pytest.raises(DeviceError, match="fps"):
        open_source(f"sequence:{tmp_path / 'empty'}?fps=0")
