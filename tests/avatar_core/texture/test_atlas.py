from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.texture.atlas import BLEED_TEXELS, AtlasMap
from tests.avatar_core.texture.sheet import sheet, sheet_atlas, triangles

SIZE = 64


def overlap(corners: np.ndarray, column: int, row: int) -> float:
    """Area that a triangle [3, 2] shares with the square of a texel (Sutherland and Hodgman)."""
    polygon = [tuple(corner) for corner in corners]
    for axis, bound, sign in (
        (0, column - 0.5, 1), (0, column + 0.5, -1), (1, row - 0.5, 1), (1, row + 0.5, -1),
    ):  # fmt: skip
        clipped = []
        for one, two in zip(polygon, polygon[1:] + polygon[:1], strict=True):
            inside = [sign * (point[axis] - bound) >= 0 for point in (one, two)]
            if inside[0]:
                clipped.append(one)
            if inside[0] != inside[1]:
                t = (bound - one[axis]) / (two[axis] - one[axis])
                clipped.append((one[0] + t * (two[0] - one[0]), one[1] + t * (two[1] - one[1])))
        polygon = clipped
    if len(polygon) < 3:
        return 0.0
    x, y = np.array(polygon).T
    return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


@pytest.fixture(scope="module")
def odd() -> tuple[AtlasMap, np.ndarray]:
    """Triangles of all sorts: large, thin, wound either way, over the rim of the picture."""
    rng = np.random.default_rng(1)
    middles = np.array([[0.2, 0.2], [0.7, 0.3], [0.35, 0.75], [0.85, 0.8], [0.0, 0.5]])
    corners = (middles[:, None] + rng.uniform(-0.12, 0.12, (5, 3, 2))).tolist()
    corners.append([(0.5, 0.05), (0.53, 0.95), (0.531, 0.95)])
    topology, vertices = triangles(corners, [0.0] * 6)
    return AtlasMap.of(topology, SIZE, vertices), vertices


def test_a_chart_owns_every_texel_it_touches_and_no_other(odd) -> None:
    atlas, _ = odd

    for row in range(SIZE):
        for column in range(SIZE):
            areas = [overlap(corners, column, row) for corners in atlas.corners.astype(float)]
            owner = atlas.owners[row, column]
            if max(areas) > 1e-5:
                assert owner >= 0
                assert areas[owner] > 0
            elif owner >= 0:
                assert areas[owner] > -1e-6
                assert _distance(atlas.corners[owner], column, row) <= np.sqrt(0.5) + 1e-4


def test_the_triangle_around_the_middle_of_a_texel_has_it() -> None:
    atlas, _ = sheet_atlas(SIZE)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    for face, corners in enumerate(atlas.corners.astype(float)):
        a, b, c = corners
        sides = [
            (q[0] - p[0]) * (rows - p[1]) - (q[1] - p[1]) * (columns - p[0])
            for p, q in ((a, b), (b, c), (c, a))
        ]
        is_well_within = np.all([np.sign(side) == np.sign(sides[0]) for side in sides], axis=0)
        is_well_within &= np.min(np.abs(sides), axis=0) > 1e-3
        assert (atlas.owners[is_well_within] == face).all()


