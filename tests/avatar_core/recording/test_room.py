from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import RecordingError
from avatar_core.recording import room
from avatar_core.recording.chunks import ChunkStore
from avatar_core.recording.ledger import Ledger
from avatar_core.recording.lossless import LosslessWriter
from avatar_core.recording.room import expect_room, free_bytes, probes


@pytest.fixture
def store(tmp_path) -> ChunkStore:
    return ChunkStore(tmp_path / "parts", Ledger(tmp_path / "ledger"), "film")


@pytest.fixture
def leave(monkeypatch):
    """Pretends that so many bytes are free."""
    return lambda free: monkeypatch.setattr(room, "free_bytes", lambda _folder: free)


@pytest.mark.parametrize("channels", [3, 4])
def test_no_picture_takes_more_than_noise_and_noise_no_more_than_the_worst(tmp_path, channels):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 96, 128, channels)).astype(np.uint8)
    with LosslessWriter(tmp_path / "noise.mkv") as writer:
        for image in images:
            writer.write(image)
    taken = (tmp_path / "noise.mkv").stat().st_size
    assert 0.9 * images.nbytes < taken < room.WORST * images.nbytes


def test_where_all_fits_in_any_case_nothing_is_probed(store, leave):
    leave(2_000_000)
    assert probes(store, range(100), 10_000) == []
    leave(None)
    assert probes(store, range(100), 10_000_000) == []


def test_probes_are_spread_over_what_is_missing(store, leave):
    leave(1000)
    assert [span.start for span in probes(store, range(100, 200), 10)] == [110, 130, 150, 170, 190]
    assert all(len(span) == 1 for span in probes(store, range(100, 200), 10))
    store.add(100, b"half", ["x"] * 50, 3)
    assert [span.start for span in probes(store, range(100, 200), 100)] == [155, 165, 175, 185, 195]
    assert probes(store, range(147, 153), 1000) == [
        range(150, 151),
        range(151, 152),
        range(152, 153),
    ]
    assert probes(store, range(100, 150), 10**9) == []


def test_the_room_is_judged_by_what_the_probes_take(store, leave):
    wanted = range(100)
    probed = [range(10, 11), range(50, 51)]
    store.add(10, b"-" * 400, ["x"], 3)
    store.add(50, b"-" * 600, ["x"], 3)
    # 98 frames of 500 bytes, and 12 of them twice for a moment.
    leave(55_000)
    expect_room(store, wanted, probed, 12, "hello.mp4")
    leave(54_999)
    with pytest.raises(RecordingError) as caught:
        expect_room(store, wanted, probed, 12, "hello.mp4")
    assert "hello.mp4 would take about 0.1 MB" in caught.value.message
    assert str(store.folder) in caught.value.message
    assert "Free some space" in caught.value.hint
    expect_room(store, wanted, [], 12, "hello.mp4")
    leave(None)
    expect_room(store, wanted, probed, 12, "hello.mp4")


def test_large_films_are_told_in_gigabytes(store, leave):
    store.add(0, b"-" * 1000, ["x"], 3)
    leave(3_000_000_000)
    with pytest.raises(RecordingError, match=r"about 4\.0 GB .* only 3\.0 GB"):
        expect_room(store, range(4_000_000), [range(1)], 1, "hello.mp4")


def test_a_disk_that_says_nothing_is_trusted(tmp_path):
    assert free_bytes(tmp_path)
    assert free_bytes(tmp_path / "missing") is None
