"""What is said of files that cannot be read."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.io.reading import reading

if TYPE_CHECKING:
    from pathlib import Path


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
