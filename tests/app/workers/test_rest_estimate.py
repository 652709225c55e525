from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.workers.rest_estimate import RestEstimate
from avatar_core.motion import MotionFrame

PLACE = np.array([0.05, -0.02, -0.6], np.float32)
TURN = np.array([0.2, 0.0, 0.0], np.float32)


def _frame(time_s: float, **units: float) -> MotionFrame:
    frame = MotionFrame.from_units(time_s, **units)
    return replace(frame, head_rotation=TURN, head_translation=PLACE)


def _feed(rest: RestEstimate, seconds: float, fps: float = 30.0) -> list[MotionFrame]:
    """A face that rests with raised brows and smiles now and then."""
    neutrals = []
    for index in range(round(seconds * fps)):
        smile = 0.8 if index % 3 == 0 else 0.0
        neutrals.append(rest.neutral(_frame(index / fps, browInnerUp=0.3, mouthSmileLeft=smile)))
    return neutrals


def test_the_first_place_of_the_head_is_taken_off_at_once() -> None:
    neutral = RestEstimate().neutral(_frame(0.0, jawOpen=0.5))
    assert neutral.head_translation == pytest.approx(PLACE)
    assert not neutral.weights.any()
    assert not neutral.head_rotation.any()


def test_the_rest_of_the_face_is_learned_and_expressions_are_not() -> None:
    neutral = _feed(RestEstimate(), 5.0)[-1]
    assert neutral.weight("browInnerUp") == pytest.approx(0.3)
    assert neutral.weight("mouthSmileLeft") == pytest.approx(0.0)
    assert neutral.head_rotation == pytest.approx(TURN)


def test_it_eases_in_without_a_jump() -> None:
    brows = [neutral.weight("browInnerUp") for neutral in _feed(RestEstimate(), 5.0)]
    assert np.abs(np.diff(brows)).max() < 0.02
    assert brows == sorted(brows)


def test_once_learned_it_stays() -> None:
    rest = RestEstimate()
    _feed(rest, 5.0)
    for index in range(300):
        neutral = rest.neutral(_frame(5.0 + index / 30, jawOpen=0.9))
    assert neutral.weight("jawOpen") == pytest.approx(0.0)


def test_times_that_stand_still_or_go_back_are_left_out() -> None:
    rest = RestEstimate()
    for time_s in (0.0, 0.0, 1.0, 0.5, 4.0, 6.0):
        neutral = rest.neutral(_frame(time_s, browInnerUp=0.3))
    assert neutral.weight("browInnerUp") == pytest.approx(0.3)
