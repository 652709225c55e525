from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.ground import HeadGround, UvGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.symmetry import MirrorMap
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet, sheet_atlas

EYE = np.array([0, 0, 0.5], np.float32)
UP = np.array([0, 1, 0], np.float32)


@pytest.fixture
def grounds() -> tuple[UvGround, HeadGround]:
    topology, vertices = sheet()
    mirror = MirrorMap.of(topology, vertices)
    atlas, _ = sheet_atlas()
    return UvGround(atlas, mirror), HeadGround(atlas, vertices, EYE, UP, Reach(), mirror)


def test_a_place_of_the_skin_is_the_same_on_both(grounds) -> None:
    picture, head = grounds
    point = np.array([-0.03, 0.02, 0.0])

    place = head.place(point)
    assert place is not None
    flat = picture.point(place)

    assert flat == pytest.approx([(0.45 - 0.15) * 512 - 0.5, (1 - 0.6) * 512 - 0.5], abs=1e-3)
    again = picture.place(flat)
    assert again is not None
    assert head.point(again) == pytest.approx(point, abs=1e-6)


def test_a_place_goes_along_when_the_head_moves(grounds) -> None:
    _, head = grounds
    place = head.place(np.array([-0.03, 0.02, 0.0]))
    assert place is not None
    moved = sheet()[1] + np.array([0.1, 0.0, -0.2], np.float32)

    later = HeadGround(head.atlas, moved, EYE, UP)

    assert later.point(place) == pytest.approx([0.07, 0.02, -0.2], abs=1e-6)


def test_in_the_picture_brushes_are_as_large_as_on_the_skin_there() -> None:
    """The right chart is half as large as the left: 1280 texels per metre instead of 2560."""
    atlas, vertices = sheet_atlas()
    densities = atlas.texels_per_m(vertices)
    picture = UvGround(atlas, densities=densities)
    for x, expected in ((-0.03, 2560.0), (0.03, 1280.0)):
        place = HeadGround(atlas, vertices, EYE, UP).place(np.array([x, 0.01, 0]))
        assert place is not None
        point = picture.point(place)
        assert picture.radius(point, 0.01) == pytest.approx(0.01 * expected, rel=1e-4)
        stamp = picture.stamp(point, picture.radius(point, 0.01), Tip(1.0), 0.0, False)
        away = np.linalg.norm(atlas.places_of(stamp.texels, vertices) - [x, 0.01, 0], axis=1)
        assert away.max() == pytest.approx(0.01, abs=0.6 / expected)
    median = float(np.median(densities))
    for beside in (np.array([2.0, 2.0]), np.array([-9.0, 9.0])):
        assert picture.radius(beside, 0.01) == pytest.approx(0.01 * median)
    assert UvGround(atlas).radius(np.array([2.0, 2.0]), 7.0) == 7
    assert HeadGround(atlas, vertices, EYE, UP).radius(np.zeros(3), 0.01) == 0.01


def test_triangles_without_an_area_are_as_dense_as_most() -> None:
    atlas, vertices = sheet_atlas()
    flat = vertices.copy()
    flat[atlas.faces[0]] = flat[atlas.faces[0][0]]
    densities = atlas.texels_per_m(flat)
    assert densities[0] == pytest.approx(np.median(densities), rel=0.01)
    assert (atlas.texels_per_m(np.zeros_like(vertices)) == 1).all()


def test_points_beside_the_charts_have_no_place(grounds) -> None:
    picture, _ = grounds

    assert picture.place(np.array([2.0, 2.0])) is None
    assert picture.place(np.array([-40.0, 9000.0])) is None


def test_points_before_the_head_are_brought_onto_it(grounds) -> None:
    _, head = grounds

    assert head.onto(np.array([0.01, 0.02, 0.05])) == pytest.approx([0.01, 0.02, 0], abs=1e-6)
    assert head.onto(np.array([0.5, 0.0, 0.0])) == pytest.approx([0.08, 0, 0], abs=1e-6)


def test_stamps_of_both_meet_the_same_texels(grounds) -> None:
    picture, head = grounds
    point = np.array([-0.04, 0.0, 0.0])
    place = head.place(point)
    assert place is not None
    texel_m = 0.08 / (0.4 * 512)

    for is_twin in (False, True):
        on_head = head.stamp(point, 30 * texel_m, Tip(1.0), 0.0, is_twin)
        in_uv = picture.stamp(picture.point(place), 30.0, Tip(1.0), 0.0, is_twin)
        shared = np.intersect1d(on_head.texels, in_uv.texels)
        assert len(shared) > 0.97 * max(len(on_head.texels), len(in_uv.texels))


def test_points_of_texels_and_their_twins(grounds) -> None:
    picture, head = grounds
    texels = head.atlas.texels_of_island(0)[::50]

    here, there = head.points(texels, False), head.points(texels, True)
    flat = picture.points(texels, False)

    assert np.allclose(here * (-1, 1, 1), there, atol=1e-5)
    assert np.array_equal(flat[:, 1] * 512 + flat[:, 0], texels)
    twins = picture.points(texels, True)
    back = np.stack([(twins[:, 0] + 0.5) / 512, 1 - (twins[:, 1] + 0.5) / 512], axis=1)
    y = (back[:, 0] - 0.75) / 0.2 * 0.08
    assert np.allclose(y, here[:, 1], atol=1e-4)


def test_a_twin_without_a_mirror_is_refused() -> None:
    atlas, vertices = sheet_atlas()
    for ground, point in (
        (UvGround(atlas), np.array([9.0, 9.0])),
        (HeadGround(atlas, vertices, EYE, UP), np.zeros(3)),
    ):
        with pytest.raises(ValueError, match="mirror"):
            ground.stamp(point, 0.01, Tip(), 0.0, True)
