"""The open head described as FLAME would: the same shapes from other numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads import BlendshapeHead, HeadParameters, landmark_positions
from avatar_core.heads.flame import JOINT_NAMES, FlameHead
from avatar_core.heads.flame_layout import in_flame_layout
from avatar_core.motion import ARKIT_UNITS

STILL = np.zeros(3, np.float32)


def shown(head: BlendshapeHead | FlameHead, weights: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Vertices [V, 3] of a head that performs."""
    return head.pose(head.parameters_from_arkit(ARKIT_UNITS, weights, turn, STILL, None))


def unit(name: str, weight: float = 1.0) -> np.ndarray:
    weights = np.zeros(52, np.float32)
    weights[ARKIT_UNITS.index(name)] = weight
    return weights


def test_layout_is_flames(open_flame_head: FlameHead) -> None:
    mesh = open_flame_head.mesh
    assert open_flame_head.joint_names == JOINT_NAMES
    assert mesh.expression_directions.shape == (len(mesh.template), 3, 50)
    assert mesh.pose_directions.shape == (len(mesh.template), 3, 36)
    assert len(open_flame_head.landmark_face_ids) == 68
    assert {"scalp", "left_eyeball", "right_eyeball"} <= set(mesh.parts)
    np.testing.assert_allclose(mesh.skin_weights.sum(1), 1, atol=1e-6)
    assert mesh.skin_weights.min() >= 0


def test_at_rest_nothing_moved(open_head: BlendshapeHead, open_flame_head: FlameHead) -> None:
    rest = open_flame_head.pose(HeadParameters(np.zeros(50, np.float32), np.zeros((5, 3), "f4")))
    np.testing.assert_allclose(rest, open_head.vertices, atol=1e-6)


@pytest.mark.parametrize("name", ARKIT_UNITS)
def test_each_unit_looks_as_before(
    name: str, open_head: BlendshapeHead, open_flame_head: FlameHead
) -> None:
    turn = np.array([0.1, 0.3, -0.1], np.float32)
    expected = shown(open_head, unit(name), turn)
    # the components that were left out hold half a tenth of a millimetre
    np.testing.assert_allclose(shown(open_flame_head, unit(name), turn), expected, atol=1e-4)


def test_mixed_expressions_differ_by_arcs_only(
    open_head: BlendshapeHead, open_flame_head: FlameHead
) -> None:
    """A jaw that turns carries lips about; one that is made of deltas does not."""
    rng = np.random.default_rng(4)
    for _ in range(4):
        weights = rng.random(52).astype(np.float32) ** 3
        apart = shown(open_head, weights, STILL) - shown(open_flame_head, weights, STILL)
        assert np.linalg.norm(apart, axis=1).mean() < 1e-3
        assert np.linalg.norm(apart, axis=1).max() < 8e-3


def test_the_jaw_is_a_joint(open_flame_head: FlameHead) -> None:
    """It carries the lower teeth rigidly, leaves the upper ones, and opens the mouth."""
    joints = np.zeros((5, 3), np.float32)
    joints[2, 0] = 0.3
    still = open_flame_head.mesh.template
    moved = open_flame_head.pose(HeadParameters(np.zeros(50, np.float32), joints))
    parts = open_flame_head.mesh.parts
    np.testing.assert_array_equal(moved[parts["teeth_upper"]], still[parts["teeth_upper"]])
    lower = parts["teeth_lower"]
    sizes = [np.linalg.norm(v[lower] - v[lower].mean(0), axis=1) for v in (still, moved)]
    np.testing.assert_allclose(sizes[0], sizes[1], atol=2e-5)
    before, after = (landmark_positions(open_flame_head.topology, v) for v in (still, moved))
    chin = after[8] - before[8]
    assert chin[1] < -0.015
    assert np.abs(after[27:48] - before[27:48]).max() < 1e-3  # nose and eyes stay


def test_joints_follow_identity_but_not_expression(
    open_head: BlendshapeHead, open_flame_head: FlameHead
) -> None:
    regressor = open_flame_head.mesh.joint_regressor
    kept = [0, 1, 3, 4]  # the jaw turns where its unit turns it
    for shape, joints in zip(open_head.shape_deltas, open_head.joint_shape_deltas, strict=True):
        person = regressor @ (open_head.vertices + shape)
        np.testing.assert_allclose(person[kept], (open_head.joints + joints)[kept], atol=1e-6)
    moved = np.einsum("jv,vce->jce", regressor, open_flame_head.mesh.expression_directions)
    assert np.abs(moved).max() < 1e-7


def test_eyes_turn_about_their_joints(open_flame_head: FlameHead) -> None:
    joints = np.zeros((5, 3), np.float32)
    joints[3, 1] = 0.3
    moved = open_flame_head.pose(HeadParameters(np.zeros(50, np.float32), joints))
    apart = np.abs(moved - open_flame_head.mesh.template).max(1) > 1e-6
    assert set(np.flatnonzero(apart)) <= set(open_flame_head.mesh.parts["left_eyeball"])
    assert apart.any()


def test_coefficients_are_of_usual_size(open_flame_head: FlameHead) -> None:
    """Full units are strong expressions: about 4 standard deviations over all coefficients."""
    rows = open_flame_head.arkit_to_expression
    assert rows is not None
    sizes = np.linalg.norm(rows, axis=1)
    assert 3 < sizes.max() <= 4.001


def test_fewer_components_are_the_first_ones(
    open_head: BlendshapeHead, open_flame_head: FlameHead
) -> None:
    few = in_flame_layout(open_head, ARKIT_UNITS, components=10)
    np.testing.assert_allclose(
        few.mesh.expression_directions, open_flame_head.mesh.expression_directions[..., :10]
    )
    assert few.arkit_to_expression is not None
    assert few.arkit_to_expression.shape == (52, 10)


def test_units_it_does_not_know_do_nothing(open_head: BlendshapeHead) -> None:
    names = ("tongueCurl", *ARKIT_UNITS[1:])
    head = in_flame_layout(open_head, names)
    assert head.arkit_to_expression is not None
    np.testing.assert_allclose(head.arkit_to_expression[0], 0, atol=1e-6)


def test_heads_without_a_jaw_are_refused(
    open_head: BlendshapeHead, small_head: BlendshapeHead
) -> None:
    with pytest.raises(ShapeError, match="teeth_lower"):
        in_flame_layout(small_head, ARKIT_UNITS)
    with pytest.raises(ShapeError, match="jawOpen"):
        in_flame_layout(open_head, tuple(name for name in ARKIT_UNITS if name != "jawOpen"))
    with pytest.raises(ShapeError, match="joints"):
        in_flame_layout(replace(open_head, joint_names=("a", "b", "c", "d", "e")), ARKIT_UNITS)
    still = replace(open_head, expression_deltas=np.zeros_like(open_head.expression_deltas))
    with pytest.raises(ShapeError, match="does not turn"):
        in_flame_layout(still, ARKIT_UNITS)
