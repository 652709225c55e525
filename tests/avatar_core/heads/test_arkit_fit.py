"""ARKit units for FLAME heads, from a teacher whose units are known combinations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.heads import BlendshapeHead, HeadParameters, landmark_positions
from avatar_core.heads.arkit_fit import with_arkit_maps
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

LANDMARKS = 68
TURN = matrix_from_axis_angle(np.array([0.1, 0.3, -0.2], np.float32))
SIZE, SHIFT = 1.3, np.array([0.2, 0.1, 0.0], np.float32)


@pytest.fixture(scope="module")
def pupil(flame_head: FlameHead) -> FlameHead:
    rng = np.random.default_rng(8)
    faces = rng.integers(0, len(flame_head.mesh.faces), LANDMARKS).astype(np.int32)
    weights = rng.dirichlet(np.ones(3), LANDMARKS).astype(np.float32)
    return replace(flame_head, landmark_face_ids=faces, landmark_barycentric=weights)


def landmarks(head: FlameHead, expression: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    joints = np.zeros((5, 3), np.float32)
    joints[2] = jaw
    vertices = head.pose(HeadParameters(expression.astype(np.float32), joints))
    return landmark_positions(head.topology, vertices)


@pytest.fixture
def teacher(pupil: FlameHead, small_head: BlendshapeHead) -> BlendshapeHead:
    """A head of nothing but landmarks, larger and turned, that smiles and opens its jaw."""
    still = landmarks(pupil, np.zeros(5), np.zeros(3))
    moved = {
        "mouthSmileLeft": landmarks(pupil, np.array([2.0, 0, -1, 0, 0]), np.zeros(3)),
        "jawOpen": landmarks(pupil, np.array([0.0, 1, 0, 0, 0]), np.array([0.15, 0, 0])),
    }
    deltas = np.zeros((52, LANDMARKS, 3), np.float32)
    for name, places in moved.items():
        deltas[ARKIT_UNITS.index(name)] = SIZE * (places - still) @ TURN.T
    arrays = small_head.arrays()
    ids = np.arange(LANDMARKS, dtype=np.int32)
    arrays |= {
        "vertices": (SIZE * still @ TURN.T + SHIFT).astype(np.float32),
        "faces": np.stack([ids, ids, ids], 1),
        "uv_faces": np.zeros((LANDMARKS, 3), np.int32),
        "face_part": np.zeros(LANDMARKS, np.uint8),
        "landmark_face_ids": ids,
        "landmark_barycentric": np.tile(np.array([1, 0, 0], np.float32), (LANDMARKS, 1)),
        "expression_vertex_ids": ids,
        "expression_deltas": deltas,
        "skin_weights": np.tile(np.array([1, 0, 0, 0, 0], np.float32), (LANDMARKS, 1)),
        "scalp_vertex_ids": ids[:4],
        "shape_deltas": np.zeros((2, LANDMARKS, 3), np.float32),
    }
    return BlendshapeHead.from_arrays(arrays)


def test_units_move_the_landmarks_as_the_teachers_do(
    pupil: FlameHead, teacher: BlendshapeHead
) -> None:
    taught = with_arkit_maps(pupil, teacher, ARKIT_UNITS)
    still = landmarks(pupil, np.zeros(5), np.zeros(3))
    for name in ("mouthSmileLeft", "jawOpen"):
        weights = np.zeros(52, np.float32)
        weights[ARKIT_UNITS.index(name)] = 1.0
        none = np.zeros(3, np.float32)
        parameters = taught.parameters_from_arkit(ARKIT_UNITS, weights, none, none, None)
        moved = landmark_positions(taught.topology, taught.pose(parameters)) - still
        wanted = teacher.expression_deltas[ARKIT_UNITS.index(name)] @ TURN / SIZE
        error = np.linalg.norm(moved - wanted, axis=1)
        # a few per cent of the movement: the prior pulls a little, and a jaw's arc is not a line
        assert error.mean() < 0.05 * np.linalg.norm(wanted, axis=1).mean()


def test_only_the_jaws_units_turn_the_jaw(pupil: FlameHead, teacher: BlendshapeHead) -> None:
    taught = with_arkit_maps(pupil, teacher, ARKIT_UNITS)
    assert taught.arkit_to_jaw is not None
    turning = np.flatnonzero(np.any(np.abs(taught.arkit_to_jaw) > 1e-6, axis=1))
    assert [ARKIT_UNITS[k] for k in turning] == ["jawOpen"]
    assert taught.arkit_to_jaw[turning[0], 0] == pytest.approx(0.15, abs=0.02)


def test_eyes_follow_the_teachers_units(pupil: FlameHead, teacher: BlendshapeHead) -> None:
    taught = with_arkit_maps(pupil, teacher, ARKIT_UNITS)
    np.testing.assert_array_equal(taught.arkit_to_eyes, teacher.eye_look_axis_angle)


def test_other_landmarks_are_refused(flame_head: FlameHead, teacher: BlendshapeHead) -> None:
    with pytest.raises(ShapeError, match="landmarks"):
        with_arkit_maps(flame_head, teacher, ARKIT_UNITS)


@pytest.fixture(scope="module")
def learner(open_flame_head: FlameHead, open_head: BlendshapeHead) -> FlameHead:
    """The open head in FLAME's layout, which has learned its units again by geometry."""
    blank = replace(
        open_flame_head, arkit_to_expression=None, arkit_to_jaw=None, arkit_to_eyes=None
    )
    return with_arkit_maps(blank, open_head, ARKIT_UNITS)


@pytest.mark.parametrize("name", ["jawOpen", "mouthSmileLeft", "cheekPuff", "eyeBlinkRight"])
def test_skin_without_landmarks_moves_too(
    name: str, learner: FlameHead, open_head: BlendshapeHead
) -> None:
    """Cheeks have no landmark; lids and chins are reached as far as the teacher's reach."""
    motion, none = np.zeros(52, np.float32), np.zeros(3, np.float32)
    motion[ARKIT_UNITS.index(name)] = 1.0
    expected = open_head.pose(
        open_head.parameters_from_arkit(ARKIT_UNITS, motion, none, none, None)
    )
    shown = learner.pose(learner.parameters_from_arkit(ARKIT_UNITS, motion, none, none, None))
    moved = np.linalg.norm(expected - open_head.vertices, axis=1)
    skin = moved > 0.001
    assert np.linalg.norm(shown - expected, axis=1)[skin].mean() < 0.1 * moved[skin].mean()


def test_the_jaw_turns_steadily_and_as_far_as_the_teachers(
    learner: FlameHead, open_flame_head: FlameHead
) -> None:
    angles, none = [], np.zeros(3, np.float32)
    for weight in np.linspace(0, 1, 11, dtype=np.float32):
        motion = np.zeros(52, np.float32)
        motion[ARKIT_UNITS.index("jawOpen")] = weight
        pose = learner.parameters_from_arkit(ARKIT_UNITS, motion, none, none, None)
        angles.append(float(pose.joints[2, 0]))
    assert (np.diff(angles) > 0).all()
    assert open_flame_head.arkit_to_jaw is not None
    true = open_flame_head.arkit_to_jaw[ARKIT_UNITS.index("jawOpen"), 0]
    assert angles[-1] == pytest.approx(float(true), abs=0.01)
