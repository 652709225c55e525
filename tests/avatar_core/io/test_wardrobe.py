from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar_core.errors import AssetError
from avatar_core.io.avatar_shelf import HairShelf
from avatar_core.io.wardrobe import Wardrobe
from avatar_core.project import AvatarAsset, HairAsset, hair_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def hair(small_avatar: AvatarAsset) -> HairAsset:
    return hair_of(small_avatar, "Bob")


@pytest.fixture
def bob(tmp_path: Path) -> str:
    path = tmp_path / "bob.hair"
    path.write_bytes(b"read by a stand-in")
    return str(path)


@pytest.fixture
def wardrobe(hair: HairAsset) -> Wardrobe:
    return Wardrobe(HairShelf(read=lambda _path: hair))


def test_the_same_choice_gives_the_same_asset(
    wardrobe: Wardrobe, small_avatar: AvatarAsset, bob: str
) -> None:
    worn = wardrobe.dressed(small_avatar, bob)
    assert len(worn.hair) == len(wardrobe.load(bob).gaussians)
    assert wardrobe.dressed(small_avatar, bob) is worn
    other = replace(small_avatar, name="Bea")
    assert wardrobe.dressed(other, bob).name == "Bea"


def test_without_a_hairstyle_the_avatar_is_itself(
    wardrobe: Wardrobe, small_avatar: AvatarAsset
) -> None:
    assert wardrobe.dressed(small_avatar, "") is small_avatar
    assert wardrobe.misfit(small_avatar, "") is None


def test_a_misfit_is_told_from_a_missing_file(
    wardrobe: Wardrobe, small_avatar: AvatarAsset, hair: HairAsset, bob: str
) -> None:
    assert wardrobe.misfit(small_avatar, bob) is None
    assert wardrobe.misfit(small_avatar, f"{bob}.gone") is None
    scalp = hair.scalp[::-1]  # the right vertices, but not where they belong
    strange = Wardrobe(HairShelf(read=lambda _path: replace(hair, scalp=scalp)))
    error = strange.misfit(small_avatar, bob)
    assert error is not None
    assert "another kind of head" in error.message
    with pytest.raises(AssetError, match="another kind of head"):
        strange.dressed(small_avatar, bob)
