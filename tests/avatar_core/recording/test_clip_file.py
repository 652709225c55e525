from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from avatar_core.recording.clip_file import ClipFile, check_writable, recording_error


class NearlyFull(io.RawIOBase):
    """Takes at most ten bytes at a time, as a disk may when it is nearly full."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.taken += bytes(data[:10])
        return min(10, len(data))

    def fileno(self) -> int:
        raise OSError(errno.EINVAL, "no file")


def test_all_bytes_are_written_even_when_the_system_takes_them_in_parts(tmp_path, monkeypatch):
    raw = NearlyFull()
    monkeypatch.setattr(Path, "open", lambda *arguments, **options: raw)
    file = ClipFile(tmp_path / "clip.mp4")

    assert file.write(bytes(range(255))) == 255
    file.close()
    file.close()

    assert raw.taken == bytes(range(255))
    assert file.closed


def test_what_is_written_is_there_before_the_file_is_closed(tmp_path):
    file = ClipFile(tmp_path / "clip.mp4")
    file.write(b"at once")

    assert (tmp_path / "clip.mp4").read_bytes() == b"at once"
    file.close()


def test_looking_whether_a_clip_can_be_written_changes_nothing(tmp_path):
    (tmp_path / "old.mp4").write_bytes(b"older")

    check_writable(tmp_path / "old.mp4")
    check_writable(tmp_path / "new.mp4")

    assert [path.name for path in tmp_path.iterdir()] == ["old.mp4"]
    assert (tmp_path / "old.mp4").read_bytes() == b"older"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EFBIG, "disk is full"),
        (errno.EROFS, "may not be written"),
        (errno.EACCES, "may not be written"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_each_failure_has_a_sentence_and_a_hint(tmp_path, number, words):
    error = recording_error(tmp_path / "clip.mp4", OSError(number, os.strerror(number)))

    assert words in error.message
    assert "clip.mp4" in error.message
    assert error.hint.endswith(".")
