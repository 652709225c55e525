"""Hair beneath a scalp."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadTopology
from avatar_core.project.clearance import CLEARANCE_M, REACH_M, hair_skin, lifted, out_of_head

ACROSS = np.linspace(-0.05, 0.05, 41)
SCALP = np.array([(x, 0.0, z) for x in ACROSS for z in ACROSS], np.float32)
"""A level field of vertices, 2.5 mm apart, outside upwards."""
UP = np.tile(np.float32([0, 1, 0]), (len(SCALP), 1))


def heights(*wanted_m: float) -> np.ndarray:
    """Where Gaussians of these heights over the middle end up."""
    means = np.array([(0.001, height, 0.002) for height in wanted_m], np.float32)
    places = lifted(means, SCALP, UP)
    np.testing.assert_allclose(places[:, [0, 2]], means[:, [0, 2]], atol=1e-6)
    return places[:, 1]


def test_what_lies_beneath_comes_out_and_keeps_its_order() -> None:
    out = heights(-0.004, -0.001, 0.0, 0.001, 0.004)
    assert (np.diff(out) > 0).all()
    assert out[2] == pytest.approx(CLEARANCE_M, abs=1e-5)
    assert out.min() > 0


def test_what_stands_clear_stays() -> None:
    np.testing.assert_allclose(heights(0.005, 0.008, 0.2), [0.005, 0.008, 0.2], atol=1e-6)


def test_the_farthest_below_are_no_hair_of_this_scalp() -> None:
    deep = -(REACH_M + 0.002)
    assert heights(deep)[0] == pytest.approx(deep)


def test_a_scalp_without_normals_or_vertices_lifts_nothing() -> None:
    means = np.zeros((3, 3), np.float32)
    np.testing.assert_array_equal(lifted(means, SCALP, 0 * UP), means)
    none = np.zeros((0, 3), np.float32)
    np.testing.assert_array_equal(lifted(means, none, none), means)
    assert lifted(none, SCALP, UP).shape == (0, 3)


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="normals"):
        lifted(np.zeros((3, 3), np.float32), SCALP, UP[:5])


@pytest.fixture(scope="module")
def ball() -> tuple[np.ndarray, HeadTopology]:
    """A ball of 9 cm with a scalp on its upper half."""
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=0.09)
    faces = mesh.faces.astype(np.int32)
    nothing = np.zeros((0, 3), np.float32)
    topology = HeadTopology(
        faces=faces,
        uv=np.zeros((1, 2), np.float32),
        uv_faces=np.zeros_like(faces),
        part_names=("skin",),
        face_part=np.zeros(len(faces), np.uint8),
        scalp_vertex_ids=np.flatnonzero(mesh.vertices[:, 1] > 0).astype(np.int32),
        landmark_face_ids=np.zeros(0, np.int32),
        landmark_barycentric=nothing,
    )
    return mesh.vertices.astype(np.float32), topology


def _rays(radii_m: np.ndarray) -> np.ndarray:
    directions = np.random.default_rng(2).normal(size=(len(radii_m), 3))
    directions[:, 1] = np.abs(directions[:, 1])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return (radii_m[:, None] * directions).astype(np.float32)


def test_nothing_is_left_beneath_the_skin(ball: tuple[np.ndarray, HeadTopology]) -> None:
    places, kept = out_of_head(_rays(np.linspace(0.083, 0.12, 400)), *ball)
    assert len(kept) == 400
    # The faces of the ball lie up to 0.1 mm beneath its vertices.
    assert np.linalg.norm(places, axis=1).min() > 0.09 - 0.0001


def test_what_is_buried_is_left_out_and_what_is_outside_stays(
    ball: tuple[np.ndarray, HeadTopology],
) -> None:
    means = _rays(np.array([0.05, 0.1, 0.07, 0.3]))
    places, kept = out_of_head(means, *ball)
    assert kept.tolist() == [1, 3]
    np.testing.assert_allclose(places[kept], means[kept], atol=1e-6)


def test_a_head_without_a_scalp_keeps_nothing_out(ball: tuple[np.ndarray, HeadTopology]) -> None:
    vertices, topology = ball
    bald = replace(topology, scalp_vertex_ids=np.zeros(0, np.int32))
    means = _rays(np.array([0.05, 0.1]))
    places, kept = out_of_head(means, vertices, bald)
    np.testing.assert_array_equal(places, means)
    assert kept.tolist() == [0, 1]
    assert out_of_head(means[:0], vertices, topology)[0].shape == (0, 3)


def test_skin_at_an_open_edge_is_no_skin(ball: tuple[np.ndarray, HeadTopology]) -> None:
    vertices, topology = ball
    assert len(hair_skin(vertices, topology)) > 0.5 * len(topology.faces)
    loose = replace(topology, faces=topology.faces[::7])
    assert len(hair_skin(vertices, loose)) == 0