def test_of_overlapping_triangles_the_one_in_front_has_the_texels() -> None:
    square = [(0.1, 0.1), (0.9, 0.1), (0.5, 0.9)]
    for heights, front in (([0.0, 0.01, -0.01], 1), ([0.02, 0.01, 0.0], 0)):
        topology, vertices = triangles([square, square, square], heights)

        atlas = AtlasMap.of(topology, SIZE, vertices)

        assert set(np.unique(atlas.owners)) - {-1} >= {front}
        assert atlas.owners[SIZE // 2, SIZE // 2] == front


def test_weights_give_the_place_of_a_texel_or_the_nearest_of_its_triangle(odd) -> None:
    atlas, vertices = odd
    rows, columns = np.divmod(atlas.texels, SIZE)
    weights = atlas.weights_of(atlas.texels)
    corners = atlas.corners[atlas.faces_of(atlas.texels)]
    places = np.einsum("nk,nkc->nc", weights, corners)
    away = np.hypot(places[:, 0] - columns, places[:, 1] - rows)

    assert weights.min() >= 0
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
    expected = [_distance(c, x, y) for c, x, y in zip(corners, columns, rows, strict=True)]
    assert np.allclose(away, expected, atol=2e-3)
    inside = np.array(expected) == 0
    assert inside.any()
    uv = atlas.uv_of(atlas.texels[inside])
    assert np.allclose(atlas.places_of(atlas.texels[inside], vertices)[:, :2], uv, atol=1e-5)


def test_nothing_is_known_of_texels_outside() -> None:
    atlas, vertices = sheet_atlas(SIZE)
    outside = np.flatnonzero(atlas.owners.ravel() < 0).astype(np.int32)

    assert (atlas.faces_of(outside) == -1).all()
    assert not atlas.weights_of(outside).any()
    assert not atlas.places_of(outside, vertices).any()


def test_charts_and_parts_have_their_texels() -> None:
    atlas, vertices = sheet_atlas(128)
    left, right = (atlas.texels_of_island(island) for island in (0, 1))

    assert set(atlas.face_island.tolist()) == {0, 1}
    assert len(left) + len(right) == len(atlas.texels)
    assert (atlas.places_of(left, vertices)[:, 0] <= 1e-6).all()
    assert (atlas.places_of(right, vertices)[:, 0] >= -1e-6).all()
    lips = atlas.texels_of_part(1)
    assert (atlas.places_of(lips, vertices)[:, 1] <= -0.04 + 1e-6).all()
    assert len(lips) == pytest.approx(len(atlas.texels) / 4, rel=0.03)
    assert (np.diff(lips) > 0).all()
    assert not len(atlas.texels_of_part(7))


def test_edges_of_charts_that_meet_on_the_head_are_known_to() -> None:
    topology, vertices = triangles([[(0, 0), (1, 0), (0, 1)], [(1, 0), (1, 1), (0, 1)]], [0, 0])

    atlas = AtlasMap.of(topology, SIZE, vertices)

    assert len(set(atlas.welded_faces[0]) & set(atlas.welded_faces[1])) == 2


def test_what_bleeds_repeats_the_nearest_texel_within_reach(odd) -> None:
    atlas, _ = odd
    owned = np.argwhere(atlas.owners >= 0)
    bled = dict(zip(atlas.bleed_texels.tolist(), atlas.bleed_sources.tolist(), strict=True))

    assert (np.diff(atlas.bleed_sources) >= 0).all()
    for row, column in np.argwhere(atlas.owners < 0):
        away = np.hypot(*(owned - (row, column)).T)
        source = bled.get(row * SIZE + column)
        assert (source is not None) == (away.min() <= BLEED_TEXELS)
        if source is not None:
            there = np.hypot(*(np.divmod(source, SIZE) - np.array([row, column])))
            assert there == pytest.approx(away.min())


def test_triangles_without_area_own_nothing() -> None:
    topology, vertices = triangles([[(0.2, 0.2), (0.8, 0.8), (0.5, 0.5)]], [0.0])

    atlas = AtlasMap.of(topology, SIZE, vertices)

    assert len(atlas.texels) == 0
    assert (atlas.owners == -1).all()
    assert len(atlas.bleed_texels) == 0


def test_texels_run_from_the_top_left_of_the_atlas() -> None:
    atlas, _ = sheet_atlas(SIZE)

    first, right, below, last = atlas.uv_of(np.array([0, 1, SIZE, SIZE**2 - 1], np.int32))

    half = 0.5 / SIZE
    assert first == pytest.approx([half, 1 - half])
    assert right == pytest.approx([3 * half, 1 - half])
    assert below == pytest.approx([half, 1 - 3 * half])
    assert last == pytest.approx([1 - half, half])


def test_the_map_of_a_head_is_kept() -> None:
    topology, vertices = sheet()

    atlas = AtlasMap.of(topology, SIZE, vertices)

    assert AtlasMap.of(topology, SIZE, vertices) is atlas
    assert AtlasMap.of(topology, 2 * SIZE, vertices) is not atlas
    other = sheet()[0]
    assert AtlasMap.of(other, SIZE, vertices) is not atlas


def test_vertices_of_another_shape_are_refused() -> None:
    topology, vertices = sheet()

    with pytest.raises(ShapeError, match="vertices"):
        AtlasMap.of(topology, SIZE, vertices[:, :2])


def _distance(corners: np.ndarray, x: float, y: float) -> float:
    """From a point to a triangle, 0 inside; by its edges' half planes and segments."""
    point, corners = np.array([x, y], float), corners.astype(float)
    edges = np.roll(corners, -1, axis=0) - corners
    cross = edges[:, 0] * (point[1] - corners[:, 1]) - edges[:, 1] * (point[0] - corners[:, 0])
    if (cross >= 0).all() or (cross <= 0).all():
        return 0.0
    t = ((point - corners) * edges).sum(axis=1) / np.maximum((edges**2).sum(axis=1), 1e-30)
    nearest = corners + t.clip(0, 1)[:, None] * edges
    return float(np.hypot(*(nearest - point).T).min())
