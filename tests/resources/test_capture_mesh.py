"""The generator's surfaces: subdivision, cuts, teeth, eyes, and the atlas they lie in."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from synthetic_capture.head.atlas import ISLANDS
from synthetic_capture.head.eyeballs import eyeball, gaze_angle_deg
from synthetic_capture.head.posing import skinned
from synthetic_capture.head.teeth import gum_row, tooth_row
from synthetic_capture.mesh.cutting import cut
from synthetic_capture.mesh.rotations import (
    axis_angle_from_matrix,
    fitted_rotation,
    matrix_from_axis_angle,
)
from synthetic_capture.mesh.subdivision import Polygons, subdivided
from synthetic_capture.mesh.surface import Surface, affine_rows, sparse_matrix
from synthetic_capture.mesh.triangles import planar_barycentrics, vertex_normals

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
CUBE_FACES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
SQUARE_UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)


def cube() -> Polygons:
    return Polygons(CUBE_FACES, [SQUARE_UV] * 6, [f"side {k}" for k in range(6)])


def sheet() -> tuple[Surface, np.ndarray]:
    """A unit square of two triangles, with its positions."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    surface = Surface([{i: 1.0} for i in range(4)])
    surface.add_fan([(i, points[i, :2]) for i in range(4)], "skin")
    return surface, points


def directed_edges(triangles: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    return [(t[k], t[(k + 1) % 3]) for t in triangles for k in range(3)]


def area(surface: Surface, points: np.ndarray, label: str) -> float:
    positions = surface.positions(points)
    mine = [t for t, name in zip(surface.triangles, surface.labels, strict=True) if name == label]
    corners = positions[np.array(mine)]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(cross, axis=1).sum() / 2)


def volume(points: np.ndarray, triangles: np.ndarray) -> float:
    corners = points[triangles] - points.mean(0)
    return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


def test_subdivides_a_cube_as_catmull_and_clark_do() -> None:
    surface = subdivided(cube(), np.ones(6, bool))
    positions = surface.positions(CUBE)
    assert len(positions) == 8 + 12 + 6
    assert len(surface.triangles) == 6 * 4 * 2
    # By hand: corner (F + 2 R) / 3 with F = 1/3 and R = 2/3; edge (1 + 1 + 1 + 0) / 4.
    np.testing.assert_allclose(np.abs(positions[:8]), 5 / 9)
    edges = np.sort(np.abs(positions[8:20]), axis=1)
    np.testing.assert_allclose(edges, np.tile([0, 0.75, 0.75], (12, 1)), atol=1e-12)
    np.testing.assert_allclose(np.sort(np.abs(positions[20:]), axis=1), np.tile([0, 0, 1], (6, 1)))


@pytest.mark.parametrize("refined", [[0], [0, 3], [1, 2, 5]])
def test_no_crack_opens_between_fine_and_coarse(refined: list[int]) -> None:
    surface = subdivided(cube(), np.isin(np.arange(6), refined))
    edges = directed_edges(surface.triangles)
    assert len(set(edges)) == len(edges)
    assert {(b, a) for a, b in edges} == set(edges)
    assert volume(surface.positions(CUBE), np.array(surface.triangles)) > 0


def test_a_polygon_far_from_fine_ones_keeps_its_corners() -> None:
    surface = subdivided(cube(), np.array([True, *[False] * 5]))
    opposite = [t for t, n in zip(surface.triangles, surface.labels, strict=True) if n == "side 1"]
    assert len(opposite) == 2


def test_borders_stay_where_they_are() -> None:
    polygons = Polygons([[0, 1, 2, 3]], [SQUARE_UV], ["skin"])
    points = np.c_[SQUARE_UV, np.zeros(4)]
    positions = subdivided(polygons, np.array([True])).positions(points)
    np.testing.assert_allclose(positions[:4], points)
    assert positions[:, 2].max() == 0


def test_rows_carry_every_motion_of_the_vertices() -> None:
    surface = subdivided(cube(), np.ones(6, bool))
    before = surface.positions(CUBE)
    matrix, shift = np.array([[2, 0.3, 0], [0, 1, 0.1], [0.2, 0, 1]]), np.array([1, 2, 3])
    after = surface.positions(CUBE @ matrix.T + shift)
    np.testing.assert_allclose(after, before @ matrix.T + shift, atol=1e-12)


def test_cut_drops_one_side() -> None:
    surface, points = sheet()
    kept = cut(surface, points[:, 0] - 0.25, None)
    assert area(kept, points, "skin") == pytest.approx(0.75)
    assert kept.positions(points)[:, 0].min() == pytest.approx(0.25)


def test_cut_relabels_one_side_without_cracks() -> None:
    surface, points = sheet()
    parted = cut(surface, points[:, 0] - 0.25, "garment")
    assert area(parted, points, "skin") == pytest.approx(0.75)
    assert area(parted, points, "garment") == pytest.approx(0.25)
    edges = set(directed_edges(parted.triangles))
    outer = [(a, b) for a, b in edges if (b, a) not in edges]
    middles = parted.positions(points)[np.array(outer)].mean(1)
    on_border = np.isclose(middles[:, :2], 0) | np.isclose(middles[:, :2], 1)
    assert on_border.any(1).all()


def test_cut_interpolates_uvs() -> None:
    surface, points = sheet()
    parted = cut(surface, points[:, 0] + points[:, 1] - 0.7, "garment")
    positions = parted.positions(points)[np.array(parted.triangles)]
    np.testing.assert_allclose(np.array(parted.uvs), positions[:, :, :2], atol=1e-12)


