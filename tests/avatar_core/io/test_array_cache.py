from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.io.array_cache import arrays_key, keep_arrays, kept_arrays

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_ARRAYS = {"places": np.arange(12, dtype=np.float32).reshape(4, 3), "ids": np.arange(4)}


def test_what_is_kept_comes_back_bit_for_bit(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cache"
    keep_arrays(folder, "abc", _ARRAYS)
    again = kept_arrays(folder, "abc")
    assert again is not None
    assert again.keys() == _ARRAYS.keys()
    for name, array in _ARRAYS.items():
        np.testing.assert_array_equal(again[name], array)
        assert again[name].dtype == array.dtype


def test_what_was_not_kept_is_not_there(tmp_path: Path) -> None:
    assert kept_arrays(tmp_path, "abc") is None


def test_a_damaged_file_counts_as_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keep_arrays(tmp_path, "abc", _ARRAYS)
    path = tmp_path / "abc.npz"
    path.write_bytes(path.read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        assert kept_arrays(tmp_path, "abc") is None
    assert "worked out again" in caplog.text


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        keep_arrays(tmp_path / "file", "abc", _ARRAYS)
    assert "could not be kept" in caplog.text


def test_those_not_used_for_longest_give_way(tmp_path: Path) -> None:
    for number in range(12):
        keep_arrays(tmp_path, f"{number}", _ARRAYS)
        os.utime(tmp_path / f"{number}.npz", (number, number))
    assert kept_arrays(tmp_path, "0") is not None  # used just now
    keep_arrays(tmp_path, "newest", _ARRAYS)
    assert kept_arrays(tmp_path, "1") is None
    assert kept_arrays(tmp_path, "0") is not None
    assert len(list(tmp_path.glob("*.npz"))) == 12


def test_keys_follow_contents_shapes_types_and_method() -> None:
    array = np.arange(6, dtype=np.float32)
    keys = {
        arrays_key("one", (array,)),
        arrays_key("two", (array,)),
        arrays_key("one", (array.reshape(2, 3),)),
        arrays_key("one", (array.view(np.int32),)),
        arrays_key("one", (array + 1,)),
        arrays_key("one", (array, array)),
    }
    assert len(keys) == 6
    wide = np.repeat(array, 2)[::2]
    assert arrays_key("one", (wide,)) == arrays_key("one", (array,))
