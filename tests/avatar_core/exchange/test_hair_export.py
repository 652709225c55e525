from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError, RenderError
from avatar_core.exchange import export_hair, hair_export
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.hair_file import load_hair
from avatar_core.project import with_hair

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset


@pytest.fixture
def _no_graphics(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RenderError("No OpenGL.")

    monkeypatch.setattr(hair_export, "render_frame", fail)


@pytest.mark.usefixtures("_no_graphics")
def test_what_is_written_can_be_put_on_and_what_is_missing_is_told(
    small_avatar: AvatarAsset, tmp_path: Path
) -> None:
    flags = np.zeros(20, np.uint8)
    flags[:3] = DELETED
    asset = replace(small_avatar, hair=replace(small_avatar.hair, flags=flags))
    report = export_hair(asset, tmp_path / "bob.hair", "Bob")
    assert (report.folder, report.files) == (tmp_path, ("bob.hair",))
    assert any("3 deleted" in note for note in report.notes)
    assert any("no picture" in note and "No OpenGL" in note for note in report.notes)
    hair = load_hair(tmp_path / "bob.hair")
    assert (hair.name, hair.picture) == ("Bob", None)
    worn = with_hair(small_avatar, hair).hair
    np.testing.assert_allclose(worn.means, small_avatar.hair.means[3:], atol=1e-5)


@pytest.mark.usefixtures("_no_graphics")
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


@pytest.mark.gl
def test_the_picture_shows_the_hair(tmp_path: Path) -> None:
    demo = load_demo_avatar()
    sh = np.zeros_like(demo.hair.sh)
    sh[:, 0] = [-2.0, 2.0, -2.0]
    export_hair(replace(demo, hair=replace(demo.hair, sh=sh)), tmp_path / "green.hair")
    picture = load_hair(tmp_path / "green.hair").picture
    assert picture is not None
    assert picture.shape == (192, 192, 3)
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    is_green = (green > red + 80) & (green > blue + 80)
    assert 0.15 < is_green.mean() < 0.8
    assert not is_green[:, [0, -1]].any()
