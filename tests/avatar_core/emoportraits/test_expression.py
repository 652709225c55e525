"""What a portrait is to show."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.emoportraits.expression import (
    LARGEST_TURN_RAD,
    eased_turn,
    expression_of,
    shown_expression,
    shown_turn,
)
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.motion import UNIT_INDEX, MotionFrame
from avatar_core.project.portrait_settings import PortraitSettings

JAW, SMILE = UNIT_INDEX["jawOpen"], UNIT_INDEX["mouthSmileLeft"]
RELATIVE = PortraitSettings()


def weights_of(**units: float) -> np.ndarray:
    return MotionFrame.from_units(**units).weights


def shown(own: np.ndarray, motion: MotionFrame, **settings: float) -> np.ndarray:
    return shown_expression(expression_of(own, None), motion, PortraitSettings(**settings)).weights


def test_motion_fills_what_the_picture_leaves() -> None:
    motion = MotionFrame.from_units(mouthSmileLeft=0.5)
    assert shown(weights_of(mouthSmileLeft=0.6), motion)[SMILE] == pytest.approx(0.8)
    assert shown(weights_of(), motion)[SMILE] == pytest.approx(0.5)


def test_absolute_motion_takes_the_place_of_what_the_picture_shows() -> None:
    motion = MotionFrame.from_units(mouthSmileLeft=0.5)
    assert shown(weights_of(mouthSmileLeft=0.9), motion, blend=1.0)[SMILE] == pytest.approx(0.5)
    half = shown(weights_of(mouthSmileLeft=0.6), MotionFrame(), blend=0.5)[SMILE]
    assert half == pytest.approx(0.3)


def test_round_lips_take_the_smile_away() -> None:
    own = weights_of(mouthSmileLeft=0.8)
    assert shown(own, MotionFrame.from_units(mouthPucker=1.0))[SMILE] < 0.3
    assert own[SMILE] == np.float32(0.8)


def test_the_multiplier_never_leads_beyond_a_full_weight() -> None:
    motion = MotionFrame.from_units(jawOpen=0.8)
    assert shown(weights_of(), motion, multiplier=2.0)[JAW] == pytest.approx(1.0)


def test_gaze_comes_on_top_of_the_pictures_own() -> None:
    own = expression_of(weights_of(), np.full((2, 2), 0.1, np.float32))
    motion = MotionFrame(gaze=np.full((2, 2), 0.2, np.float32))
    np.testing.assert_allclose(shown_expression(own, motion, RELATIVE).gaze, 0.3, atol=1e-6)
    absolute = shown_expression(own, motion, PortraitSettings(blend=1.0))
    np.testing.assert_allclose(absolute.gaze, 0.2, atol=1e-6)


def test_looks_by_weights_and_by_angles_are_the_same() -> None:
    by_weights = MotionFrame.from_units(eyeLookOutLeft=1.0, eyeLookInRight=1.0)
    by_angles = MotionFrame(gaze=np.array([[0.45, 0.0], [0.45, 0.0]], np.float32))
    own = expression_of(weights_of(), None)
    one, other = (shown_expression(own, each, RELATIVE) for each in (by_weights, by_angles))
    np.testing.assert_allclose(one.gaze, other.gaze, atol=1e-6)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-6)


def test_turns_are_free_then_eased_and_never_beyond_the_limit() -> None:
    angles = np.radians([0, 10, 22, 30, 60, 180])
    eased = np.array([eased_turn(angle) for angle in angles])
    np.testing.assert_allclose(eased[:3], angles[:3])
    assert (np.diff(eased) >= 0).all()
    assert np.radians(28) < eased[3] < np.radians(30)
    assert eased[-1] <= LARGEST_TURN_RAD


def test_an_absolute_turn_is_told_from_the_camera() -> None:
    own = np.array([0.1, 0.2, 0.05], np.float32)
    same = shown_turn(own, MotionFrame(head_rotation=own), PortraitSettings(blend=1.0))
    np.testing.assert_allclose(same, np.eye(3), atol=1e-6)
    straight = shown_turn(own, MotionFrame(), PortraitSettings(blend=1.0))
    np.testing.assert_allclose(axis_angle_from_matrix(straight.astype("f4")), -own, atol=1e-5)
    np.testing.assert_allclose(shown_turn(own, MotionFrame(), RELATIVE), np.eye(3), atol=1e-9)
