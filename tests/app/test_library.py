from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QImage

from app.library import KnownAvatars, LibraryEntry, Portraits

if TYPE_CHECKING:
    from pathlib import Path

    from app.preferences import Preferences


@pytest.fixture
def avatar(tmp_path: Path) -> Path:
    path = tmp_path / "bruno.avatar"
    path.write_bytes(b"an avatar")
    return path


def _picture(colour: str, width: int = 400, height: int = 300) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def test_avatars_are_known_again_and_words_kept_up_to_date(
    preferences: Preferences, avatar: Path
) -> None:
    known = KnownAvatars(preferences)
    known.add(LibraryEntry("demo:rosa", "Rosa"))
    known.add(LibraryEntry(str(avatar), "Bruno", "old words"))
    known.add(LibraryEntry(str(avatar), "Bruno", "new words"))
    entries = KnownAvatars(preferences).entries()
    assert [entry.name for entry in entries] == ["Rosa", "Bruno"]
    assert entries[1].description == "new words"


def test_avatars_leave_the_list_with_their_file_or_on_request(
    preferences: Preferences, avatar: Path
) -> None:
    known = KnownAvatars(preferences)
    known.add(LibraryEntry("demo:rosa", "Rosa"))
    known.add(LibraryEntry(str(avatar), "Bruno"))
    avatar.unlink()
    assert [entry.name for entry in known.entries()] == ["Rosa"]
    known.remove("demo:rosa")
    assert known.entries() == []


def test_a_spoilt_list_is_an_empty_one(preferences: Preferences) -> None:
    preferences.remember("avatars", [{"reference": "demo:rosa"}, 7, "x"])
    assert KnownAvatars(preferences).entries() == []


def test_portraits_are_square_and_found_again(tmp_path: Path, avatar: Path) -> None:
    portraits = Portraits(tmp_path / "cache")
    assert portraits.find(str(avatar)) is None
    portraits.keep(str(avatar), _picture("#336699"))
    found = Portraits(tmp_path / "cache").find(str(avatar))
    assert found is not None
    assert found.width() == found.height()
    assert found.pixelColor(90, 90).name() == "#336699"


def test_a_changed_avatar_has_no_portrait_yet(tmp_path: Path, avatar: Path) -> None:
    portraits = Portraits(tmp_path / "cache")
    portraits.keep(str(avatar), _picture("red"))
    avatar.write_bytes(b"another avatar")
    os.utime(avatar, (1, 1))
    assert portraits.find(str(avatar)) is None


def test_without_a_folder_or_a_file_there_are_simply_no_portraits(
    tmp_path: Path, avatar: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    Portraits(blocked / "cache").keep(str(avatar), _picture("red"))
    portraits = Portraits(tmp_path / "cache")
    portraits.keep(str(tmp_path / "missing.avatar"), _picture("red"))
    portraits.keep("demo:nobody", _picture("red"))
    portraits.keep(str(avatar), QImage())
    assert portraits.find(str(avatar)) is None
