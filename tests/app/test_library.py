from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from app.library import HairLabels, KnownAssets, LibraryEntry, PortraitLabels, Portraits, image_of
from avatar_core.gaussians import GaussianCloud
from avatar_core.io.hair_file import save_hair
from avatar_core.io.portrait_file import save_portrait
from avatar_core.project import CropBox, HairAsset, Portrait

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
    known = KnownAssets(preferences, "avatars")
    known.add(LibraryEntry("demo:rosa", "Rosa"))
    known.add(LibraryEntry(str(avatar), "Bruno", "old words"))
    known.add(LibraryEntry(str(avatar), "Bruno", "new words"))
    entries = KnownAssets(preferences, "avatars").entries()
    assert [entry.name for entry in entries] == ["Rosa", "Bruno"]
    assert entries[1].description == "new words"


def test_avatars_leave_the_list_with_their_file_or_on_request(
    preferences: Preferences, avatar: Path
) -> None:
    known = KnownAssets(preferences, "avatars")
    known.add(LibraryEntry("demo:rosa", "Rosa"))
    known.add(LibraryEntry(str(avatar), "Bruno"))
    avatar.unlink()
    assert [entry.name for entry in known.entries()] == ["Rosa"]
    known.remove("demo:rosa")
    assert known.entries() == []


def test_a_spoilt_list_is_an_empty_one(preferences: Preferences) -> None:
    preferences.remember("avatars", [{"reference": "demo:rosa"}, 7, "x"])
    assert KnownAssets(preferences, "avatars").entries() == []


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


def test_lists_of_different_kinds_are_kept_apart(preferences: Preferences, avatar: Path) -> None:
    KnownAssets(preferences, "avatars").add(LibraryEntry(str(avatar), "Bruno"))
    KnownAssets(preferences, "hairstyles").add(LibraryEntry("demo:bob", "Bob"))
    assert [e.name for e in KnownAssets(preferences, "avatars").entries()] == ["Bruno"]
    assert [e.name for e in KnownAssets(preferences, "hairstyles").entries()] == ["Bob"]


def _hair(name: str) -> HairAsset:
    scalp, ids = np.eye(3, dtype=np.float32), np.arange(3, dtype=np.int32)
    picture = np.full((4, 5, 3), (10, 20, 30), np.uint8)
    return HairAsset(name, "", GaussianCloud.empty(), scalp, ids, picture)


def test_labels_follow_the_file_and_read_each_state_once(tmp_path: Path) -> None:
    path = tmp_path / "bob.hair"
    labels = HairLabels()
    assert labels.find(str(path)) is None
    save_hair(_hair("Bob"), path)
    label = labels.find(str(path))
    assert label is not None
    assert label.name == "Bob"
    assert labels.find(str(path)) is label
    save_hair(_hair("Bobbed"), path)
    os.utime(path, (1, 1))
    assert labels.find(str(path)).name == "Bobbed"  # type: ignore[union-attr]
    path.write_bytes(b"damaged")
    assert labels.find(str(path)) is None
    assert labels.find("demo:../bob") is None


def test_portraits_have_labels_too(tmp_path: Path) -> None:
    picture = np.full((64, 64, 3), 90, np.uint8)
    save_portrait(Portrait("Ann", "", picture, CropBox(0, 0, 64)), tmp_path / "ann.portrait")
    label = PortraitLabels().find(str(tmp_path / "ann.portrait"))
    assert label is not None
    assert label.name == "Ann"


def test_pictures_for_qt_keep_their_pixels() -> None:
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[1, 2] = (255, 128, 0)
    image = image_of(picture)
    picture[:] = 7
    assert (image.width(), image.height()) == (5, 4)
    assert image.pixelColor(2, 1).name() == "#ff8000"
