from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.io.avatar_file import save_avatar
from avatar_core.io.avatar_shelf import AvatarShelf, HairShelf
from avatar_core.io.hair_file import save_hair
from avatar_core.project import hair_of

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset


@pytest.fixture
def file(tmp_path: Path, small_avatar: AvatarAsset) -> Path:
    path = tmp_path / "ada.avatar"
    save_avatar(small_avatar, path)
    return path


class CountingReader:
    def __init__(self, asset: AvatarAsset) -> None:
        self.asset = asset
        self.read: list[Path] = []

    def __call__(self, path: Path) -> AvatarAsset:
        self.read.append(path)
        return self.asset


@pytest.fixture
def reader(small_avatar: AvatarAsset) -> CountingReader:
    return CountingReader(small_avatar)


def test_loads_by_path(file: Path, small_avatar: AvatarAsset) -> None:
    assert AvatarShelf().load(str(file)).name == small_avatar.name


def test_reads_a_file_once_while_it_stays_the_same(file: Path, reader: CountingReader) -> None:
    shelf = AvatarShelf(reader)
    assert shelf.load(str(file)) is shelf.load(str(file))
    assert len(reader.read) == 1
    file.write_bytes(file.read_bytes() + b"more")
    shelf.load(str(file))
    assert len(reader.read) == 2


def test_keeps_the_latest_few_only(tmp_path: Path, reader: CountingReader) -> None:
    shelf = AvatarShelf(reader)
    paths = [tmp_path / f"{at}.avatar" for at in range(5)]
    for path in paths:
        path.touch()
        shelf.load(str(path))
    shelf.load(str(paths[-1]))
    assert len(reader.read) == 5
    shelf.load(str(paths[0]))
    assert len(reader.read) == 6


def test_threads_share_one_reading(file: Path, reader: CountingReader) -> None:
    shelf = AvatarShelf(reader)
    with ThreadPoolExecutor(4) as pool:
        assets = list(pool.map(shelf.load, [str(file)] * 8))
    assert len(reader.read) == 1
    assert all(asset is assets[0] for asset in assets)


def test_a_file_that_failed_is_tried_again(file: Path, small_avatar: AvatarAsset) -> None:
    failures = [AssetError("damaged")]

    def read(path: Path) -> AvatarAsset:
        if failures:
            raise failures.pop()
        return small_avatar

    shelf = AvatarShelf(read)
    with pytest.raises(AssetError, match="damaged"):
        shelf.load(str(file))
    assert shelf.load(str(file)) is small_avatar


@pytest.mark.parametrize("reference", ["/gone/ada.avatar", "a\0b"])
def test_an_avatar_that_was_moved_is_named(reference: str) -> None:
    with pytest.raises(AssetError, match="was not found") as caught:
        AvatarShelf().load(reference)
    assert "Choose it again" in caught.value.hint


def test_hairstyles_come_the_same_way(tmp_path: Path, small_avatar: AvatarAsset) -> None:
    save_hair(hair_of(small_avatar, "Bob"), tmp_path / "bob.hair")
    shelf = HairShelf()
    assert shelf.load(str(tmp_path / "bob.hair")).name == "Bob"
    assert shelf.load(str(tmp_path / "bob.hair")) is shelf.load(str(tmp_path / "bob.hair"))
    with pytest.raises(AssetError, match=r"The hairstyle gone\.hair was not found"):
        shelf.load(str(tmp_path / "gone.hair"))
