"""Movements of a tracked face as targets for another head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.head_pose import head_pose
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.retarget.face_targets import FILM_FIT, FaceTargets, face_in_head_axes
from avatar_core.driving.retarget.flame_fit import FlameFitter
from avatar_core.driving.retarget.landmarks_68 import IBUG_68
from avatar_core.errors import ShapeError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.heads import HeadParameters, landmark_positions
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from avatar_core.driving.reference_face import ReferenceFace
    from avatar_core.heads.flame import FlameHead

MM = 1e-3
WIDTH, HEIGHT = 640, 480
UPPER_LIP, LOWER_LIP, BROW = (61, 62, 63), (65, 66, 67), (17, 18, 19, 20, 21)


@pytest.fixture(scope="module")
def reference() -> ReferenceFace:
    return load_landmarker_bundle(None).reference


@pytest.fixture(scope="module")
def rest(reference: ReferenceFace) -> np.ndarray:
    """[478, 3] a driver whose face at rest is the reference, in head axes."""
    face = np.zeros((478, 3), np.float32)
    face[:468] = reference.points
    return face


@pytest.fixture(scope="module")
def targets(open_flame_head: FlameHead, rest: np.ndarray) -> FaceTargets:
    return FaceTargets(open_flame_head, rest)


def still() -> HeadParameters:
    return HeadParameters(np.zeros(50, np.float32), np.zeros((5, 3), np.float32))


def photographed(face: np.ndarray, turn: np.ndarray, place: np.ndarray) -> np.ndarray:
    """[478, 3] what a camera of known focal length sees, as the tracker tells it."""
    focal = 0.9 * WIDTH
    camera = face @ matrix_from_axis_angle(turn).T + place
    depth = -camera[:, 2]
    scale = focal / depth.mean()
    x = focal * camera[:, 0] / depth + WIDTH / 2
    y = HEIGHT / 2 - focal * camera[:, 1] / depth
    return np.column_stack([x, y, scale * depth - focal]).astype(np.float32)


@pytest.mark.parametrize("turn", [(0, 0, 0), (0.2, -0.4, 0.1)])
def test_a_face_is_taken_out_of_its_picture(
    turn: tuple[float, ...], reference: ReferenceFace, rest: np.ndarray
) -> None:
    seen = photographed(rest, np.array(turn, np.float32), np.array([0.05, -0.02, -0.6]))
    pose = head_pose(seen, reference, WIDTH, HEIGHT)
    found = face_in_head_axes(seen, pose, WIDTH, HEIGHT)
    np.testing.assert_allclose(found[:468], rest[:468], atol=0.05 * MM)


def test_at_rest_nothing_moves(
    targets: FaceTargets, open_flame_head: FlameHead, rest: np.ndarray
) -> None:
    expected = landmark_positions(open_flame_head.topology, open_flame_head.mesh.template)
    np.testing.assert_allclose(targets.targets(rest, still()), expected, atol=0.01 * MM)


def test_what_the_pose_left_is_taken_off(targets: FaceTargets, rest: np.ndarray) -> None:
    """A head measured a degree and some millimetres off is the same face."""
    turn = matrix_from_axis_angle(np.array([0.02, -0.01, 0.015], np.float32))
    shaken = (1.02 * rest @ turn.T + [2 * MM, -1 * MM, 3 * MM]).astype(np.float32)
    expected = targets.targets(rest, still())
    np.testing.assert_allclose(targets.targets(shaken, still()), expected, atol=0.05 * MM)


def test_lips_and_brows_follow_the_driver(
    targets: FaceTargets, open_flame_head: FlameHead, rest: np.ndarray
) -> None:
    moved = rest.copy()
    moved[[IBUG_68[k] for k in LOWER_LIP], 1] -= 10 * MM
    moved[[IBUG_68[k] for k in BROW], 1] += 5 * MM
    found = targets.targets(moved, still()) - targets.targets(rest, still())
    assert -9 * MM < found[list(LOWER_LIP), 1].mean() < -3 * MM
    assert 2 * MM < found[list(BROW), 1].mean() < 5 * MM
    np.testing.assert_allclose(found[list(UPPER_LIP)], 0, atol=0.1 * MM)
    fitted = FlameFitter(open_flame_head, FILM_FIT).fit(
        targets.targets(moved, still()), guess=still()
    )
    lips = FlameFitter(open_flame_head).places(fitted.parameters)
    opened = lips[[62, 66], 1] - targets.targets(rest, still())[[62, 66], 1]
    assert opened[0] - opened[1] > 3 * MM


def test_where_landmarks_are_not_trusted_the_guess_stands(
    targets: FaceTargets, open_flame_head: FlameHead, rest: np.ndarray
) -> None:
    weights, none = np.zeros(52, np.float32), np.zeros(3, np.float32)
    weights[ARKIT_UNITS.index("jawOpen")] = 0.6
    guess = open_flame_head.parameters_from_arkit(ARKIT_UNITS, weights, none, none, None)
    own = landmark_positions(open_flame_head.topology, open_flame_head.pose(guess))
    found = targets.targets(rest, guess)
    np.testing.assert_allclose(found[:17, 2], own[:17, 2], atol=0.01 * MM)  # depth of the chin
    assert found[66, 1] > own[66, 1] + 2 * MM  # the lips are seen closed


def test_targets_turn_with_the_head(
    targets: FaceTargets, open_flame_head: FlameHead, rest: np.ndarray
) -> None:
    pose = HeadParameters(
        np.zeros(50, np.float32),
        np.zeros((5, 3), np.float32),
        np.array([0.01, 0, 0.02], np.float32),
    )
    pose.joints[:2] = (0.1, 0, 0.05), (0, 0.4, 0)
    expected = landmark_positions(open_flame_head.topology, open_flame_head.pose(pose))
    np.testing.assert_allclose(targets.targets(rest, pose), expected, atol=0.01 * MM)


def test_other_landmarks_are_refused(
    flame_head: FlameHead, open_flame_head: FlameHead, targets: FaceTargets, rest: np.ndarray
) -> None:
    with pytest.raises(ShapeError, match="landmarks"):
        FaceTargets(flame_head, rest)
    with pytest.raises(ShapeError, match="landmarks"):
        FaceTargets(open_flame_head, rest[:68])
    with pytest.raises(ShapeError, match="face"):
        targets.targets(rest[:, :2], still())
