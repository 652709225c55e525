from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from avatar_core.errors import RecordingError
from avatar_core.recording.clip_file import ClipFile, check_place, check_writable, recording_error


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


def test_pictures_take_the_place_of_their_own_kind_alone(tmp_path):
    folder = tmp_path / "shot.v2"
    check_place(folder, is_folder=True)
    assert not folder.exists()
    folder.mkdir()
    check_place(folder, is_folder=True)
    for name in ("shot.v2_000000.png", "shot.v2_1000000.png", "shot.v2.wav", "shot.v2_000001.part"):
        (folder / name).write_bytes(b"")
    (folder / "Thumbs.db").write_bytes(b"")
    check_place(folder, is_folder=True)


@pytest.mark.parametrize(
    "name",
    ["holiday.jpg", "shot_v2_000000.png", "shot.v2_last.png", "shot.v2_000000.png.bak", ".git"],
)
def test_a_folder_with_other_things_is_not_replaced(tmp_path, name):
    folder = tmp_path / "shot.v2"
    folder.mkdir()
    (folder / "shot.v2_000000.png").write_bytes(b"")
    (folder / name).write_bytes(b"dear")

    with pytest.raises(RecordingError) as caught:
        check_place(folder, is_folder=True)

    assert name in caught.value.message
    assert "new name" in caught.value.hint
    assert len(list(folder.iterdir())) == 2


def test_a_film_takes_the_place_of_no_folder_and_pictures_that_of_no_file(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"dear")
    with pytest.raises(RecordingError, match="folder is a folder"):
        check_place(tmp_path / "folder", is_folder=False)
    with pytest.raises(RecordingError, match="file is a file"):
        check_place(tmp_path / "file", is_folder=True)
    assert (tmp_path / "file").read_bytes() == b"dear"
