"""How well hair covers a scalp, and what closes its gaps."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.project.cover import ScalpPlaces, cover, undercoat, with_hair_colour

STEP_M = 0.005
BROWN, SKIN = (0.3, 0.2, 0.1), (0.9, 0.7, 0.6)


@pytest.fixture
def field() -> ScalpPlaces:
    """A level scalp of 20 x 20 triangles 5 mm apart, outside upwards."""
    across = STEP_M * np.arange(20)
    middles = np.array([(x, 0.0, z) for x in across for z in across], np.float32)
    corner = STEP_M / 3 * np.array([[1, 0, 0], [-1, 0, 1], [0, 0, -1]], np.float32)
    return ScalpPlaces(middles[:, None] + corner, np.tile(np.float32([0, 1, 0]), (400, 1)))


def hair_over(points: np.ndarray, height_m: float = 0.003, opacity: float = 0.9) -> GaussianCloud:
    """A lock lying along x over each point: three Gaussians above one another."""
    levels = np.array([0, 0.001, 0.002]) + height_m
    means = (points[:, None] + levels[:, None] * [0, 1, 0]).reshape(-1, 3)
    count = len(means)
    return GaussianCloud(
        means.astype(np.float32),
        np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
        np.tile(np.float32([0.008, 0.002, 0.002]), (count, 1)),
        np.full(count, opacity, np.float32),
        sh_from_colours(np.tile(np.float32(BROWN), (count, 1)), 4),
        np.zeros(count, np.uint8),
    )


def test_cover_is_the_opacity_of_what_lies_over_a_place(field: ScalpPlaces) -> None:
    one = hair_over(field.points[210:211], opacity=0.5)
    seen = cover(one, field)
    assert seen[210] == pytest.approx(1 - 0.5**3, abs=1e-4)
    # 5 mm along z is two and a half standard deviations of each.
    assert seen[211] == pytest.approx(1 - (1 - 0.5 * np.exp(-3.125)) ** 3, abs=1e-4)
    assert seen[0] == 0


def test_hair_beneath_the_skin_covers_nothing(field: ScalpPlaces) -> None:
    assert cover(hair_over(field.points, height_m=-0.02), field).max() < 1e-6
    assert not cover(GaussianCloud.empty(4), field).any()


def test_bare_places_are_closed_with_hair_like_that_beside_them(field: ScalpPlaces) -> None:
    is_back = field.points[:, 0] > 0.05
    hair = hair_over(field.points[is_back])
    wanted = np.where(field.points[:, 0] > 0.03, 1, 0).astype(np.float32)
    more = undercoat(hair, field, wanted)
    whole = hair.followed_by(more)
    assert (cover(hair, field)[wanted > 0] < 0.5).any()
    assert (cover(whole, field)[wanted > 0] > 0.5).all()
    np.testing.assert_allclose(more.sh, hair.sh[: len(more)], atol=1e-6)
    assert (more.means[:, 1] > 0).all()
    # It ends where the hair it stands in for does.
    assert cover(whole, field)[field.points[:, 0] < 0.015].max() < 0.1


def test_hair_for_a_part_of_the_scalp_stays_that(field: ScalpPlaces) -> None:
    wanted = np.ones(400, np.float32)
    for depth_m, is_closed in ((0.06, True), (0.03, False)):
        tuft = hair_over(field.points[field.points[:, 0] < depth_m])
        assert (len(undercoat(tuft, field, wanted)) > 0) == is_closed


def test_nothing_is_added_where_nothing_is_bare_or_nothing_is_there(field: ScalpPlaces) -> None:
    wanted = np.ones(400, np.float32)
    assert len(undercoat(hair_over(field.points), field, wanted)) == 0
    assert len(undercoat(GaussianCloud.empty(4), field, wanted)) == 0
    assert len(undercoat(hair_over(field.points[:9]), field, 0 * wanted)) == 0
    with pytest.raises(ShapeError, match="wanted"):
        undercoat(hair_over(field.points), field, wanted[:5])


def test_roots_lose_the_colour_of_skin(field: ScalpPlaces) -> None:
    hair = hair_over(field.points)
    rng = np.random.default_rng(1)
    colours = np.float32(BROWN) + rng.normal(0, 0.02, (len(hair), 3)).astype(np.float32)
    colours[30:33] = SKIN
    hair.sh[:] = sh_from_colours(colours, 4)
    better = with_hair_colour(hair, field)
    brown = sh_from_colours(np.float32([BROWN]), 4)
    np.testing.assert_allclose(better.sh[30:33], np.repeat(brown, 3, axis=0), atol=0.1)
    changed = (better.sh != hair.sh).any(axis=(1, 2))
    assert changed[30:33].all()
    assert changed.mean() < 0.05
