"""HeadCollider: heights over a ball, over the demo head, and what is lifted out."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry.topology import vertex_normals
from avatar_core.hair.collision import REACH_M, HeadCollider
from avatar_core.heads.base import neutral_parameters
from avatar_core.io.avatar_shelf import AvatarShelf

BALL_M = 0.09


@pytest.fixture(scope="module")
def collider(known_hair) -> HeadCollider:
    return HeadCollider(known_hair.vertices, known_hair.faces)


def test_heights_over_a_ball_are_distances_from_it(collider, known_hair):
    points = _around(0.06, BALL_M + REACH_M - 0.005)
    # The ball's triangles lie up to 0.2 mm under it, the rest is the grid.
    np.testing.assert_allclose(collider.heights(points), known_hair.heights_m(points), atol=6e-4)


def test_deep_inside_is_inside(collider):
    assert (collider.heights(_around(0.02, 0.05)) < -0.03).all()


def test_far_away_there_is_no_skin(collider):
    points = np.array([[0, 0.2, 0], [0, 0.09 + REACH_M + 0.02, 0], [np.nan, 0, 0]], np.float32)
    assert np.isposinf(collider.heights(points)).all()
    assert not collider.outwards(points).any()
    np.testing.assert_array_equal(collider.kept_out(points, 0.01), points)


def test_out_is_away_from_the_middle_of_a_ball(collider):
    points = _around(0.07, 0.11)
    straight = points / np.linalg.norm(points, axis=1, keepdims=True)
    cosines = (collider.outwards(points) * straight).sum(axis=1)
    assert cosines.min() > np.cos(np.radians(6))


def test_what_is_too_low_is_lifted_and_the_rest_stays(collider, known_hair):
    points = _around(0.075, 0.115)
    lifted = collider.kept_out(points, 0.002)
    heights = known_hair.heights_m(lifted)
    assert heights.min() > 0.0015
    is_high = known_hair.heights_m(points) > 0.003
    np.testing.assert_array_equal(lifted[is_high], points[is_high])


def test_each_point_has_a_least_height_of_its_own(collider, known_hair):
    points = np.tile(np.array([[0.06, 0.05, 0.04]], np.float32), (3, 1))
    lifted = collider.kept_out(points, np.array([0.001, 0.005, 0.01], np.float32))
    np.testing.assert_allclose(known_hair.heights_m(lifted), [0.001, 0.005, 0.01], atol=5e-4)


def test_a_pose_moves_the_skin(collider, known_hair):
    larger = collider.posed(known_hair.vertices * np.float32(1.05))
    points = _around(0.085, 0.11)
    np.testing.assert_allclose(
        larger.heights(points), known_hair.heights_m(points) - 0.05 * BALL_M, atol=6e-4
    )


def test_no_points_and_no_head(collider):
    nothing = np.zeros((0, 3), np.float32)
    assert collider.heights(nothing).shape == (0,)
    assert collider.outwards(nothing).shape == (0, 3)
    assert collider.kept_out(nothing, 0.001).shape == (0, 3)
    headless = HeadCollider(nothing, np.zeros((0, 3), np.int32))
    assert np.isposinf(headless.heights(_around(0.01, 0.2))).all()


def test_other_shapes_are_refused(collider):
    with pytest.raises(ShapeError, match="points"):
        collider.heights(np.zeros((3, 2), np.float32))


def test_beside_the_open_edge_of_a_mesh_there_is_no_inside():
    axis = np.linspace(-0.05, 0.05, 21)
    x, z = np.meshgrid(axis, axis, indexing="ij")
    vertices = np.stack([x, np.zeros_like(x), z], -1).reshape(-1, 3).astype(np.float32)
    first = np.arange(20 * 21).reshape(20, 21)[:, :-1].ravel()
    faces = np.concatenate(
        [
            np.stack([first, first + 1, first + 22], -1),
            np.stack([first, first + 22, first + 21], -1),
        ]
    ).astype(np.int32)
    assert vertex_normals(vertices, faces)[:, 1].min() > 0.99
    sheet = HeadCollider(vertices, faces)
    beside = np.array([[0.075, -0.003, 0], [0.075, 0.003, 0]], np.float32)
    assert np.isposinf(sheet.heights(beside)).all()
    over = np.array([[0.01, -0.003, 0], [0.01, 0.02, 0]], np.float32)
    np.testing.assert_allclose(sheet.heights(over), [-0.003, 0.02], atol=1e-6)


def test_heights_over_the_scalp_of_a_head_are_distances_from_its_mesh():
    trimesh = pytest.importorskip("trimesh")
    head = AvatarShelf().load("demo:rosa").head
    topology, vertices = head.topology, head.pose(neutral_parameters(head))
    collider = HeadCollider(vertices, topology.faces)
    rng = np.random.default_rng(5)
    scalp = vertices[rng.choice(topology.scalp_vertex_ids, 60, replace=False)]
    normals = collider.outwards(scalp)
    points = scalp + normals * rng.uniform(-0.008, 0.03, (60, 1)).astype(np.float32)
    mesh = trimesh.Trimesh(vertices, topology.faces, process=False)
    nearest, distances, triangles = trimesh.proximity.closest_point_naive(mesh, points)
    signs = np.sign(((points - nearest) * mesh.face_normals[triangles]).sum(axis=1))
    differences = np.abs(collider.heights(points) - signs * distances)
    assert np.median(differences) < 2e-4
    assert np.quantile(differences, 0.95) < 1e-3


def _around(nearest_m: float, farthest_m: float, count: int = 400) -> np.ndarray:
    """[count, 3] points between two balls."""
    rng = np.random.default_rng(1)
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return (directions * rng.uniform(nearest_m, farthest_m, (count, 1))).astype(np.float32)
