from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import MotionFrame
from avatar_core.motion.frame_channels import channels_of_frame
from avatar_core.motion.motion import UNIT_INDEX
from avatar_core.motion.presence import EASE_S, HOLD_S, PresenceEase

FPS = 30
JAW = UNIT_INDEX["jawOpen"]


def jaw(value: float) -> np.ndarray:
    return channels_of_frame(MotionFrame.from_units(jawOpen=value))


def run(ease: PresenceEase, shown: list[np.ndarray | None], start: int = 0) -> np.ndarray:
    """jawOpen and whether the driver counts as there, of each moment."""
    seen = []
    for index, pose in enumerate(shown):
        ease.update(pose, (start + index) / FPS)
        seen.append((ease.pose[JAW], ease.is_there))
    return np.array(seen)


def test_first_frame_passes_without_easing() -> None:
    poses = run(PresenceEase(), [jaw(0.8)])
    assert poses[0].tolist() == [np.float32(0.8), True]


def test_before_its_first_frame_a_driver_is_not_there() -> None:
    assert run(PresenceEase(), [None] * 5)[:, 1].sum() == 0


def test_the_last_pose_is_held_and_the_driver_counts_as_gone_after_the_stated_time() -> None:
    ease = PresenceEase()
    seen = run(ease, [jaw(0.4), jaw(1.0)] + [None] * 10)
    assert (seen[1:, 0] == 1).all()
    held = 2 + int(HOLD_S * FPS)
    assert seen[:held, 1].all()
    assert not seen[held + 1 :, 1].any()
    assert ease.turned_s == pytest.approx(2 / FPS + HOLD_S)


def test_a_short_loss_goes_unnoticed_but_for_a_soft_way_to_the_live_pose() -> None:
    ease = PresenceEase()
    seen = run(ease, [jaw(1.0)] * 5 + [None] * 2 + [jaw(0.0)] * 10)
    assert seen[:, 1].all()
    steps = np.abs(np.diff(seen[:, 0]))
    assert steps.max() <= 1.5 / 0.15 / FPS + 1e-6
    assert seen[-1, 0] == 0


def test_the_longer_a_loss_the_longer_the_way_back() -> None:
    def frames_back(lost: int) -> int:
        seen = run(PresenceEase(), [jaw(1.0)] * 5 + [None] * lost + [jaw(0.0)] * 30)
        return int((seen[5 + lost :, 0] > 0).sum())

    assert frames_back(1) < frames_back(10) < frames_back(16)


def test_after_a_long_loss_the_live_pose_passes_at_once() -> None:
    lost = int((HOLD_S + EASE_S) * FPS) + 2
    seen = run(PresenceEase(), [jaw(1.0)] * 5 + [None] * lost + [jaw(0.3)])
    assert seen[-1].tolist() == [np.float32(0.3), True]
