from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.texture.atlas import AtlasMap
from avatar_core.texture.stamp import (
    Reach,
    Stamp,
    SurfaceBrush,
    stamp_in_uv,
    stamp_on_surface,
    without,
)
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, triangles

HARD = Tip(1.0)
INTO = np.array([0, 0, -1], np.float32)
"""One looks at the front of the sheet."""

OPEN = Reach(is_connected=False)


def brush(x: float, y: float, radius_m: float, z: float = 0.0, **options) -> SurfaceBrush:
    options = {"view": INTO, "tip": HARD, "reach": OPEN, **options}
    return SurfaceBrush(np.array([x, y, z], np.float32), radius_m, **options)


def test_a_hard_stamp_in_uv_covers_a_disc() -> None:
    atlas, _ = sheet_atlas()
    centre, radius = (0.25, 0.5), 20.0

    stamp = stamp_in_uv(atlas, centre, radius, HARD)

    rows, columns = np.mgrid[:512, :512]
    away = np.hypot(columns - (centre[0] * 512 - 0.5), rows - ((1 - centre[1]) * 512 - 0.5))
    weights = np.zeros((512, 512))
    weights.reshape(-1)[stamp.texels] = stamp.weights
    assert (weights[away < radius - 0.5] == 1).all()
    assert (weights[away > radius + 0.5] == 0).all()
    assert weights.sum() == pytest.approx(np.pi * radius**2, rel=0.01)
    assert len(set(stamp.texels.tolist())) == len(stamp.texels)
    assert stamp.grain == pytest.approx(1 / radius)
    middle = np.array([stamp.middle], np.int32)
    assert np.allclose(atlas.uv_of(middle), centre, atol=0.51 / 512)


def test_places_in_the_brush_point_right_and_up() -> None:
    atlas, _ = sheet_atlas()

    stamp = stamp_in_uv(atlas, (0.25, 0.5), 20.0, Tip(0.0))

    uv = atlas.uv_of(stamp.texels)
    assert np.allclose(stamp.places, (uv - (0.25, 0.5)) * 512 / 20, atol=1e-3)


@pytest.mark.parametrize("radius", [1.0, 2.0, 5.0])
def test_small_stamps_cover_their_area_wherever_they_lie(radius: float) -> None:
    atlas, _ = sheet_atlas()
    for shift in np.linspace(0, 1, 7):
        centre = (0.25 + shift / 512, 0.5 + 0.3 * shift / 512)
        total = stamp_in_uv(atlas, centre, radius, HARD).weights.sum()
        assert total == pytest.approx(np.pi * radius**2, rel=0.15)


def test_the_tiniest_brush_leaves_a_little_and_not_a_whole_texel() -> None:
    atlas, _ = sheet_atlas()
    middle_of_texel = (128.5 / 512, 256.5 / 512)

    total = stamp_in_uv(atlas, middle_of_texel, 0.1, HARD).weights.sum()

    assert 0 < total < 0.1


def test_soft_stamps_fade_from_the_hard_core_to_the_rim() -> None:
    atlas, _ = sheet_atlas()

    stamp = stamp_in_uv(atlas, (0.25, 0.5), 40.0, Tip(0.5))

    away = np.hypot(*stamp.places.T)
    order = np.argsort(away)
    assert (np.diff(stamp.weights[order]) <= 1e-3).all()
    assert (stamp.weights[away < 0.48] == 1).all()
    at_half = stamp.weights[np.abs(away - 0.75) < 0.01]
    assert np.allclose(at_half, 0.5, atol=0.05)


def test_stamps_in_uv_stay_on_charts() -> None:
    atlas, _ = sheet_atlas()

    stamp = stamp_in_uv(atlas, (0.45, 0.5), 30.0, HARD)

    assert (atlas.faces_of(stamp.texels) >= 0).all()
    assert 0 < len(stamp.texels) < 0.6 * np.pi * 30**2


@pytest.mark.parametrize(
    ("centre", "radius"),
    [((0.25, 0.5), 0.0), ((0.25, 0.5), -3.0), ((0.25, 0.5), np.nan), ((np.nan, 0.5), 9.0),
     ((-3.0, 9.0), 20.0), ((0.5, 0.02), 5.0)],
)  # fmt: skip
def test_nothing_lies_under_a_brush_without_size_or_off_the_charts(centre, radius) -> None:
    atlas, _ = sheet_atlas()

    stamp = stamp_in_uv(atlas, centre, radius, HARD)

    assert len(stamp.texels) == len(stamp.weights) == len(stamp.places) == 0
    assert stamp.middle is None


