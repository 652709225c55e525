"""Fitting FLAME to landmarks whose true parameters, or whose true head, are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.retarget.flame_fit import FitSettings, FlameFitter
from avatar_core.errors import ShapeError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.heads import BlendshapeHead, HeadParameters, landmark_positions
from avatar_core.io.take_file import load_take
from avatar_core.motion import ARKIT_UNITS, MotionFrame
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

MM = 1e-3


@pytest.fixture(scope="module")
def fitter(open_flame_head: FlameHead) -> FlameFitter:
    return FlameFitter(open_flame_head)


@pytest.fixture(scope="module")
def performance() -> list[MotionFrame]:
    """Sixty moments of the bundled performance, two pictures apart."""
    return list(load_take(resource_path("demo", "performance.take")).frames())[:120:2]


def shown(head: BlendshapeHead, motion: MotionFrame) -> np.ndarray:
    """Vertices [V, 3] of the open head, which no FLAME parameters describe exactly."""
    return head.pose(
        head.parameters_from_arkit(
            ARKIT_UNITS, motion.weights, motion.head_rotation, motion.head_translation, motion.gaze
        )
    )


def test_clean_landmarks_are_met_within_a_millimetre(
    fitter: FlameFitter, open_head: BlendshapeHead, open_flame_head: FlameHead,
    performance: list[MotionFrame],
) -> None:  # fmt: skip
    """Also the skin between them, which the fit does not see, is where it should be."""
    last = None
    for motion in performance:
        vertices = shown(open_head, motion)
        targets = landmark_positions(open_head.topology, vertices)
        last = fitter.fit(targets, last=last, time_s=motion.time_s)
        apart = np.linalg.norm(fitter.places(last.parameters)[:68] - targets, axis=1)
        assert apart.max() <= 1 * MM
        assert last.error_m == pytest.approx(apart.mean(), rel=1e-3)
        skin = np.linalg.norm(open_flame_head.pose(last.parameters) - vertices, axis=1)
        assert skin[open_head.expression_vertex_ids].mean() < 0.5 * MM


@pytest.mark.parametrize("seed", range(3))
def test_a_first_picture_is_found_from_anywhere(fitter: FlameFitter, seed: int) -> None:
    """Large turns, any place, no guess: turn, jaw, eyes and place come back."""
    rng = np.random.default_rng(seed)
    joints = rng.normal(0, 1, (5, 3)) * [[0], [0.5], [0], [0], [0]]
    joints[2, 0], joints[3:, :2] = 0.3, rng.uniform(-0.3, 0.3, (2, 2))
    place = rng.normal(0, 0.1, 3).astype(np.float32)
    truth = HeadParameters(rng.normal(0, 1, 50).astype(np.float32), joints.astype("f4"), place)
    found = fitter.fit(fitter.places(truth).astype(np.float32))
    assert found.error_m < 0.3 * MM
    np.testing.assert_allclose(found.parameters.joints[:3], truth.joints[:3], atol=0.03)
    ahead = [matrix_from_axis_angle(p.joints[3:])[:, :, 2] for p in (found.parameters, truth)]
    np.testing.assert_allclose(ahead[0], ahead[1], atol=0.03)
    np.testing.assert_allclose(found.parameters.translation, place, atol=0.003)


def test_a_jaw_that_opens_is_monotone(fitter: FlameFitter, open_head: BlendshapeHead) -> None:
    angles = []
    for weight in np.linspace(0, 1, 21):
        vertices = shown(open_head, MotionFrame.from_units(jawOpen=float(weight)))
        found = fitter.fit(landmark_positions(open_head.topology, vertices))
        angles.append(float(found.parameters.joints[2, 0]))
    assert (np.diff(angles) > 0.005).all()
    assert angles[0] == pytest.approx(0, abs=1e-3)
    assert angles[-1] == pytest.approx(0.434, abs=0.02)  # what jawOpen turns, see flame_layout


def test_noise_moves_a_followed_face_less(
    fitter: FlameFitter, open_head: BlendshapeHead, performance: list[MotionFrame]
) -> None:
    """The last picture holds what landmarks tell badly."""
    still = landmark_positions(open_head.topology, shown(open_head, performance[10]))
    rng = np.random.default_rng(2)
    noisy = [(still + rng.normal(0, 0.5 * MM, still.shape)).astype("f4") for _ in range(20)]
    alone = np.stack([fitter.fit(targets).parameters.expression for targets in noisy])
    last, followed = None, []
    for index, targets in enumerate(noisy):
        last = fitter.fit(targets, last=last, time_s=index / 30)
        followed.append(last.parameters.expression)
    jitter = [np.abs(np.diff(rows, axis=0)).mean() for rows in (alone, np.stack(followed))]
    assert jitter[1] < 0.75 * jitter[0]


def test_a_fast_move_is_not_held_back(fitter: FlameFitter, open_head: BlendshapeHead) -> None:
    """A mouth that opens and lids that shut within one picture."""
    before, after = (
        landmark_positions(open_head.topology, shown(open_head, motion))
        for motion in (
            MotionFrame(),
            MotionFrame.from_units(jawOpen=0.8, eyeBlinkLeft=1.0, eyeBlinkRight=1.0),
        )
    )
    first = fitter.fit(before)
    second = fitter.fit(after, last=first, time_s=1 / 30)
    assert second.error_m < 0.5 * MM
    np.testing.assert_allclose(second.parameters.joints[2, 0], 0.8 * 0.434, atol=0.05)


def test_landmarks_that_are_wrong_or_missing_do_not_count(
    fitter: FlameFitter, open_head: BlendshapeHead, performance: list[MotionFrame]
) -> None:
    clean = landmark_positions(open_head.topology, shown(open_head, performance[20]))
    spoilt = clean.copy()
    spoilt[3] = np.nan
    spoilt[57] += [0.05, 0, 0]  # one that jumped, not told by its weight
    spoilt[40] += [0, 0.03, 0]
    weights = np.ones(68, np.float32)
    weights[40] = 0
    found = fitter.fit(spoilt, weights)
    apart = np.linalg.norm(fitter.places(found.parameters)[:68] - clean, axis=1)
    assert np.delete(apart, 57).max() < 3 * MM
    assert apart.mean() < 0.8 * MM


def test_what_landmarks_do_not_show_stays_at_the_guess(
    fitter: FlameFitter, open_head: BlendshapeHead, open_flame_head: FlameHead
) -> None:
    """A tongue that is out moves no landmark."""
    motion = MotionFrame.from_units(tongueOut=1.0, jawOpen=0.4)
    guess = open_flame_head.parameters_from_arkit(
        ARKIT_UNITS, motion.weights, motion.head_rotation, motion.head_translation, None
    )
    vertices = shown(open_head, motion)
    targets = landmark_positions(open_head.topology, vertices)
    tongue = open_flame_head.mesh.parts["tongue"]
    errors = [
        np.linalg.norm(open_flame_head.pose(found.parameters) - vertices, axis=1)[tongue].max()
        for found in (fitter.fit(targets), fitter.fit(targets, guess=guess))
    ]
    assert errors[0] > 10 * MM
    assert errors[1] < 5 * MM


def test_depth_can_be_trusted_less(fitter: FlameFitter, open_head: BlendshapeHead) -> None:
    """A camera's guess of depth may be wrong without turning the face into another."""
    targets = landmark_positions(open_head.topology, shown(open_head, MotionFrame()))
    targets[48:68, 2] += 5 * MM
    weights = np.ones((68, 3), np.float32)
    sizes = []
    for trust in (1.0, 1e-3):
        weights[:, 2] = trust
        sizes.append(np.linalg.norm(fitter.fit(targets, weights).parameters.expression))
    assert sizes[1] < 0.2 * sizes[0]


