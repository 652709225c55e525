"""A file of Gaussians as hair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.exchange.hair_import import hair_from_gaussians
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.io.gaussian_files import write_gaussians
from avatar_core.io.gaussian_ply import PlyGaussians, write_gaussian_ply
from avatar_core.project.hairstyle import Similarity, moved_gaussians

if TYPE_CHECKING:
    from pathlib import Path

UPSIDE_DOWN = matrix_from_axis_angle(np.array([np.pi, 0.0, 0.0], np.float32))


def test_a_file_in_other_axes_is_mended_and_told_about(tmp_path: Path) -> None:
    hair = AvatarShelf().load("demo:omar").hair.subset(slice(0, None, 3))
    hair = replace(hair, flags=np.full(len(hair), DELETED, np.uint8))
    foreign = moved_gaussians(hair, Similarity(10.0, UPSIDE_DOWN, np.zeros(3, np.float32)))
    means, scales, opacities = foreign.means.copy(), foreign.scales.copy(), foreign.opacities.copy()
    means[7], means[8] = np.nan, (9.0, 9.0, 9.0)
    scales[9], opacities[10] = 0.9, 1e-4
    foreign = replace(foreign, means=means, scales=scales, opacities=opacities)
    write_gaussian_ply(tmp_path / "bob.ply", PlyGaussians(foreign))

    found = hair_from_gaussians(tmp_path / "bob.ply")
    said = "\n".join(found.notes)
    for words in ("no place", "float far", "far larger", "too faint", f"4996 of {len(hair)}"):
        assert words in said
    assert found.name == "bob"
    assert len(found.gaussians) == 4996
    assert not found.gaussians.flags.any()
    kept = np.delete(foreign.means, [7, 8, 9, 10], axis=0)
    np.testing.assert_array_equal(found.gaussians.means, kept)


def test_a_file_without_hair_is_refused(tmp_path: Path) -> None:
    hair = AvatarShelf().load("demo:omar").hair.subset(slice(20))
    unseen = replace(hair, opacities=np.full(20, 1e-4, np.float32))
    for cloud in (hair.subset(slice(0)), unseen):
        write_gaussian_ply(tmp_path / "few.ply", PlyGaussians(cloud))
        with pytest.raises(AssetError, match="few") as caught:
            hair_from_gaussians(tmp_path / "few.ply")
        assert caught.value.hint
    with pytest.raises(AssetError, match="not found"):
        hair_from_gaussians(tmp_path / "none.ply")


@pytest.mark.parametrize("suffix", ["spz", "splat"])
def test_packed_files_of_others_are_hair_too(suffix: str, tmp_path: Path) -> None:
    hair = AvatarShelf().load("demo:omar").hair.subset(slice(0, None, 3))
    foreign = moved_gaussians(hair, Similarity(2.0, UPSIDE_DOWN, np.zeros(3, np.float32)))
    write_gaussians(tmp_path / f"bob.{suffix}", foreign)
    found = hair_from_gaussians(tmp_path / f"bob.{suffix}")
    assert found.notes == (f"{len(hair)} of {len(hair)} Gaussians are taken.",)
    np.testing.assert_allclose(found.gaussians.means, foreign.means, atol=1e-6)
