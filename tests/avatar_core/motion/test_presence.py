from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import MotionFrame, same_pose
from avatar_core.motion.presence import EASE_S, HOLD_S, PresenceEase

FPS = 30
# A smoothstep over EASE_S is at most 1.5 / EASE_S steep.
STEEPEST = 1.5 / EASE_S / FPS + 1e-6


def run(ease: PresenceEase, shown: list[MotionFrame | None], start: int = 0) -> np.ndarray:
    """jawOpen of each output."""
    return np.array(
        [
            ease.update(frame, (start + index) / FPS).weight("jawOpen")
            for index, frame in enumerate(shown)
        ]
    )


def jaw(value: float) -> MotionFrame:
    return MotionFrame.from_units(jawOpen=value)


def test_first_frame_passes_without_easing() -> None:
    assert PresenceEase().update(jaw(0.8), 0.0).weight("jawOpen") == np.float32(0.8)


def test_a_driver_that_appears_later_eases_in() -> None:
    values = run(PresenceEase(), [None] * 5 + [jaw(1.0)] * 30)
    assert values[5] == 0
    assert values[-1] == 1
    assert np.abs(np.diff(values)).max() <= 0.5


def test_lost_face_reaches_neutral_after_the_stated_time_and_stays() -> None:
    values = run(PresenceEase(), [jaw(1.0)] * 10 + [None] * 40)
    gone = int((HOLD_S + EASE_S) * FPS) + 11
    assert (values[10 : 10 + int(HOLD_S * FPS)] == 1).all()
    assert values[gone - 3] > 0
    assert (values[gone:] == 0).all()
    assert (np.diff(values) <= 0).all()


def test_easing_starts_and_stops_softly() -> None:
    values = run(PresenceEase(), [jaw(1.0)] * 10 + [None] * 40)
    steps = np.abs(np.diff(values))
    moving = steps[steps > 0]
    assert moving[0] < 0.5 * moving.max()
    assert moving[-1] < 0.5 * moving.max()


def test_loss_and_return_have_no_jump() -> None:
    values = run(PresenceEase(), [jaw(1.0)] * 10 + [None] * 40 + [jaw(0.9)] * 40)
    assert np.abs(np.diff(values)).max() <= STEEPEST
    assert values[-1] == np.float32(0.9)


@pytest.mark.parametrize("lost_frames", range(1, 25))
def test_return_in_the_middle_of_easing_has_no_jump(lost_frames: int) -> None:
    values = run(PresenceEase(), [jaw(1.0)] * 10 + [None] * lost_frames + [jaw(1.0)] * 40)
    assert np.abs(np.diff(values)).max() <= 2 * STEEPEST
    assert values[-1] == 1


def test_loss_shorter_than_the_hold_cannot_be_seen() -> None:
    values = run(PresenceEase(), [jaw(1.0)] * 10 + [None] * 2 + [jaw(1.0)] * 10)
    assert (values == 1).all()


def test_flicker_between_seen_and_lost_never_jumps() -> None:
    rng = np.random.default_rng(4)
    shown = [jaw(1.0) if seen else None for seen in rng.random(300) < 0.5]
    values = run(PresenceEase(), [jaw(1.0), *shown])
    # The quickest return takes 0.15 s: at most a third of the way per frame.
    assert np.abs(np.diff(values)).max() <= 0.34


def test_time_going_back_cuts_easing_short() -> None:
    ease = PresenceEase()
    run(ease, [jaw(1.0)] * 10 + [None] * 5)
    assert same_pose(ease.update(jaw(0.4), 0.0), jaw(0.4))


def test_turn_and_gaze_ease_too() -> None:
    ease = PresenceEase()
    looking = MotionFrame(
        head_rotation=np.array([0, 0.6, 0], np.float32), gaze=np.full((2, 2), 0.4, np.float32)
    )
    ease.update(looking, 0.0)
    ease.update(None, 0.1)
    half = ease.update(None, 0.1 + HOLD_S + EASE_S / 2)
    assert half.head_rotation[1] == pytest.approx(0.3)
    assert half.gaze is not None
    assert half.gaze == pytest.approx(0.2)


def test_driver_with_angles_after_one_with_weights_only_does_not_snap_the_eyes() -> None:
    ease = PresenceEase()
    ease.update(MotionFrame.from_units(eyeLookOutLeft=1.0, eyeLookInRight=1.0), 0.0)
    ease.update(None, 0.1)
    begun = ease.update(MotionFrame(gaze=np.zeros((2, 2), np.float32)), 0.15)
    assert begun.gaze is not None
    assert (begun.gaze[:, 0] > 0.3).all()