def test_a_stamp_on_the_head_covers_what_lies_within_it_on_both_sides_of_a_seam() -> None:
    atlas, vertices = sheet_atlas()
    radius = 0.02

    stamp = stamp_on_surface(atlas, vertices, brush(0.004, 0.01, radius))

    weights = np.zeros(512 * 512, np.float32)
    weights[stamp.texels] = stamp.weights
    places = atlas.places_of(atlas.texels, vertices)
    away = np.hypot(places[:, 0] - 0.004, places[:, 1] - 0.01)
    # A texel is 0.4 mm on the left and 0.8 mm on the right.
    assert (weights[atlas.texels[away < radius - 0.0005]] == 1).all()
    assert (weights[atlas.texels[away > radius + 0.0005]] == 0).all()
    for island in (0, 1):
        is_here = atlas.face_island[atlas.faces_of(stamp.texels)] == island
        assert is_here.sum() > 300


def test_weights_on_the_head_add_up_to_the_area_of_the_brush() -> None:
    atlas, vertices = sheet_atlas()

    stamp = stamp_on_surface(atlas, vertices, brush(-0.04, 0.0, 0.012))

    texel_m = 0.08 / (0.4 * 512)
    assert stamp.weights.sum() * texel_m**2 == pytest.approx(np.pi * 0.012**2, rel=0.01)
    assert stamp.grain == pytest.approx(texel_m / 0.012, rel=0.01)


def test_a_projected_brush_is_a_disc_to_the_eye_and_a_ball_is_round_on_the_surface() -> None:
    atlas, vertices = sheet_atlas(bend=8.0)
    here = brush(-0.04, 0.0, 0.012, z=-8 * 0.04**2)
    reach = Reach(is_projected=False, is_connected=False)

    disc = stamp_on_surface(atlas, vertices, here)
    ball = stamp_on_surface(atlas, vertices, replace(here, reach=reach))

    for stamp, axes in ((disc, (0, 1)), (ball, (0, 1, 2))):
        offsets = atlas.places_of(stamp.texels, vertices) - here.place
        away = np.linalg.norm(offsets[:, axes], axis=1)
        assert away.max() <= 0.012 + 0.0005
        assert np.hypot(*stamp.places.T) == pytest.approx(away / 0.012, abs=1e-3)
    assert len(ball.texels) < len(disc.texels)


def test_right_and_up_of_the_brush_follow_the_screen() -> None:
    atlas, vertices = sheet_atlas()
    upright = stamp_on_surface(atlas, vertices, brush(-0.03, 0.02, 0.01))
    turned = brush(-0.03, 0.02, 0.01, up=np.array([1, 0, 0], np.float32))
    tilted = stamp_on_surface(atlas, vertices, turned)

    offsets = (atlas.places_of(upright.texels, vertices) - (-0.03, 0.02, 0)) / 0.01
    assert np.allclose(upright.places, offsets[:, :2], atol=1e-3)
    assert np.array_equal(tilted.texels, upright.texels)
    assert np.allclose(tilted.places, offsets[:, [1, 0]] * (-1, 1), atol=1e-3)


def test_what_looks_away_takes_nothing_unless_there_is_no_limit() -> None:
    atlas, vertices = sheet_atlas()
    behind = brush(-0.03, 0.0, 0.01, view=-INTO)

    assert not len(stamp_on_surface(atlas, vertices, behind).texels)
    through = replace(behind, reach=replace(OPEN, limit_rad=np.inf))
    assert len(stamp_on_surface(atlas, vertices, through).texels)


def test_paint_fades_out_towards_the_limit_angle() -> None:
    atlas, vertices = sheet_atlas()
    totals = []
    for angle in (0.0, 0.8, 1.2, 1.39, 1.45):
        view = np.array([np.sin(angle), 0, -np.cos(angle)], np.float32)
        stamp = stamp_on_surface(atlas, vertices, brush(-0.03, 0.0, 0.01, view=view))
        totals.append(stamp.weights.max(initial=0))

    assert totals[0] == totals[1] == 1
    assert 1 > totals[2] > totals[3] > 0
    assert totals[4] == 0


