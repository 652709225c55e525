"""A watched file: saved once means taken over once, however the other program saves it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.io.watched_file import MISSING_LOOKS, UNREADABLE_LOOKS, WatchedFile

if TYPE_CHECKING:
    from pathlib import Path


class Layer:
    """Takes over what ends with a full stop; the rest is written only half."""

    def __init__(self, path: Path) -> None:
        self.contents: list[str] = []
        self.troubles: list[str] = []
        self.attempts = 0
        self.watched = WatchedFile(path, self.take, lambda e: self.troubles.append(e.message))

    def take(self, path: Path) -> None:
        self.attempts += 1
        text = path.read_text()
        if not text.endswith("."):
            raise AssetError(f"{path.name} is truncated.")
        self.contents.append(text)

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.watched.look()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "layer.png"
    path.write_text("old.")
    return path


@pytest.fixture
def layer(path: Path) -> Layer:
    return Layer(path)


def at(path: Path, text: str, time_ns: int) -> None:
    """Write a file as if at a certain time, whatever the clock of the disk."""
    path.write_text(text)
    os.utime(path, ns=(time_ns, time_ns))


def test_nothing_happens_by_itself(layer: Layer) -> None:
    layer.look(50)
    assert (layer.contents, layer.troubles, layer.attempts) == ([], [], 0)


def test_a_save_is_taken_over_once(path: Path, layer: Layer) -> None:
    at(path, "new.", 10)
    layer.look(20)
    at(path, "newer.", 20)
    layer.look(20)
    assert layer.contents == ["new.", "newer."]
    assert layer.troubles == []


def test_a_file_that_is_being_written_is_left_alone(path: Path, layer: Layer) -> None:
    for count in range(1, 8):
        at(path, "n" * count, count)
        layer.look(1)
    assert layer.attempts == 0
    layer.watched.path.write_text("n.")
    layer.look(2)
    assert layer.contents == ["n."]


def test_a_pause_in_the_middle_of_writing_is_waited_out(path: Path, layer: Layer) -> None:
    at(path, "hal", 10)
    layer.look(5)
    assert layer.attempts > 1
    at(path, "half.", 20)
    layer.look(2)
    assert layer.contents == ["half."]
    assert layer.troubles == []


def test_a_file_that_stays_damaged_is_told_once(path: Path, layer: Layer) -> None:
    at(path, "broken", 10)
    layer.look(5 * UNREADABLE_LOOKS)
    assert layer.troubles == ["layer.png is truncated."]
    assert layer.attempts == UNREADABLE_LOOKS
    at(path, "mended.", 20)
    layer.look()
    assert layer.contents == ["mended."]


def test_the_same_content_saved_again_is_no_change(path: Path, layer: Layer) -> None:
    at(path, "old.", 10)
    layer.look(3)
    assert layer.attempts == 0
    at(path, "new.", 20)
    layer.look(3)
    assert layer.contents == ["new."]


def test_a_change_within_the_same_size(path: Path, layer: Layer) -> None:
    at(path, "odd.", 10)
    layer.look()
    assert layer.contents == ["odd."]


def test_a_file_put_in_place_of_the_old_one(path: Path, layer: Layer, tmp_path: Path) -> None:
    other = tmp_path / "other"
    at(other, "new.", path.stat().st_mtime_ns)
    path.unlink()
    layer.look(MISSING_LOOKS - 1)
    other.rename(path)
    layer.look()
    assert layer.contents == ["new."]
    assert layer.troubles == []


def test_a_deleted_file_is_told_once_and_may_come_back(path: Path, layer: Layer) -> None:
    path.unlink()
    layer.look(10 * MISSING_LOOKS)
    assert layer.troubles == ["layer.png was deleted; the layer stays as it is."]
    at(path, "back.", 10)
    layer.look()
    assert layer.contents == ["back."]
    path.unlink()
    layer.look(10 * MISSING_LOOKS)
    assert len(layer.troubles) == 2


def test_a_file_that_comes_back_as_it_was_is_no_change(path: Path, layer: Layer) -> None:
    path.unlink()
    layer.look(2 * MISSING_LOOKS)
    at(path, "old.", 10)
    layer.look(3)
    assert layer.attempts == 0


def test_what_the_studio_writes_itself_is_no_change(path: Path, layer: Layer) -> None:
    at(path, "ours.", 10)
    layer.watched.forget_changes()
    layer.look(5)
    assert layer.attempts == 0


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    layer = Layer(tmp_path / "later.png")
    layer.look(1)
    (tmp_path / "later.png").write_text("here.")
    layer.look(3)
    assert layer.contents == ["here."]


def test_other_errors_are_not_swallowed(path: Path) -> None:
    def fail(_: Path) -> None:
        raise ZeroDivisionError

    watched = WatchedFile(path, fail, lambda _: None)
    at(path, "new.", 10)
    watched.look()
    with pytest.raises(ZeroDivisionError):
        watched.look()
