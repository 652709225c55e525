"""FlameHead and its topology on a synthetic model, against the reference implementation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadParameters, landmark_positions
from avatar_core.heads.flame import FlameHead
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from avatar_core.heads.flame_topology import FlameMesh, SplitMesh


@pytest.fixture(scope="module")
def mesh(flame_head: FlameHead) -> FlameMesh:
    return flame_head.mesh


@pytest.fixture(scope="module")
def split(flame_head: FlameHead) -> SplitMesh:
    return flame_head.split


def test_faces_and_atlas(mesh: FlameMesh, flame_golden: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(mesh.faces, flame_golden["out.faces"])
    np.testing.assert_array_equal(mesh.uv_faces, flame_golden["out.faces_uvs"])
    np.testing.assert_allclose(mesh.uv, flame_golden["out.vertex_uvs"], atol=1e-6)


def test_parts_keep_their_order(mesh: FlameMesh, flame_golden: dict[str, np.ndarray]) -> None:
    for name, ids in mesh.parts.items():
        np.testing.assert_array_equal(ids, flame_golden[f"out.part.{name}"], err_msg=name)


def test_split_at_seams(split: SplitMesh, flame_golden: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(split.extra_vertex_ids, flame_golden["out.extra_verts_ids"])
    np.testing.assert_array_equal(split.faces, flame_golden["out.split_faces"])
    np.testing.assert_allclose(split.render_uv, flame_golden["out.split_verts_uvs"], atol=1e-6)
    np.testing.assert_allclose(split.vertex_uv, flame_golden["out.verts_uvs"], atol=1e-6)


@pytest.mark.parametrize("item", [0, 1])
def test_posed_vertices_and_landmarks(
    item: int, flame_head: FlameHead, flame_golden: dict[str, np.ndarray]
) -> None:
    turns = [flame_golden[f"in.{name}"][item] for name in ("rotation", "neck", "jaw", "eyes")]
    parameters = HeadParameters(
        flame_golden["in.expr"][item],
        np.concatenate(turns).reshape(5, 3),
        flame_golden["in.translation"][item],
        flame_golden["in.shape"][item],
    )
    posed = flame_head.pose(parameters)
    np.testing.assert_allclose(posed, flame_golden["out.verts"][item], atol=1e-6)
    landmarks = landmark_positions(flame_head.topology, posed)
    np.testing.assert_allclose(landmarks, flame_golden["out.landmarks"][item], atol=1e-6)


def test_wrong_lengths_are_named(flame_head: FlameHead) -> None:
    parameters = HeadParameters(np.zeros(4, np.float32), np.zeros((5, 3), np.float32))
    with pytest.raises(ShapeError, match="expression"):
        flame_head.pose(parameters)


def test_own_identity_is_the_rest_shape(flame_head: FlameHead) -> None:
    """A head with an identity poses like one that is given it."""
    shape = np.linspace(-1, 1, 10, dtype=np.float32)
    still = HeadParameters(np.zeros(5, np.float32), np.zeros((5, 3), np.float32))
    person = replace(flame_head, shape=shape)
    np.testing.assert_array_equal(person.pose(still), flame_head.pose(replace(still, shape=shape)))
    assert not np.allclose(person.pose(still), flame_head.pose(still), atol=1e-4)


def test_arrays_round_trip_with_its_maps(flame_head: FlameHead) -> None:
    look = np.zeros((52, 2, 3), np.float32)
    look[ARKIT_UNITS.index("eyeLookUpLeft"), 0] = (-0.4, 0, 0)
    jaw = np.zeros((52, 3), np.float32)
    jaw[ARKIT_UNITS.index("jawOpen")] = (0.3, 0, 0)
    expression = np.tile(np.arange(5, dtype=np.float32), (52, 1))
    maps = {"arkit_to_expression": expression, "arkit_to_jaw": jaw, "arkit_to_eyes": look}
    again = FlameHead.from_arrays(replace(flame_head, **maps).arrays())
    weights = np.zeros(52, np.float32)
    weights[[ARKIT_UNITS.index("jawOpen"), ARKIT_UNITS.index("eyeLookUpLeft")]] = 0.5
    turn, shift = np.array([0.1, 0.2, 0], np.float32), np.array([0, 0, 0.01], np.float32)
    parameters = again.parameters_from_arkit(ARKIT_UNITS, weights, turn, shift, None)
    np.testing.assert_allclose(parameters.expression, np.arange(5), rtol=1e-6)
    np.testing.assert_allclose(parameters.joints[1], turn)
    np.testing.assert_allclose(parameters.joints[2], (0.15, 0, 0), rtol=1e-6)
    np.testing.assert_allclose(parameters.joints[3], (-0.2, 0, 0), rtol=1e-6)
    np.testing.assert_array_equal(parameters.joints[4], 0)
    assert 0 < parameters.translation[2] < shift[2]
    gaze = np.array([[0.3, 0], [0, 0.2]], np.float32)
    looking = again.parameters_from_arkit(ARKIT_UNITS, weights, turn, shift, gaze)
    np.testing.assert_allclose(looking.joints[3:], [[0, 0.3, 0], [-0.2, 0, 0]], atol=1e-6)
    # the left eye looks level, so its eyeLook weight is gone from the expression
    np.testing.assert_allclose(looking.expression, 0.5 * np.arange(5), rtol=1e-6)


def test_maps_of_another_size_are_named(flame_head: FlameHead) -> None:
    with pytest.raises(ShapeError, match="arkit_to_jaw"):
        replace(flame_head, arkit_to_jaw=np.zeros((51, 3), np.float32))


def test_a_head_without_scalp_is_refused(flame_head: FlameHead) -> None:
    parts = {"nose": np.arange(3, dtype=np.int32)}
    with pytest.raises(ShapeError, match="scalp"):
        replace(flame_head, mesh=replace(flame_head.mesh, parts=parts))
