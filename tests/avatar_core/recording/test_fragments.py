from __future__ import annotations

import struct

import pytest

from avatar_core.recording.fragments import trim_unfinished_fragment


def box(kind: str, size: int) -> bytes:
    return struct.pack(">I4s", size, kind.encode()) + b"x" * (size - 8)


WHOLE = box("ftyp", 24) + box("moov", 90) + box("moof", 60) + box("mdat", 500)


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"\0\0\0",
        box("moof", 60),
        box("moof", 60)[:30],
        box("moof", 60) + box("mdat", 500)[:499],
        box("moof", 60) + struct.pack(">I4s", 0, b"mdat"),
        struct.pack(">I4sQ", 1, b"mdat", 1 << 40),
    ],
)
def test_an_unfinished_end_is_cut_off(tmp_path, rest):
    path = tmp_path / "clip.mp4"
    path.write_bytes(WHOLE + rest)

    assert trim_unfinished_fragment(path) == len(rest)
    assert path.read_bytes() == WHOLE


def test_a_large_box_with_a_long_length_is_understood(tmp_path):
    path = tmp_path / "clip.mp4"
    whole = WHOLE + box("moof", 60) + struct.pack(">I4sQ", 1, b"mdat", 100) + b"x" * 84
    path.write_bytes(whole + box("mfra", 40))

    assert trim_unfinished_fragment(path) == 0
    assert path.read_bytes() == whole + box("mfra", 40)


def test_an_empty_file_stays_empty(tmp_path):
    path = tmp_path / "clip.mp4"
    path.touch()

    assert trim_unfinished_fragment(path) == 0


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        trim_unfinished_fragment(tmp_path / "clip.mp4")
