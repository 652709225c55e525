from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads import BlendshapeHead, landmark_positions


def test_landmarks_lie_at_their_place_in_their_triangle(small_head: BlendshapeHead) -> None:
    topology = small_head.topology
    places = landmark_positions(topology, small_head.vertices)
    assert places.shape == (6, 3)
    for place, face in zip(places, topology.landmark_face_ids, strict=True):
        corners = small_head.vertices[topology.faces[face]]
        np.testing.assert_allclose(place, corners.mean(axis=0), atol=1e-7)


def test_landmarks_move_with_the_mesh(small_head: BlendshapeHead) -> None:
    still = landmark_positions(small_head.topology, small_head.vertices)
    moved = landmark_positions(small_head.topology, small_head.vertices + np.float32(0.5))
    np.testing.assert_allclose(moved - still, 0.5, atol=1e-6)


def test_vertices_of_the_wrong_shape_are_named(small_head: BlendshapeHead) -> None:
    with pytest.raises(ShapeError, match="vertices"):
        landmark_positions(small_head.topology, small_head.vertices[:, :2])