def test_the_root_turns_where_it_may(open_flame_head: FlameHead) -> None:
    fitter = FlameFitter(open_flame_head, FitSettings(root_rad=1.0, neck_rad=0.0))
    joints = np.zeros((5, 3), np.float32)
    joints[0] = (0.2, -0.5, 0.1)
    truth = HeadParameters(np.zeros(50, np.float32), joints)
    found = fitter.fit(fitter.places(truth).astype(np.float32)).parameters
    np.testing.assert_allclose(found.joints[0], joints[0], atol=2e-3)
    np.testing.assert_array_equal(found.joints[1], 0)


def test_heads_without_eyeballs_have_landmarks_alone(flame_head: FlameHead) -> None:
    parts = {"scalp": flame_head.mesh.parts["scalp"]}
    fitter = FlameFitter(replace(flame_head, mesh=replace(flame_head.mesh, parts=parts)))
    assert len(fitter) == 3
    assert len(FlameFitter(flame_head)) == 5
    rest = HeadParameters(np.zeros(5, np.float32), np.zeros((5, 3), np.float32))
    found = fitter.fit(fitter.places(rest).astype(np.float32))
    assert found.error_m < 0.01 * MM
    with pytest.raises(ShapeError, match="landmarks"):
        FlameFitter(
            replace(
                flame_head,
                landmark_face_ids=flame_head.landmark_face_ids[:2],
                landmark_barycentric=flame_head.landmark_barycentric[:2],
            )
        )


def test_bad_targets_are_named(fitter: FlameFitter) -> None:
    good = np.zeros((68, 3), np.float32)
    with pytest.raises(ShapeError, match="targets"):
        fitter.fit(np.zeros((71, 3), np.float32))
    with pytest.raises(ShapeError, match="targets"):
        fitter.fit(np.zeros((68, 2), np.float32))
    with pytest.raises(ShapeError, match="fewer than 3"):
        fitter.fit(np.full((68, 3), np.nan, np.float32))
    with pytest.raises(ShapeError, match="weights"):
        fitter.fit(good, np.ones(67, np.float32))
    with pytest.raises(ShapeError, match="weights"):
        fitter.fit(good, np.full(68, -1, np.float32))
    with pytest.raises(ValueError, match="landmark_m"):
        FitSettings(landmark_m=0.0)


def test_all_targets_in_one_place_end_somewhere_finite(fitter: FlameFitter) -> None:
    found = fitter.fit(np.full((68, 3), 0.1, np.float32))
    assert np.isfinite(found.parameters.expression).all()
    assert np.isfinite(found.parameters.joints).all()
