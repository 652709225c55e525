from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_core.commands import Record, record_from_bytes, record_to_bytes
from avatar_core.errors import ProjectFormatError

RECORD = Record(
    "paint",
    {"name": "ü", "at": 1 / 3, "flags": [True, None, -7]},
    {
        "rows": np.arange(6, dtype=np.uint32).reshape(2, 3),
        "bits": np.array([1.5, -0.0, 3e-45], np.float32),
        "none": np.zeros((0, 4), np.float64),
        "one": np.array(5, np.int8),
        "seen": np.array([True, False]),
    },
)


def test_round_trip_is_exact() -> None:
    again = record_from_bytes(record_to_bytes(RECORD))
    assert again.kind == RECORD.kind
    assert again.data == RECORD.data
    assert set(again.arrays) == set(RECORD.arrays)
    for name, array in RECORD.arrays.items():
        assert again.arrays[name].dtype == array.dtype
        assert again.arrays[name].shape == array.shape
        assert again.arrays[name].tobytes() == array.tobytes()


def test_equal_records_give_equal_bytes() -> None:
    turned = Record(
        RECORD.kind,
        dict(reversed(RECORD.data.items())),
        dict(reversed(RECORD.arrays.items())),
    )
    strided = Record("k", {}, {"a": np.arange(6, dtype=np.float32)[::2]})
    swapped = Record("k", {}, {"a": np.array([0, 2, 4], ">f4")})
    assert record_to_bytes(turned) == record_to_bytes(RECORD)
    assert record_to_bytes(strided) == record_to_bytes(swapped)


def test_bytes_stay_what_they_are() -> None:
    """Journals outlive releases: this layout is read for ever."""
    record = Record("set", {"b": 0.5, "a": "x"}, {"v": np.array([1, 2], np.uint16)})
    header = b'{"arrays":[["v","<u2",[2]]],"data":{"a":"x","b":0.5},"kind":"set"}'
    expected = b"AVRC" + struct.pack("<II", 1, len(header)) + header + b"\x01\x00\x02\x00"
    assert record_to_bytes(record) == expected


def test_numbers_must_be_finite() -> None:
    with pytest.raises(ValueError, match="JSON"):
        record_to_bytes(Record("set", {"value": float("nan")}))


@pytest.mark.parametrize("length", range(0, len(record_to_bytes(RECORD)), 7))
def test_every_truncation_is_refused(length: int) -> None:
    with pytest.raises(ProjectFormatError, match="damaged"):
        record_from_bytes(record_to_bytes(RECORD)[:length])


@given(at=st.integers(0, len(record_to_bytes(RECORD)) - 1), value=st.integers(0, 255))
def test_changed_bytes_are_refused_or_a_record_that_is_written_again(at: int, value: int) -> None:
    data = bytearray(record_to_bytes(RECORD))
    data[at] = value
    try:
        changed = record_from_bytes(bytes(data))
    except ProjectFormatError as error:
        assert "damaged" in error.message  # noqa: PT017
        return
    again = record_from_bytes(record_to_bytes(changed))
    assert (again.kind, again.data) == (changed.kind, changed.data)
    assert {name: (array.dtype, array.shape, array.tobytes()) for name, array in
            again.arrays.items()} == {name: (array.dtype, array.shape, array.tobytes())
            for name, array in changed.arrays.items()}  # fmt: skip


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999", b"[1e999]"])
def test_numbers_that_are_not_finite_are_refused(number: bytes) -> None:
    with pytest.raises(ProjectFormatError, match="damaged"):
        record_from_bytes(_bytes(b'{"kind": "k", "data": {"at": %b}, "arrays": []}' % number))


def _bytes(header: object, tail: bytes = b"", magic: bytes = b"AVRC", version: int = 1) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return magic + struct.pack("<II", version, len(text)) + text + tail


def _arrays(*entries: object) -> dict[str, object]:
    return {"kind": "k", "data": {}, "arrays": list(entries)}


@pytest.mark.parametrize(
    "data",
    [
        _bytes(_arrays(), magic=b"ZIP!"),
        _bytes(_arrays(), version=2),
        _bytes(_arrays(), tail=b"more"),
        _bytes([]),
        _bytes(b"[" * 100_000),
        _bytes(b"\xff\xfe"),
        _bytes({"kind": "k", "data": [], "arrays": []}),
        _bytes({"kind": 5, "data": {}, "arrays": []}),
        _bytes({"kind": "", "data": {}, "arrays": []}),
        _bytes({"kind": "k", "data": {}, "arrays": {}}),
        _bytes(_arrays(["a", "<f4", [1 << 60]])),
        _bytes(_arrays(["a", "<f4", [1 << 20, 1 << 20, 1 << 20]])),
        _bytes(_arrays(["a", "<f4", [-1]]), tail=b"\0" * 4),
        _bytes(_arrays(["a", "<f4", [True]]), tail=b"\0" * 4),
        _bytes(_arrays(["a", "<f4", [1.0]]), tail=b"\0" * 4),
        _bytes(_arrays(["a", "<f4", [1] * 9]), tail=b"\0" * 4),
        _bytes(_arrays(["a", "|O", [1]]), tail=b"\0" * 8),
        _bytes(_arrays(["a", "|V4", [1]]), tail=b"\0" * 4),
        _bytes(_arrays(["a", "<f4,<i4", [1]]), tail=b"\0" * 8),
        _bytes(_arrays("abc")),
        _bytes(_arrays(["a", "<f4"])),
    ],
)
def test_hostile_records_are_refused(data: bytes) -> None:
    with pytest.raises(ProjectFormatError, match="damaged"):
        record_from_bytes(data)


def test_an_empty_array_of_endless_shape_is_refused() -> None:
    arrays = [["a", "<f8", [0, 2**31, 2**31, 2**31]]]
    header = json.dumps({"kind": "x", "data": {}, "arrays": arrays}).encode()
    with pytest.raises(ProjectFormatError, match="impossible array"):
        record_from_bytes(struct.pack("<4sII", b"AVRC", 1, len(header)) + header)
