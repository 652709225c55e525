from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry.topology import vertex_normals


def test_a_flat_square_faces_one_way() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2], [2, 1, 3]], np.int32)
    assert vertex_normals(vertices, faces) == pytest.approx(np.tile([0, 0, 1], (4, 1)))


def test_an_octahedron_points_away_from_its_middle() -> None:
    vertices = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    faces = [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
    assert vertex_normals(vertices, np.array(faces, np.int32)) == pytest.approx(vertices)


def test_large_triangles_count_for_more() -> None:
    vertices = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, -0.1]], np.float32)
    normal = vertex_normals(vertices, np.array([[0, 1, 2], [0, 3, 1]], np.int32))[0]
    assert normal[2] > 0.99


def test_lone_and_degenerate_vertices_get_no_direction() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 5, 5]], np.float32)
    assert not vertex_normals(vertices, np.array([[0, 1, 2]], np.int32)).any()
    assert vertex_normals(vertices, np.zeros((0, 3), np.int32)).shape == (4, 3)


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="faces"):
        vertex_normals(np.zeros((3, 3), np.float32), np.zeros((1, 4), np.int32))
