"""What is said of files that cannot be read, and whether there are any."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from avatar_core.errors import AssetError
from avatar_core.io.reading import is_file, is_folder, reading


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (FileNotFoundError(), "ann.ply was not found.", "moved or renamed"),
        (NotADirectoryError(), "ann.ply was not found.", "moved or renamed"),
        (IsADirectoryError(), "ann.ply is a folder.", "Choose a file"),
        (OSError(errno.EIO, "Disk failed"), "ann.ply could not be read: Disk failed.", "the disk"),
        (OSError("odd"), "ann.ply could not be read: odd.", "the disk"),
    ],
)
def test_the_sentence_says_why(tmp_path: Path, error: OSError, message: str, hint: str) -> None:
    with pytest.raises(AssetError) as caught, reading(tmp_path / "ann.ply"):
        raise error
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_other_mistakes_pass(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), reading(tmp_path / "ann.ply"):
        raise ZeroDivisionError


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert (is_file(tmp_path / "a"), is_folder(tmp_path / "a")) == (True, False)
    assert (is_file(tmp_path), is_folder(tmp_path)) == (False, True)


def test_where_nobody_may_look_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_long = tmp_path / ("x" * 300)
    assert not is_file(too_long)
    assert not is_folder(too_long)

    def refuse(_path: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "stat", refuse)
    assert not is_file(tmp_path)
    assert not is_folder(tmp_path)
