"""safetensors: against the format's own library, and against damage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from safetensors.torch import save_file as save_torch

from avatar_core.errors import AssetError
from avatar_core.io.safetensors_file import (
    load_safetensors,
    load_safetensors_texts,
    save_safetensors,
)

if TYPE_CHECKING:
    from pathlib import Path

ARRAYS = {
    "b": np.array([True, False, True]),
    "bytes": np.arange(5, dtype=np.uint8),
    "empty": np.zeros((0, 3), np.float32),
    "half": np.linspace(0, 1, 6, dtype=np.float16).reshape(2, 3),
    "long": np.array([-(1 << 40)], np.int64),
    "scalar": np.array(3.5, np.float64),
    "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.safetensors"


def test_the_formats_own_library_reads_what_we_write(path: Path) -> None:
    save_safetensors(ARRAYS, {"note": "größer"}, path)
    found = load_file(path)
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_bfloat16_is_read_as_float32(path: Path) -> None:
    numbers = torch.tensor([[1.5, -2.0, 0.0], [3.0e38, float("inf"), -1e-38]]).bfloat16()
    save_torch({"a": numbers, "b": torch.ones(3), "none": torch.ones(0, 2).bfloat16()}, path)
    arrays, _ = load_safetensors(path)
    np.testing.assert_array_equal(arrays["a"], numbers.float().numpy())
    assert arrays["a"].dtype == arrays["none"].dtype == np.float32
    assert arrays["none"].shape == (0, 2)
    assert not arrays["a"].flags.writeable


def test_we_read_what_the_formats_own_library_writes(path: Path) -> None:
    save_file(
        {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}, path, {"n": "1"}
    )
    arrays, texts = load_safetensors(path)
    assert texts == {"n": "1"}
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
        assert not arrays[name].flags.writeable


def test_same_arrays_same_bytes(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.safetensors"
    save_safetensors(ARRAYS, {"n": "1"}, path)
    save_safetensors(dict(reversed(ARRAYS.items())), {"n": "1"}, other)
    assert path.read_bytes() == other.read_bytes()


def test_big_endian_arrays_are_turned_round(path: Path) -> None:
    save_safetensors({"x": np.arange(3, dtype=">f4")}, {}, path)
    np.testing.assert_array_equal(load_file(path)["x"], [0, 1, 2])


def test_no_arrays_at_all(path: Path) -> None:
    save_safetensors({}, {"note": "nothing"}, path)
    assert load_safetensors(path) == ({}, {"note": "nothing"})
    assert load_safetensors_texts(path) == {"note": "nothing"}


def test_texts_and_objects_have_no_place(path: Path) -> None:
    for array in (np.array(["text"]), np.array([object()]), np.array([1j])):
        with pytest.raises(ValueError, match="no place"):
            save_safetensors({"x": array}, {}, path)
    assert not path.exists()


def test_missing_files_and_folders(path: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="was not found"):
        load_safetensors(path)
    with pytest.raises(AssetError, match=r"is a folder|could not be read"):
        load_safetensors(tmp_path)


def _file(path: Path, header: Any, data: bytes = b"") -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 1 << 62]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1 << 62], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2.0], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [True, 2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1] * 20, "data_offsets": [0, 8]},
        {"dtype": "O8", "shape": [1], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]},
        {"dtype": "F32", "shape": [1]},
        [],
        None,
    ],
)
def test_places_that_lie_are_refused(path: Path, entry: object) -> None:
    _file(path, {"x": entry}, bytes(8))
    with pytest.raises(AssetError):
        load_safetensors(path)


def test_arrays_do_not_overlap(path: Path) -> None:
    whole = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    half = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    _file(path, {"x": whole, "y": half}, bytes(8))
    with pytest.raises(AssetError, match="wrong place"):
        load_safetensors(path)


@pytest.mark.parametrize(
    "header",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"__metadata__": 3}',
     b'{"__metadata__": {"a": 1}}', b"[" * 100_000],
)  # fmt: skip
def test_headers_that_are_none_are_refused(path: Path, header: bytes) -> None:
    _file(path, header)
    with pytest.raises(AssetError):
        load_safetensors(path)
    with pytest.raises(AssetError):
        load_safetensors_texts(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damage_is_an_error_or_still_numbers(path: Path, data: st.DataObject) -> None:
    save_safetensors(ARRAYS, {"note": "x"}, path)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] = data.draw(st.integers(0, 255))
    else:
        del content[at:]
    path.write_bytes(bytes(content))
    try:
        arrays, _ = load_safetensors(path)
    except AssetError:
        return
    assert all(array.dtype.kind in "bfiu" for array in arrays.values())


def test_an_empty_array_of_endless_shape_is_refused(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0, 2**31, 2**31, 2**31], "data_offsets": [0, 0]}
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "endless.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(AssetError, match="kind that cannot be read"):
        load_safetensors(path)
