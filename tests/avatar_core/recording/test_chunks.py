from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import AssetError, RecordingError
from avatar_core.recording.chunks import ChunkStore
from avatar_core.recording.ledger import Ledger
from avatar_core.recording.lossless import LosslessWriter, picture_digest, read_lossless
from avatar_core.recording.supersampling import averaged


def _image(number: int, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(number)
    return rng.integers(0, 256, (18, 31, channels)).astype(np.uint8)


def _piece(tmp_path, numbers, channels=3):
    path = tmp_path / "piece.mkv"
    with LosslessWriter(path) as writer:
        for number in numbers:
            writer.write(_image(number, channels))
    return path.read_bytes(), writer.digests


@pytest.fixture
def store(tmp_path) -> ChunkStore:
    return ChunkStore(tmp_path / "parts", Ledger(tmp_path / "ledger"), "film")


def _add(store, tmp_path, first, last, channels=3) -> bool:
    data, digests = _piece(tmp_path, range(first, last + 1), channels)
    return store.add(first, data, digests, channels)


@pytest.mark.parametrize("channels", [3, 4])
def test_every_bit_comes_back(tmp_path, channels):
    _piece(tmp_path, range(5), channels)
    images = list(read_lossless(tmp_path / "piece.mkv", channels))
    assert len(images) == 5
    for number, image in enumerate(images):
        assert np.array_equal(image, _image(number, channels))


def test_a_piece_without_pictures_is_none(tmp_path, store):
    with LosslessWriter(tmp_path / "piece.mkv") as writer:
        pass
    assert not store.add(0, b"", writer.digests, 3)


def test_digests_tell_pixels_and_sizes_apart():
    image = np.zeros((2, 4, 3), np.uint8)
    other = image.copy()
    other[1, 3, 2] = 1
    digests = {picture_digest(each) for each in (image, other, image.reshape(4, 2, 3))}
    assert len(digests) == 3
    assert picture_digest(image[:, ::-1]) == picture_digest(image)  # no matter how it lies


def test_gaps_are_what_is_missing(tmp_path, store):
    assert store.missing(range(3, 10), 4) == [range(3, 7), range(7, 10)]
    assert _add(store, tmp_path, 5, 6)
    assert store.missing(range(3, 10), 4) == [range(3, 5), range(7, 10)]
    assert store.missing(range(5, 7), 4) == []
    assert store.missing(range(6, 8), 4) == [range(7, 8)]
    assert (store.done(range(3, 10)), store.done(range(6, 20)), store.done(range(9))) == (2, 1, 2)


def test_frames_are_taken_once(tmp_path, store):
    assert _add(store, tmp_path, 0, 3)
    assert not _add(store, tmp_path, 3, 5)
    assert not _add(store, tmp_path, 0, 3)
    assert _add(store, tmp_path, 4, 6)
    assert len(list((tmp_path / "parts").iterdir())) == 2


def test_pieces_in_any_order_are_one_film_for_the_next_process(tmp_path, store):
    for first, last in ((4, 6), (0, 3), (7, 7)):
        assert _add(store, tmp_path, first, last)
    again = ChunkStore(tmp_path / "parts", Ledger(tmp_path / "ledger"), "film")
    assert again.verify() == 0
    images = list(again.pictures(range(2, 8)))
    assert [picture_digest(image) for image in images] == [
        picture_digest(_image(number)) for number in range(2, 8)
    ]
    other = ChunkStore(tmp_path / "parts", Ledger(tmp_path / "ledger"), "another film")
    assert other.done(range(8)) == 0


def test_what_is_missing_is_said_where_it_is_met(tmp_path, store):
    _add(store, tmp_path, 0, 2)
    _add(store, tmp_path, 4, 5)
    pictures = store.pictures(range(6))
    assert [picture_digest(next(pictures)) for _ in range(3)]
    with pytest.raises(AssetError, match="Frame 3 was not rendered"):
        next(pictures)


def test_damaged_and_missing_pieces_are_drawn_again(tmp_path, store):
    for first in (0, 2, 4):
        _add(store, tmp_path, first, first + 1)
    first, second, _third = (tmp_path / "parts" / chunk.file for chunk in store.chunks)
    first.unlink()
    data = bytearray(second.read_bytes())
    data[len(data) // 2] ^= 1
    second.write_bytes(data)
    assert store.verify() == 2
    assert store.missing(range(6), 9) == [range(4)]
    again = ChunkStore(tmp_path / "parts", Ledger(tmp_path / "ledger"), "film")
    assert again.missing(range(6), 9) == [range(4)]
    assert _add(again, tmp_path, 0, 3)
    assert len(list(again.pictures(range(6)))) == 6


def test_a_picture_that_is_another_is_found_by_its_digest(tmp_path, store):
    data, digests = _piece(tmp_path, range(3))
    assert store.add(0, data, [digests[0], digests[2], digests[2]], 3)
    assert store.verify() == 0
    with pytest.raises(AssetError, match="Frame 1 is not what was rendered"):
        list(store.pictures(range(3)))
    assert store.done(range(3)) == 0


@pytest.mark.parametrize(
    "wrong", [{"file": "../x.mkv"}, {"first": -1}, {"frames": 3}, {"channels": 2}, {"sha256": None}]
)
def test_entries_that_make_no_sense_count_as_none(tmp_path, store, wrong):
    _add(store, tmp_path, 0, 1)
    entry = {**store._ledger.entries[-1], **wrong}
    ledger = Ledger(tmp_path / "other")
    ledger.append(entry)
    assert ChunkStore(tmp_path / "parts", ledger, "film").chunks == []


def test_where_nothing_can_be_written_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordingError):
        ChunkStore(tmp_path / "file" / "parts", Ledger(tmp_path / "ledger"), "film")
    with (
        pytest.raises(RecordingError),
        LosslessWriter(tmp_path / "missing" / "piece.mkv") as writer,
    ):
        writer.write(_image(0))
    (tmp_path / "noise.mkv").write_bytes(b"\x1aE\xdf\xa3 noise")
    with pytest.raises(AssetError, match=r"noise\.mkv"):
        list(read_lossless(tmp_path / "noise.mkv", 3))


def test_averaging_keeps_premultiplied_colour():
    large = np.zeros((4, 4, 4), np.uint8)
    large[:2, :2] = 200
    small = averaged(large, 2, 2)
    assert small[0, 0].tolist() == [200] * 4
    assert averaged(large, 1, 1)[0, 0].tolist() == [50] * 4
    assert averaged(small, 2, 2).shape == (2, 2, 4)
