from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.io.arrays import array_from_npy, array_to_npy, arrays_from_npz, arrays_to_npz

ARRAYS = {
    "plain": np.arange(6, dtype=np.float32).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(10)[::3],
    "empty": np.zeros((0, 3), np.uint8),
    "scalar": np.array(5, np.int16),
    "bits": np.array([True, False]),
    "odd": np.array([np.nan, -0.0, np.inf], np.float16),
}


def same(first: np.ndarray, second: np.ndarray) -> bool:
    return (
        first.dtype == second.dtype
        and first.shape == second.shape
        and first.tobytes() == second.tobytes()
    )


@pytest.mark.parametrize("compressed", [True, False])
def test_round_trip_keeps_every_bit(compressed: bool) -> None:
    again = arrays_from_npz(arrays_to_npz(ARRAYS, compressed))
    assert list(again) == list(ARRAYS)
    assert all(same(again[name], array) for name, array in ARRAYS.items())


def test_numpy_reads_what_is_written() -> None:
    with np.load(io.BytesIO(arrays_to_npz(ARRAYS)), allow_pickle=False) as loaded:
        assert all(same(loaded[name], array) for name, array in ARRAYS.items())


def test_what_numpy_writes_is_read() -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **ARRAYS)
    again = arrays_from_npz(buffer.getvalue())
    assert all(same(again[name], array) for name, array in ARRAYS.items())


@given(
    arrays_of.arrays(
        arrays_of.scalar_dtypes().filter(lambda dtype: dtype.kind in "biuf" and dtype.itemsize < 9),
        arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_any_array_comes_back(array: np.ndarray) -> None:
    again = array_from_npy(array_to_npy(array))
    assert again.dtype == array.dtype
    assert same(again, array)


def test_equal_arrays_give_equal_bytes() -> None:
    assert arrays_to_npz(ARRAYS) == arrays_to_npz({k: v.copy("K") for k, v in ARRAYS.items()})


def test_arrays_read_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        arrays_from_npz(arrays_to_npz(ARRAYS))["plain"][0] = 1


def npy(header: str | bytes, body: bytes = b"", version: int = 1) -> bytes:
    text = header.encode("latin-1") if isinstance(header, str) else header
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + body


def header(descr: str = "'<f4'", order: str = "False", shape: str = "(2,)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}"


def test_the_examples_below_fail_for_their_own_reason() -> None:
    for version in (1, 2):
        good = array_from_npy(npy(header(), b"\0" * 8, version))
        assert good.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\xff\xff",
        npy(header(), b"\0" * 8, version=3),
        npy(header(), b"\0" * 7),
        npy(header(), b"\0" * 9),
        npy(header(shape="(1 << 60,)")),
        npy(header(shape=f"({1 << 60},)")),
        npy(header(shape=f"(0, {1 << 62}, {1 << 62})")),
        npy(header(shape=f"(0, {10**30})")),
        npy(header(shape="(-2, -1)"), b"\0" * 8),
        npy(header(shape="(True, 2)"), b"\0" * 8),
        npy(header(shape="[2]"), b"\0" * 8),
        npy(header(shape="2"), b"\0" * 8),
        npy(header(shape=str((1,) * 9)), b"\0" * 4),
        npy(header(descr="'|O'"), b"\0" * 16),
        npy(header(descr="'<U2'"), b"\0" * 16),
        npy(header(descr="'|V4'"), b"\0" * 8),
        npy(header(descr="'<c8'"), b"\0" * 16),
        npy(header(descr="'<M8[s]'"), b"\0" * 16),
        npy(header(descr="'<f4,<f4'"), b"\0" * 16),
        npy(header(descr="[('a', '<f4')]"), b"\0" * 8),
        npy(header(descr="None"), b"\0" * 8),
        npy("{'descr': '<f4'}", b"\0" * 8),
        npy("[]"),
        npy("__import__('os').abort()"),
        npy("(" * 5000 + ")" * 5000),
        npy(header() + " " * 20_000, b"\0" * 8),
        npy(b"\xff\xfe\x00"),
    ],
)
def test_hostile_arrays_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(AssetError, match=r"Ada's hair is damaged: .+\.$"):
        array_from_npy(data, "Ada's hair")


@given(at=st.integers(0, 200), value=st.integers(0, 255))
def test_a_changed_byte_never_crashes(at: int, value: int) -> None:
    data = bytearray(array_to_npy(np.arange(24, dtype=np.float32).reshape(2, 3, 4)))
    data[at] = value
    try:
        array = array_from_npy(bytes(data))
    except AssetError:
        return
    assert array.nbytes <= len(data)


def test_other_files_in_an_npz_are_refused() -> None:
    from avatar_core.io.archive import ArchiveWriter

    buffer = io.BytesIO()
    with ArchiveWriter(buffer) as archive:
        archive.add("readme.txt", b"hello")
    with pytest.raises(ProjectFormatError, match="not an array"):
        arrays_from_npz(buffer.getvalue(), error=ProjectFormatError)


def test_text_is_read_where_it_is_wanted() -> None:
    names = np.array(["scalp", "skin ✓", ""])
    buffer = io.BytesIO()
    np.savez(buffer, names=names, numbers=np.arange(3))
    arrays = arrays_from_npz(buffer.getvalue(), texts=True)
    np.testing.assert_array_equal(arrays["names"], names)
    with pytest.raises(AssetError, match="<U6"):
        arrays_from_npz(buffer.getvalue())


def test_objects_are_refused_among_text_too() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, names=np.array(["a", 1, None], object))
    with pytest.raises(AssetError, match="numbers are expected"):
        arrays_from_npz(buffer.getvalue(), texts=True)


def test_all_arrays_together_are_bounded() -> None:
    data = arrays_to_npz({"a": np.zeros(1000), "b": np.zeros(1000)})
    with pytest.raises(AssetError, match="more than"):
        arrays_from_npz(data, most_bytes=10_000)


def test_the_sentence_about_a_long_name_is_short() -> None:
    with pytest.raises(AssetError) as caught:
        arrays_from_npz(arrays_to_npz({"x" * 190: np.array(["text"])}))
    assert len(caught.value.message) < 150
