"""Closest points of a mesh, held against trimesh."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from avatar_core.errors import ShapeError
from avatar_core.geometry.closest import closest_on_mesh

BALL = trimesh.creation.icosphere(subdivisions=2, radius=0.1)
VERTICES, FACES = BALL.vertices.astype(np.float32), BALL.faces.astype(np.int32)


def test_places_are_those_that_trimesh_finds() -> None:
    rng = np.random.default_rng(4)
    directions = rng.normal(size=(150, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = (directions * rng.uniform(0.08, 0.16, (150, 1))).astype(np.float32)
    found = closest_on_mesh(points, VERTICES, FACES)
    places, distances, _ = trimesh.proximity.closest_point_naive(BALL, points)
    np.testing.assert_allclose(found.points, places, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(points - found.points, axis=1), distances, atol=1e-6)
    inside = np.linalg.norm(points, axis=1) < 0.095
    assert (found.heights[inside] < 0).all()
    assert (found.heights[np.linalg.norm(points, axis=1) > 0.1] > 0).all()


@pytest.mark.parametrize(
    ("point", "place"),
    [
        ((0.2, 0.2, 1.0), (0.2, 0.2, 0.0)),
        ((-1.0, -1.0, 0.5), (0.0, 0.0, 0.0)),
        ((0.5, -2.0, 0.0), (0.5, 0.0, 0.0)),
        ((2.0, 2.0, 0.0), (0.5, 0.5, 0.0)),
        ((5.0, -1.0, 0.0), (1.0, 0.0, 0.0)),
    ],
)
def test_face_edge_and_corner(point: tuple[float, ...], place: tuple[float, ...]) -> None:
    triangle = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    found = closest_on_mesh(np.float32([point]), triangle, np.int32([[0, 1, 2]]))
    np.testing.assert_allclose(found.points, [place], atol=1e-6)
    np.testing.assert_allclose(found.normals, [[0, 0, 1]], atol=1e-6)
    assert found.heights[0] == pytest.approx(point[2])


def test_no_points_and_bad_shapes() -> None:
    assert closest_on_mesh(np.zeros((0, 3), np.float32), VERTICES, FACES).points.shape == (0, 3)
    with pytest.raises(ShapeError, match="points"):
        closest_on_mesh(np.zeros((3, 2), np.float32), VERTICES, FACES)
