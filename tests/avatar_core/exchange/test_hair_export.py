from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.exchange.gaussian_export import export_gaussians
from avatar_core.exchange.hair_export import export_hair
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED
from avatar_core.io.hair_file import load_hair
from avatar_core.project import with_hair

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset


def test_what_is_written_can_be_put_on_and_what_is_missing_is_told(
    small_avatar: AvatarAsset, tmp_path: Path
) -> None:
    flags = np.zeros(20, np.uint8)
    flags[:3] = DELETED
    asset = replace(small_avatar, hair=replace(small_avatar.hair, flags=flags))
    report = export_hair(asset, tmp_path / "bob.hair", "Bob")
    assert (report.folder, report.files) == (tmp_path, ("bob.hair",))
    assert any("3 deleted" in note for note in report.notes)
    assert any("no picture" in note for note in report.notes)
    hair = load_hair(tmp_path / "bob.hair")
    assert (hair.name, hair.picture) == ("Bob", None)
    worn = with_hair(small_avatar, hair).hair
    np.testing.assert_allclose(worn.means, small_avatar.hair.means[3:], atol=1e-5)


def test_an_earlier_file_is_replaced_but_no_file_of_another_kind(
    small_avatar: AvatarAsset, tmp_path: Path
) -> None:
    for name in ("Bob", "Bobbed"):
        export_hair(small_avatar, tmp_path / "bob.hair", name)
    assert load_hair(tmp_path / "bob.hair").name == "Bobbed"
    (tmp_path / "ada.avatar").write_bytes(b"precious")
    with pytest.raises(AssetError, match=r"ada\.avatar does not end in \.hair"):
        export_hair(small_avatar, tmp_path / "ada.avatar")
    assert (tmp_path / "ada.avatar").read_bytes() == b"precious"


def test_a_bald_avatar_is_refused(small_avatar: AvatarAsset, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no hair"):
        export_hair(replace(small_avatar, hair=GaussianCloud.empty()), tmp_path / "bob.hair")
    assert not (tmp_path / "bob.hair").exists()


def test_hair_of_which_nothing_can_be_drawn_is_refused(
    small_avatar: AvatarAsset, tmp_path: Path
) -> None:
    nowhere = replace(small_avatar.hair, means=np.full((20, 3), np.nan, np.float32))
    with pytest.raises(AssetError, match="no hair that can be drawn") as refused:
        export_hair(replace(small_avatar, hair=nowhere), tmp_path / "bob.hair")
    assert "Gaussians have no place" in refused.value.hint
    with pytest.raises(AssetError, match="no hair") as refused:
        export_gaussians(replace(small_avatar, hair=nowhere), tmp_path / "bob.ply")
    assert "Gaussians have no place" in refused.value.hint
    assert not list(tmp_path.iterdir())


def test_a_picture_goes_into_the_file(small_avatar: AvatarAsset, tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    report = export_hair(small_avatar, tmp_path / "bob.hair", picture=picture)
    np.testing.assert_array_equal(load_hair(tmp_path / "bob.hair").picture, picture)
    assert not any("picture" in note for note in report.notes)
