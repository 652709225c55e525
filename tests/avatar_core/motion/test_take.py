from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.motion import MotionFrame, Take, TakeAudio, same_pose
from avatar_core.motion.take import usual_rate


def ramp(times_s: list[float]) -> list[MotionFrame]:
    return [MotionFrame.from_units(time_s, jawOpen=0.1 * i) for i, time_s in enumerate(times_s)]


def test_first_frame_becomes_time_zero() -> None:
    take = Take.from_frames("smile", ramp([7.0, 7.1, 7.3]), fps=10)
    assert take.times_s == pytest.approx([0, 0.1, 0.3])
    assert take.name == "smile"
    assert len(take) == 3


def test_duration_counts_the_last_frame() -> None:
    assert Take.from_frames("t", ramp([0, 0.5, 1.0]), fps=2).duration_s == 1.5
    assert Take.from_frames("t", ramp([3.0]), fps=25).duration_s == pytest.approx(0.04)


def test_frames_come_back_as_they_were() -> None:
    rng = np.random.default_rng(0)
    frames = [
        MotionFrame(
            time_s=i / 30,
            weights=rng.uniform(0, 1, 52).astype(np.float32),
            head_rotation=rng.normal(0, 1, 3).astype(np.float32),
            head_translation=rng.normal(0, 1, 3).astype(np.float32),
            gaze=rng.normal(0, 1, (2, 2)).astype(np.float32),
            confidence=0.5,
        )
        for i in range(4)
    ]
    take = Take.from_frames("t", frames, fps=30)
    for before, after in zip(frames, take.frames(), strict=True):
        assert same_pose(before, after)
        assert before.time_s == after.time_s


def test_frame_at_interpolates_between_uneven_times() -> None:
    take = Take.from_frames("t", ramp([0, 0.1, 0.5]), fps=10)
    middle = take.frame_at(0.3)
    assert middle.weight("jawOpen") == pytest.approx(0.15)
    assert middle.time_s == 0.3


@pytest.mark.parametrize(("time_s", "expected"), [(-5.0, 0.0), (0.0, 0.0), (0.5, 0.2), (9.0, 0.2)])
def test_frame_at_holds_the_ends(time_s: float, expected: float) -> None:
    frame = Take.from_frames("t", ramp([0, 0.1, 0.5]), fps=10).frame_at(time_s)
    assert frame.weight("jawOpen") == pytest.approx(expected)
    assert frame.time_s == time_s


def test_gaps_in_the_gaze_hold_the_last_known_one() -> None:
    looking = MotionFrame(1.0, gaze=np.full((2, 2), 0.2, np.float32))
    take = Take.from_frames("t", [MotionFrame(0.0), looking, MotionFrame(2.0)], fps=1)
    assert take.gaze is not None
    assert take.gaze == pytest.approx(0.2)


def test_take_without_gaze_has_none() -> None:
    take = Take.from_frames("t", ramp([0.0, 1.0]), fps=1)
    assert take.gaze is None
    assert take.frame(0).gaze is None


def test_renaming_keeps_the_id() -> None:
    take = Take.from_frames("t", ramp([0.0]), fps=1)
    assert take.renamed("u").name == "u"
    assert take.renamed("u").id == take.id


def test_every_take_has_its_own_id() -> None:
    assert Take.from_frames("t", ramp([0]), 1).id != Take.from_frames("t", ramp([0]), 1).id


@pytest.mark.parametrize(
    ("times_s", "fps", "message"),
    [
        ([], 30, "at least one frame"),
        ([0, 0.1, 0.1], 30, "rise"),
        ([0, 0.2, 0.1], 30, "rise"),
        ([0, float("nan")], 30, "rise"),
        ([0, 1], 0, "fps"),
        ([0, 1], float("inf"), "fps"),
    ],
)
def test_impossible_takes_are_refused(times_s: list[float], fps: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Take.from_frames("t", ramp(times_s), fps)


def test_disagreeing_arrays_are_refused() -> None:
    take = Take.from_frames("t", ramp([0, 1]), fps=1)
    with pytest.raises(ShapeError, match="confidence"):
        Take(
            take.id, "t", 1.0, take.times_s, take.weights, take.head_rotation,
            take.head_translation, None, np.ones(3, np.float32),
        )  # fmt: skip


def test_audio_knows_its_length_and_shape() -> None:
    assert TakeAudio(np.zeros((8000, 1), np.float32), 16000).duration_s == 0.5
    with pytest.raises(ShapeError, match="samples"):
        TakeAudio(np.zeros(8000, np.float32), 16000)
    with pytest.raises(ValueError, match="rate_hz"):
        TakeAudio(np.zeros((8000, 1), np.float32), 0)


@pytest.mark.parametrize(
    ("times_s", "rate"),
    [
        ([], 30.0),
        ([4.0], 30.0),
        ([0.0, 0.04, 0.08, 5.0, 5.04], 25.0),
        ([0.0, 1 / 29.97, 2 / 29.97], 29.97),
    ],
)
def test_usual_rate_is_that_of_most_steps(times_s: list[float], rate: float) -> None:
    assert usual_rate(times_s) == pytest.approx(rate)


@pytest.mark.parametrize("step_s", [1e-310, 1e-9, 3600.0, 1e300])
def test_any_times_have_a_rate_that_a_take_can_have(step_s: float) -> None:
    take = Take.from_frames("t", ramp([0.0, step_s]), usual_rate([0.0, step_s]))
    assert take.duration_s > 0
