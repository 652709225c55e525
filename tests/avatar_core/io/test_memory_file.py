from __future__ import annotations

import io

import numpy as np
import pytest

from avatar_core.io.arrays import arrays_from_npz, arrays_in_memory, arrays_to_npz
from avatar_core.io.memory_file import MemoryFile

PIECE = 1 << 20


def test_it_holds_what_a_file_would_hold() -> None:
    rng = np.random.default_rng(0)
    file, twin = MemoryFile(), io.BytesIO()
    for _ in range(60):
        size = int(rng.choice([0, 1, 1000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]))
        data = rng.bytes(size)
        if rng.random() < 0.3:
            place = int(rng.integers(file.nbytes + 1))
            assert file.seek(place) == twin.seek(place)
        assert file.write(data) == twin.write(data)
        assert file.tell() == twin.tell()
    whole = twin.getvalue()
    assert file.nbytes == len(whole)
    assert b"".join(file.taken()) == whole
    assert file.nbytes == 0


@pytest.mark.parametrize("place", [-1, 4])
def test_no_place_outside_the_file_can_be_written(place: int) -> None:
    file = MemoryFile()
    file.write(b"abc")
    with pytest.raises(ValueError, match="place"):
        file.seek(place)


def test_arrays_in_memory_are_the_same_bytes_as_others() -> None:
    rng = np.random.default_rng(1)
    arrays = {
        "large": rng.integers(0, 255, 3 * PIECE + 5, dtype=np.uint8),
        "table": rng.normal(size=(5, 6)).astype(np.float32),
        "columns": np.asfortranarray(rng.normal(size=(5, 6))),
        "nothing": np.zeros((0, 3)),
        "number": np.float32(3),
        "flags": np.array([True, False]),
    }
    data = b"".join(arrays_in_memory(arrays).taken())
    assert data == arrays_to_npz(arrays, compressed=False)
    for name, array in arrays_from_npz(data).items():
        assert np.array_equal(array, arrays[name])
