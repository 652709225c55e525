from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.io import asset_references
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES
from avatar_core.project import DEMO_AVATAR

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ada.avatar"
    path.write_bytes(b"an avatar")
    return path


def test_bundled_avatars_go_by_name() -> None:
    assert AVATARS.path(DEMO_AVATAR).name == "rosa.avatar"
    assert AVATARS.sha256(DEMO_AVATAR) == ""
    with pytest.raises(AssetError, match="missing"):
        AVATARS.path("demo:nobody")


def test_names_of_bundled_avatars_cannot_lead_elsewhere() -> None:
    with pytest.raises(AssetError, match="comes with the studio"):
        AVATARS.path("demo:../../etc/passwd")


def test_hash_is_that_of_the_file(file: Path) -> None:
    assert AVATARS.sha256(str(file)) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_file_that_changed_is_noticed(file: Path) -> None:
    sha256 = AVATARS.sha256(str(file))
    AVATARS.expect(str(file), sha256)
    AVATARS.expect(str(file), "")
    file.write_bytes(b"other")
    with pytest.raises(AssetError, match=r"ada\.avatar has changed"):
        AVATARS.expect(str(file), sha256)


def test_a_folder_is_no_avatar(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="could not be read"):
        AVATARS.sha256(str(tmp_path))


def test_bundled_ones_are_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_references, "resource_folder", lambda: tmp_path)
    assert HAIRSTYLES.bundled() == []
    folder = tmp_path / "demo" / "hair"
    folder.mkdir(parents=True)
    assert HAIRSTYLES.bundled() == []
    for name in ("short.hair", "blond.hair", "no name.hair", "notes.txt"):
        (folder / name).touch()
    assert HAIRSTYLES.bundled() == ["demo:blond", "demo:short"]


def test_errors_name_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"The hairstyle bob\.hair was not found"):
        HAIRSTYLES.expect(str(tmp_path / "bob.hair"), "")
    with pytest.raises(AssetError, match="No hairstyle called"):
        HAIRSTYLES.path("demo:../bob")
