"""Outlines, balls, strokes, colours and ranges, against counting one Gaussian at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud, seen_colours
from avatar_core.geometry import Camera, look_at, matrix_from_axis_angle
from avatar_core.hair.brush import Falloff
from avatar_core.hair.colour import oklab_from_srgb
from avatar_core.hair.regions import (
    SelectionStroke,
    polygon_mask,
    rows_by_colour,
    rows_in_capsule,
    rows_in_mask,
    rows_in_range,
    rows_in_sphere,
    seen_from,
)

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair

SIZE = (60, 80)


@pytest.fixture
def camera() -> Camera:
    view = look_at(np.float32([0.1, 0.05, 0.4]), np.zeros(3, np.float32))
    return Camera.from_fov(view, 0.5, SIZE[1], SIZE[0])


def _is_inside(x: float, y: float, points: np.ndarray) -> bool:
    """Even or odd crossings of a ray to the right."""
    inside = False
    for (x1, y1), (x2, y2) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def _edge_distance(x: float, y: float, points: np.ndarray) -> float:
    best, here = np.inf, np.array([x, y])
    for one, other in zip(points, np.roll(points, -1, axis=0), strict=True):
        part = np.clip((here - one) @ (other - one) / ((other - one) @ (other - one)), 0, 1)
        best = min(best, float(np.linalg.norm(here - one - part * (other - one))))
    return best


@pytest.mark.parametrize("is_crossed", [False, True])
def test_a_lasso_holds_what_it_goes_around(is_crossed: bool) -> None:
    points = np.array([[10.2, 5.7], [70.4, 12.1], [60.8, 50.3], [30.5, 20.9], [15.1, 54.6]])
    if is_crossed:
        points = points[[0, 2, 1, 4, 3]]
    mask = polygon_mask(SIZE, points)
    for y in range(SIZE[0]):
        for x in range(SIZE[1]):
            # The line itself is drawn too, about a pixel wide.
            if _edge_distance(x + 0.5, y + 0.5, points) > 1.1:
                assert mask[y, x] == _is_inside(x + 0.5, y + 0.5, points), (x, y)


def test_two_points_enclose_nothing_and_far_ones_do_no_harm() -> None:
    assert not polygon_mask(SIZE, [[5, 5], [50, 50]]).any()
    assert not polygon_mask(SIZE, []).any()
    assert polygon_mask(SIZE, [[-1e9, -1e9], [1e9, -1e9], [1e9, 1e9], [-1e9, 1e9]]).all()


def test_gaussians_are_found_where_they_show(known_hair: KnownHair, camera: Camera) -> None:
    means = known_hair.cloud.means
    mask = np.zeros(SIZE, bool)
    mask[10:40, 20:55] = True
    weights = rows_in_mask(means, camera, mask)
    pixels, _ = camera.project(means)
    expected = [(20 <= x < 55) and (10 <= y < 40) for x, y in pixels]
    assert weights.dtype == np.float32
    assert 0 < weights.sum() < len(means)
    np.testing.assert_array_equal(weights, expected)


def test_only_visible_ones_where_that_is_asked(known_hair: KnownHair, camera: Camera) -> None:
    means = known_hair.cloud.means
    mask = np.ones(SIZE, bool)
    allowed = known_hair.lock == 3
    both = rows_in_mask(means, camera, mask) * allowed
    np.testing.assert_array_equal(rows_in_mask(means, camera, mask, allowed), both)
    assert both.any()


def test_what_is_behind_the_camera_or_beside_the_picture_is_out(camera: Camera) -> None:
    forward, right = camera.forward, camera.view[0, :3]
    means = np.stack(
        [
            camera.position + 0.3 * forward,
            camera.position - 0.3 * forward,
            camera.position,
            camera.position + 0.3 * forward + 5 * right,
            camera.position + 0.3 * forward - 5 * right,
        ]
    ).astype(np.float32)
    weights = rows_in_mask(means, camera, np.ones(SIZE, bool))
    np.testing.assert_array_equal(weights, [1, 0, 0, 0, 0])


def test_a_mask_of_another_picture_is_refused(camera: Camera) -> None:
    with pytest.raises(ShapeError, match="mask"):
        rows_in_mask(np.zeros((1, 3), np.float32), camera, np.ones((3, 3), bool))


def test_a_ball_holds_what_is_nearer_than_its_radius(known_hair: KnownHair) -> None:
    means, centre = known_hair.cloud.means, known_hair.cloud.means[100] + np.float32(0.003)
    distances = np.array([np.linalg.norm(mean - centre) for mean in means])
    whole = rows_in_sphere(means, centre, 0.02)
    np.testing.assert_array_equal(whole, distances < 0.02)
    soft = rows_in_sphere(means, centre, 0.02, Falloff.LINEAR)
    np.testing.assert_allclose(soft, np.clip(1 - distances / 0.02, 0, 1), atol=1e-5)


def test_a_fast_stroke_leaves_no_gaps() -> None:
    line = np.zeros((101, 3), np.float32)
    line[:, 0] = np.linspace(-0.1, 0.1, 101)
    beside = line + np.float32([0, 0.02, 0])
    stroke = SelectionStroke(np.concatenate([line, beside]))
    stroke.dab(np.float32([-0.08, 0, 0]), 0.01)
    first = stroke.weights
    stroke.dab(np.float32([0.08, 0, 0]), 0.01)
    on_line, off_line = stroke.weights[:101], stroke.weights[101:]
    np.testing.assert_array_equal(on_line, np.abs(line[:, 0]) < 0.09 - 1e-6)
    assert not off_line.any()
    assert first.sum() < 15, "handed over weights are not written"


def test_a_capsule_is_the_union_of_the_balls_along_it(known_hair: KnownHair) -> None:
    means = known_hair.cloud.means
    start, end = np.float32([-0.05, 0.09, 0]), np.float32([0.06, 0.08, -0.04])
    balls = [
        rows_in_sphere(means, (start + part * (end - start)).astype(np.float32), 0.02,
                       Falloff.LINEAR)
        for part in np.linspace(0, 1, 201)
    ]  # fmt: skip
    found = rows_in_capsule(means, start, end, 0.02, Falloff.LINEAR)
    # Balls 0.6 mm apart miss the nearest point of the way by at most 0.3 mm.
    np.testing.assert_allclose(found, np.max(balls, axis=0), atol=0.016)
    assert found.max() > 0.5


def test_a_stroke_keeps_the_most_that_any_sample_gave() -> None:
    means = np.zeros((1, 3), np.float32)
    stroke = SelectionStroke(means, Falloff.LINEAR)
    for x, expected in ((0.005, 0.5), (0.009, 0.5), (0.0, 1.0), (0.02, 1.0)):
        stroke.dab(np.float32([x, 0, 0]), 0.01)
        np.testing.assert_allclose(stroke.weights, [expected], atol=1e-6)
    faint = SelectionStroke(means)
    faint.dab(means[0], 0.01, 0.25)
    np.testing.assert_array_equal(faint.weights, [0.25])


def test_a_mirrored_stroke_selects_both_sides_but_nothing_locked() -> None:
    means = np.float32([[0.05, 0, 0], [-0.05, 0, 0], [0.05, 0.1, 0], [0.051, 0, 0]])
    allowed = np.array([True, True, True, False])
    stroke = SelectionStroke(means, is_mirrored=True, allowed=allowed)
    stroke.dab(np.float32([0.05, 0, 0]), 0.01)
    np.testing.assert_array_equal(stroke.weights, [1, 1, 0, 0])


def test_like_colours_are_found_by_how_alike_they_look() -> None:
    rng = np.random.default_rng(4)
    colours = rng.uniform(0, 1, (400, 3)).astype(np.float32)
    sample = [0.4, 0.3, 0.2]
    away = np.linalg.norm(oklab_from_srgb(colours) - oklab_from_srgb(sample), axis=1)
    weights = rows_by_colour(colours, sample, 0.1, 0.05)
    np.testing.assert_array_equal(weights[away <= 0.1], 1)
    np.testing.assert_array_equal(weights[away >= 0.15], 0)
    between = (away > 0.1) & (away < 0.15)
    assert between.any()
    np.testing.assert_allclose(weights[between], (0.15 - away[between]) / 0.05, atol=1e-4)
    np.testing.assert_array_equal(rows_by_colour(colours, sample, 0.1, 0), away <= 0.1)


def test_a_lock_is_found_by_its_colour(known_hair: KnownHair) -> None:
    colours = 0.5 + 0.28209479 * known_hair.cloud.sh[:, 0]
    weights = rows_by_colour(colours.astype(np.float32), colours[0], 0.01, 0)
    np.testing.assert_array_equal(weights, known_hair.lock == known_hair.lock[0])


def test_colours_as_seen_turn_with_the_head(known_hair: KnownHair) -> None:
    cloud, eye = known_hair.cloud, np.float32([0.1, 0.2, 0.6])
    turn = matrix_from_axis_angle(np.float32([0.2, 0.7, -0.3]))
    directions = cloud.means - eye
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    plain = seen_from(cloud, eye, np.eye(3, dtype=np.float32))
    np.testing.assert_allclose(plain, seen_colours(cloud.sh, directions), atol=1e-5)
    # Head and eye turned together look the same.
    turned = cloud.moved((cloud.means @ turn.T).astype(np.float32), cloud.quats)
    np.testing.assert_allclose(seen_from(turned, turn @ eye, turn), plain, atol=1e-4)
    assert np.abs(seen_from(turned, turn @ eye, np.eye(3, dtype=np.float32)) - plain).max() > 0.01


def test_a_range_holds_its_limits_and_fades_beyond() -> None:
    values = np.float32([0.0, 0.15, 0.2, 0.3, 0.4, 0.45, 0.6, np.nan])
    np.testing.assert_array_equal(rows_in_range(values, 0.2, 0.4), [0, 0, 1, 1, 1, 0, 0, 0])
    np.testing.assert_allclose(
        rows_in_range(values, 0.4, 0.2, 0.1), [0, 0.5, 1, 1, 1, 0.5, 0, 0], atol=1e-5
    )


def test_no_hair_is_no_trouble(camera: Camera) -> None:
    none, origin = np.zeros((0, 3), np.float32), np.zeros(3, np.float32)
    assert len(rows_in_mask(none, camera, np.ones(SIZE, bool))) == 0
    assert len(rows_in_sphere(none, origin, 0.1)) == 0
    assert len(rows_by_colour(none, [0, 0, 0])) == 0
    assert len(rows_in_range(np.zeros(0, np.float32), 0, 1)) == 0
    assert len(seen_from(GaussianCloud.empty(4), origin, np.eye(3, dtype=np.float32))) == 0
