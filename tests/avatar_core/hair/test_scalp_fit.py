"""Hair from elsewhere on this head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.hair.scalp_fit import UNMOVED, HairFit, fit_hair
from avatar_core.heads import BlendshapeHead
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.project import AvatarAsset, hair_of
from avatar_core.project.hairstyle import Similarity, moved_gaussians

TURN = matrix_from_axis_angle(np.array([0.3, -1.2, 0.4], np.float32))
ODD = Similarity(40.0, TURN, np.array([3.0, -8.0, 1.0], np.float32))
"""The axes and the unit of a foreign file."""


@pytest.fixture(scope="module")
def omar() -> AvatarAsset:
    return AvatarShelf().load("demo:omar")


def test_a_hairstyle_of_the_same_head_model_fits_by_its_vertices(omar: AvatarAsset) -> None:
    fit = fit_hair(omar, hair_of(AvatarShelf().load("demo:rosa")))
    assert fit.warp is not None
    assert fit.certainty == 1
    assert fit.residual_m < 0.0015


def test_corrections_by_hand_come_last_and_add_up(omar: AvatarAsset) -> None:
    hair = omar.hair.subset(np.flatnonzero(omar.hair.means[:, 1] > 0.1)[:40])
    up = Similarity(1.0, np.eye(3, dtype=np.float32), np.array([0, 0.1, 0], np.float32))
    grown = Similarity(2.0, TURN, np.zeros(3, np.float32))
    fit = HairFit(UNMOVED).corrected(up).corrected(grown)
    fitted = fit.fitted(hair, omar.head)
    wanted = 2 * (hair.means + np.float32([0, 0.1, 0])) @ TURN.T
    np.testing.assert_allclose(fitted.means, wanted, atol=1e-6)
    np.testing.assert_allclose(fitted.scales, 2 * hair.scales, rtol=1e-5)


def test_similarities_follow_one_another() -> None:
    points = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    small = Similarity(0.5, TURN.T, np.array([0.1, 0.2, 0.3], np.float32))
    both = ODD.then(small)
    np.testing.assert_allclose(both.points(points), small.points(ODD.points(points)), atol=1e-4)


def test_hair_without_a_scalp_is_found_whatever_its_axes_and_unit(omar: AvatarAsset) -> None:
    fit = fit_hair(omar, moved_gaussians(omar.hair, ODD))
    way = ODD.then(fit.similarity)
    scalp = hair_of(omar).scalp
    assert way.scale == pytest.approx(1, abs=0.08)
    assert np.median(np.linalg.norm(way.points(scalp) - scalp, axis=1)) < 0.015
    assert fit.residual_m < 0.006
    assert fit.certainty <= 1
    assert fit.is_sure
    assert not replace(fit, certainty=0.05).is_sure
    assert not replace(fit, residual_m=0.02).is_sure


@pytest.mark.parametrize("count", [0, 1, 99])
def test_too_little_hair_is_refused(omar: AvatarAsset, count: int) -> None:
    with pytest.raises(AssetError, match="too few visible") as caught:
        fit_hair(omar, omar.hair.subset(slice(count)))
    assert caught.value.hint


def test_hair_in_one_place_or_unseen_is_refused(omar: AvatarAsset) -> None:
    for hair in (
        replace(omar.hair, means=0 * omar.hair.means, scales=0 * omar.hair.scales),
        replace(omar.hair, opacities=0 * omar.hair.opacities),
        GaussianCloud.empty(9),
    ):
        with pytest.raises(AssetError, match="too few visible"):
            fit_hair(omar, hair)


def test_a_head_without_a_scalp_takes_no_foreign_hair(
    omar: AvatarAsset, head_arrays: dict[str, np.ndarray]
) -> None:
    bare = {**head_arrays, "scalp_vertex_ids": np.zeros(0, np.int32)}
    with pytest.raises(AssetError, match="where its scalp is"):
        fit_hair(replace(omar, head=BlendshapeHead.from_arrays(bare)), omar.hair)