def test_a_connected_brush_does_not_jump_over_a_gap() -> None:
    square = [[(0.1, 0.1), (0.4, 0.1), (0.4, 0.4)], [(0.6, 0.1), (0.9, 0.1), (0.9, 0.4)]]
    topology, vertices = triangles(square, [0.0, -0.01])
    # The second one lies behind the first in space, apart from it in the atlas.
    vertices[3:, 0] -= 0.5
    atlas = AtlasMap.of(topology, 256, vertices)
    at = brush(0.3, 0.15, 0.05, z=0.0)

    both = stamp_on_surface(atlas, vertices, at)
    one = stamp_on_surface(atlas, vertices, replace(at, reach=Reach(is_connected=True)))

    assert set(atlas.faces_of(both.texels).tolist()) == {0, 1}
    assert set(atlas.faces_of(one.texels).tolist()) == {0}


def test_a_connected_brush_goes_over_seams() -> None:
    atlas, vertices = sheet_atlas()
    at = brush(0.004, 0.01, 0.02)

    free = stamp_on_surface(atlas, vertices, at)
    connected = stamp_on_surface(atlas, vertices, replace(at, reach=Reach(is_connected=True)))

    assert np.array_equal(free.texels, connected.texels)


def test_what_is_not_seen_is_left_out() -> None:
    class Left:
        def sees(self, places):
            return places[:, 0] < 0

    atlas, vertices = sheet_atlas()
    reach = replace(OPEN, guard=Left())
    aslant = np.array([0.48, 0.36, -0.8], np.float32)

    stamp = stamp_on_surface(atlas, vertices, brush(0.0, 0.0, 0.02, reach=reach, view=aslant))

    assert len(stamp.texels)
    assert (atlas.places_of(stamp.texels, vertices)[:, 0] < 1e-6).all()


def test_a_turned_image_of_a_tip_turns_counter_clockwise() -> None:
    atlas, _ = sheet_atlas()
    image = np.zeros((8, 8), np.float32)
    image[:, 4:] = 1  # its right half

    for angle, axis, sign in ((0, 0, 1), (np.pi / 2, 1, 1), (np.pi, 0, -1), (-np.pi / 2, 1, -1)):
        stamp = stamp_in_uv(atlas, (0.25, 0.5), 20.0, Tip(1.0, image), angle)
        middle = stamp.weights @ stamp.places / stamp.weights.sum()
        assert sign * middle[axis] > 0.3
        assert abs(middle[1 - axis]) < 0.02


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan, np.inf])
def test_a_brush_without_size_meets_nothing_on_the_head(radius: float) -> None:
    atlas, vertices = sheet_atlas()

    assert not len(stamp_on_surface(atlas, vertices, brush(0, 0, radius)).texels)


def test_a_brush_beside_the_head_meets_nothing() -> None:
    atlas, vertices = sheet_atlas()

    for far in (brush(3, 0, 0.01), brush(np.nan, 0, 0.01), brush(0, 0, 0.01, z=1.0)):
        assert not len(stamp_on_surface(atlas, vertices, far).texels)


def test_arrays_of_another_shape_are_refused() -> None:
    atlas, vertices = sheet_atlas()

    with pytest.raises(ShapeError, match="vertices"):
        stamp_on_surface(atlas, vertices[:-1], brush(0, 0, 0.01))
    with pytest.raises(ShapeError, match="place"):
        SurfaceBrush(np.zeros(2, np.float32), 0.01, INTO)


def test_two_stamps_together_cover_as_the_stronger() -> None:
    one = Stamp(np.array([5, 3, 8], np.int32), np.array([0.5, 1, 0.2], np.float32),
                np.zeros((3, 2), np.float32), np.ones(3, np.float32))  # fmt: skip
    two = Stamp(np.array([8, 5, 9], np.int32), np.array([0.6, 0.4, 0.7], np.float32),
                np.ones((3, 2), np.float32), np.ones(3, np.float32))  # fmt: skip

    rest = without(two, one)

    assert rest.texels.tolist() == [8, 9]
    assert 1 - (1 - 0.2) * (1 - rest.weights[0]) == pytest.approx(0.6)
    assert rest.weights[1] == pytest.approx(0.7)
    nothing = one.where(np.zeros(3, bool))
    assert without(two, nothing) is two
    assert not len(without(nothing, two).texels)
