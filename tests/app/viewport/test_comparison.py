from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.viewport.comparison import BeforeAvatar, Compare, Comparison
from app.workers.latest import Latest
from avatar_core.frame import AvatarFrame
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.project.asset import AvatarAsset


def frame(motion: MotionFrame, gaussians: int = 2) -> AvatarFrame:
    means, quats = np.zeros((gaussians, 3), np.float32), np.zeros((gaussians, 4), np.float32)
    return AvatarFrame(motion, np.zeros((3, 3), np.float32), means, quats, np.eye(3, dtype="f4"))


class Other:
    """The avatar before it was edited: three Gaussians, evaluated when a test says so."""

    def __init__(self, asset: AvatarAsset) -> None:
        self.frames: Latest[AvatarFrame] = Latest()
        self.asked: list[MotionFrame] = []
        self.neutral = frame(MotionFrame(), 3)
        self.before = BeforeAvatar(asset, self.neutral, self.frames, self.ask)

    def ask(self, other: AvatarFrame) -> None:
        self.asked.append(other.motion)

    def answer(self, motion: MotionFrame) -> AvatarFrame:
        made = frame(motion, 3)
        self.frames.put(made)
        return made


@pytest.fixture
def other() -> Other:
    return Other(object())  # type: ignore[arg-type]


@pytest.fixture
def comparison(other: Other) -> Comparison:
    made = Comparison()
    made.mode = Compare.SPLIT
    made.begin(other.before, None)
    return made


def moments(count: int) -> list[AvatarFrame]:
    return [frame(MotionFrame(time_s=float(each))) for each in range(count)]


def _shown(comparison: Comparison) -> AvatarFrame | None:
    return None if comparison.shown is None else comparison.shown[1]


def test_without_another_avatar_everything_passes() -> None:
    comparison = Comparison()
    (only,) = moments(1)
    assert comparison.gated(only) is only
    assert comparison.gated(None) is None
    assert comparison.shown is None
    assert comparison.covered_share == 0.0


def test_it_begins_with_what_is_shown_now(other: Other) -> None:
    (now,) = moments(1)
    comparison = Comparison()
    comparison.begin(other.before, now)
    assert other.asked == [now.motion]
    comparison.mode = Compare.BEFORE
    assert _shown(comparison) is other.neutral
    answered = other.answer(now.motion)
    assert comparison.gated(None) is now
    assert _shown(comparison) is answered


def test_nobody_waits_for_the_first_frame(comparison: Comparison, other: Other) -> None:
    first, second = moments(2)
    assert comparison.gated(first) is first
    assert comparison.gated(second) is second
    assert _shown(comparison) is other.neutral


def test_then_both_show_the_same_moment(comparison: Comparison, other: Other) -> None:
    first, second, third = moments(3)
    comparison.gated(first)
    other.answer(first.motion)
    assert comparison.gated(None) is first
    assert comparison.gated(second) is None
    assert comparison.gated(third) is None
    answered = other.answer(second.motion)
    assert comparison.gated(None) is second
    assert _shown(comparison) is answered
    assert comparison.gated(None) is None


def test_of_one_motion_seen_anew_the_newest_frame_is_shown(
    comparison: Comparison, other: Other
) -> None:
    motion = MotionFrame()
    comparison.gated(frame(motion))
    newest = frame(motion)
    other.answer(motion)
    assert comparison.gated(newest) is newest


def test_an_answer_that_comes_much_too_late_is_left_out(
    comparison: Comparison, other: Other
) -> None:
    early, *later = moments(20)
    for each in (early, *later):
        comparison.gated(each)
    other.answer(early.motion)
    assert comparison.gated(None) is None
    assert _shown(comparison) is other.neutral


def test_answers_of_the_avatar_compared_with_before_are_left_out(
    comparison: Comparison, other: Other
) -> None:
    (only,) = moments(1)
    comparison.gated(only)
    other.frames.put(frame(only.motion, 7))
    assert comparison.gated(None) is None
    assert _shown(comparison) is other.neutral


def test_shares_of_the_picture(comparison: Comparison) -> None:
    comparison.share = 0.3
    assert comparison.covered_share == 0.3
    comparison.mode = Compare.BEFORE
    assert comparison.covered_share == 1.0
    comparison.mode = Compare.AFTER
    assert comparison.covered_share == 0.0
    comparison.mode = Compare.SPLIT
    comparison.end()
    assert comparison.shown is None
    assert comparison.mode is Compare.AFTER