def test_cut_snaps_to_vertices_near_the_line() -> None:
    surface, points = sheet()
    kept = cut(surface, points[:, 0] - 0.005, None)
    assert len(kept.rows) == 4


def test_affine_rows_follow_their_anchors() -> None:
    generator = np.random.default_rng(0)
    points = generator.normal(size=(5, 3))
    rows = sparse_matrix(affine_rows(points, CUBE, np.arange(8)), 8)
    np.testing.assert_allclose(rows @ CUBE, points, atol=1e-12)
    np.testing.assert_allclose(rows @ (2 * CUBE + 1), 2 * points + 1, atol=1e-12)


def test_normals_of_a_sphere_point_outwards() -> None:
    points, triangles, _ = eyeball(np.zeros(3), 1.0)
    normals = vertex_normals(points, triangles)
    inner = points[:, 2] > -0.2
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", normals, directions)[inner].min() > 0.8


def test_barycentrics_rebuild_the_point() -> None:
    corners = np.array([[[0, 0], [2, 0], [0, 1]], [[5, 5], [6, 5], [5, 6]]], float)
    weights = planar_barycentrics(np.array([0.5, 0.25]), corners)
    np.testing.assert_allclose(np.einsum("fk,fkc->fc", weights, corners), [[0.5, 0.25]] * 2)
    assert (weights >= 0).all(1).tolist() == [True, False]


def test_barycentrics_of_a_flat_triangle_are_finite() -> None:
    weights = planar_barycentrics(np.array([0.5, 0.5]), np.zeros((1, 3, 2)))
    assert np.isfinite(weights).all()


@pytest.mark.parametrize("vector", [[0, 0, 0], [0.3, -0.2, 0.9], [0, 3.0, 0]])
def test_rotations_agree_with_scipy(vector: list[float]) -> None:
    matrix = matrix_from_axis_angle(np.array(vector))
    np.testing.assert_allclose(matrix, Rotation.from_rotvec(vector).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(axis_angle_from_matrix(matrix), vector, atol=1e-9)


def test_fits_the_rotation_of_moved_points() -> None:
    matrix = matrix_from_axis_angle(np.array([0.2, -0.5, 0.1]))
    moved = CUBE @ matrix.T + (1, 2, 3)
    np.testing.assert_allclose(fitted_rotation(CUBE, moved), matrix, atol=1e-12)


def test_skinning_turns_about_the_joint() -> None:
    joints = np.array([[0, 0, 0], [0, 1.0, 0]])
    weights = np.array([[1, 0], [0, 1]], np.float32)
    rotations = np.array([[0, 0, 0], [0, 0, np.pi / 2]])
    rest = np.array([[1, 0, 0], [1, 1.0, 0]])
    posed = skinned(rest, weights, joints, (-1, 0), rotations)
    np.testing.assert_allclose(posed, [[1, 0, 0], [0, 2, 0]], atol=1e-12)


@pytest.mark.parametrize("is_upper", [True, False])
def test_fourteen_closed_teeth_mirrored_about_the_midline(is_upper: bool) -> None:
    points, triangles, uv = tooth_row(is_upper)
    block = len(points) // 14
    for k in range(14):
        mine = triangles[triangles[:, 0] // block == k]
        assert volume(points[k * block : (k + 1) * block], mine - k * block) > 0
    left, right = points[: 7 * block], points[7 * block :]
    np.testing.assert_allclose(np.sort(left[:, 0]), np.sort(-right[:, 0]), atol=1e-9)
    assert uv.min() >= 0
    assert uv.max() <= 1


def test_upper_teeth_are_above_the_lower_ones_and_gums_at_their_roots() -> None:
    upper, lower = (tooth_row(is_upper)[0] for is_upper in (True, False))
    assert upper[:, 1].mean() > lower[:, 1].mean()
    assert gum_row(is_upper=True)[0][:, 1].mean() > upper[:, 1].mean()
    assert gum_row(is_upper=False)[0][:, 1].mean() < lower[:, 1].mean()


def test_eye_looks_along_z_with_a_bulging_cornea() -> None:
    centre = np.array([0.3, 7.3, 1.2])
    points, _, uv = eyeball(centre, 0.12)
    away = (points - centre) / 0.12
    assert np.linalg.norm(away, axis=1).max() == pytest.approx(1.055)
    assert away[np.linalg.norm(away, axis=1).argmax(), 2] == pytest.approx(1.055)
    angle = np.degrees(np.arccos(away[:, 2] / np.linalg.norm(away, axis=1)))
    distance = np.linalg.norm(uv - 0.5, axis=1)
    np.testing.assert_allclose(gaze_angle_deg(distance), angle, atol=1e-6)


@pytest.mark.parametrize("name", ISLANDS)
def test_islands_place_and_give_back(name: str) -> None:
    uv = np.random.default_rng(1).random((20, 2))
    np.testing.assert_allclose(ISLANDS[name].own(ISLANDS[name].placed(uv)), uv, atol=1e-12)


def test_small_islands_do_not_overlap() -> None:
    names = [name for name in ISLANDS if name.startswith(("eye", "tongue", "teeth", "gums"))]
    boxes = [ISLANDS[name].placed(np.array([[0, 0], [1, 1]], float)) for name in names]
    for k, (low, high) in enumerate(boxes):
        assert low.min() >= 0
        assert high.max() <= 1
        for other_low, other_high in boxes[:k]:
            assert (low >= other_high).any() or (high <= other_low).any()
