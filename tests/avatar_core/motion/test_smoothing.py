from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    GroupSmoother,
    MotionFrame,
    OneEuro,
    added_lag_s,
    same_pose,
)
from avatar_core.motion.smoothing import one_euro_parameters

FPS = 30
DEFAULT_AMOUNT = GroupSettings().smoothing


def smoothed_unit(
    values: np.ndarray, unit: str, amount: float, group: ChannelGroup, fps: float = FPS
) -> np.ndarray:
    smoother = GroupSmoother()
    return np.array(
        [
            smoother.smooth(
                MotionFrame.from_units(**{unit: float(value)}), {group: amount}, index / fps
            ).weight(unit)
            for index, value in enumerate(values)
        ]
    )


def reference_one_euro(values: list[float], fps: float, cutoff: float, beta: float) -> list[float]:
    """The published algorithm for one channel, as a loop over scalars."""
    result, speed = [values[0]], 0.0

    def alpha(hertz: float) -> float:
        tau = 1 / (2 * math.pi * hertz)
        return 1 / (1 + tau * fps)

    for before, value in itertools.pairwise(values):
        speed += alpha(1.0) * ((value - before) * fps - speed)
        share = alpha(cutoff + beta * abs(speed))
        result.append(share * value + (1 - share) * result[-1])
    return result


def test_one_euro_equals_the_published_algorithm() -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(0, 1, (50, 2))
    one_euro = OneEuro(np.array([1.0, 0.5]), np.array([0.0, 2.0]))
    ours = np.array([one_euro.filter(row, index / 60) for index, row in enumerate(signal)])
    for channel, (cutoff, beta) in enumerate([(1.0, 0.0), (0.5, 2.0)]):
        theirs = reference_one_euro(signal[:, channel].tolist(), 60, cutoff, beta)
        assert ours[:, channel] == pytest.approx(np.array(theirs), abs=1e-12)


def test_first_values_pass_unchanged() -> None:
    assert OneEuro(0.1, 0.0).filter(np.array([3.0, -2.0]), 5.0).tolist() == [3.0, -2.0]


def test_infinite_cutoff_passes_everything_exactly() -> None:
    one_euro = OneEuro(np.inf, 0.0)
    for index, value in enumerate((0.1, 0.9, 0.3)):
        assert one_euro.filter(np.array([value]), index / 30)[0] == value


def test_same_time_again_changes_nothing() -> None:
    one_euro = OneEuro(1.0, 0.1)
    one_euro.filter(np.array([0.0]), 0.0)
    first = one_euro.filter(np.array([1.0]), 0.1)
    assert one_euro.filter(np.array([5.0]), 0.1) == first


def test_time_going_back_and_reset_start_afresh() -> None:
    one_euro = OneEuro(0.1, 0.0)
    one_euro.filter(np.array([0.0]), 10.0)
    assert one_euro.filter(np.array([1.0]), 1.0)[0] == 1.0
    one_euro.reset()
    assert one_euro.filter(np.array([2.0]), 1.1)[0] == 2.0


def test_answer_does_not_alias_the_state() -> None:
    one_euro = OneEuro(1.0, 0.0)
    one_euro.filter(np.array([1.0]), 0.0)[:] = 99
    assert one_euro.filter(np.array([1.0]), 1.0)[0] == 1.0


def test_another_number_of_channels_is_refused() -> None:
    one_euro = OneEuro(1.0, 0.0)
    one_euro.filter(np.zeros(2), 0.0)
    with pytest.raises(ShapeError, match="values"):
        one_euro.filter(np.zeros(3), 0.1)


def test_default_smoothing_calms_a_still_face_by_seventy_percent() -> None:
    rng = np.random.default_rng(1)
    noise = 0.3 + rng.normal(0, 0.01, 3000)
    calm = smoothed_unit(noise, "mouthSmileLeft", DEFAULT_AMOUNT, ChannelGroup.LIPS)
    # The first second is the filter settling on the mean.
    assert calm[FPS:].std() <= 0.3 * noise[FPS:].std()


def test_default_smoothing_follows_a_step_within_one_frame() -> None:
    step = np.r_[np.zeros(30), np.ones(30)]
    followed = smoothed_unit(step, "jawOpen", DEFAULT_AMOUNT, ChannelGroup.JAW)
    assert followed[30] >= 0.5
    assert followed[32] >= 0.9


def blink(fps: float) -> np.ndarray:
    """Closes in 80 ms, stays closed for 40 ms, opens in 160 ms."""
    times = np.arange(0, 1, 1 / fps)
    return np.interp(times, [0.3, 0.38, 0.42, 0.58], [0.05, 1.0, 1.0, 0.05])


@pytest.mark.parametrize("amount", [DEFAULT_AMOUNT, 1.0])
@pytest.mark.parametrize("fps", [30, 60])
def test_blinks_survive_any_smoothing(amount: float, fps: float) -> None:
    signal = blink(fps)
    result = smoothed_unit(signal, "eyeBlinkLeft", amount, ChannelGroup.LIDS, fps)
    assert result.max() >= 0.9 * signal.max()


def test_lids_are_smoothed_less_than_lips() -> None:
    assert added_lag_s(ChannelGroup.LIDS, 0.7) < 0.5 * added_lag_s(ChannelGroup.LIPS, 0.7)


@pytest.mark.parametrize("group", ChannelGroup)
def test_lag_is_nothing_at_zero_and_grows_with_the_amount(group: ChannelGroup) -> None:
    lags = [added_lag_s(group, amount) for amount in (0, 0.1, 0.3, 0.6, 1.0)]
    assert lags[0] == 0
    assert lags == sorted(lags)
    assert lags[2] < 1 / FPS


@pytest.mark.parametrize("amount", [0.3, 0.7, 1.0])
def test_stated_lag_is_the_lag_of_a_movement_at_natural_pace(amount: float) -> None:
    fps, pace = 240, 2.0
    times = np.arange(0, 6, 1 / fps)
    # A long ramp reaches the steady state in which lag = (input - output) / speed.
    cutoff, beta = one_euro_parameters(ChannelGroup.LIPS, amount)
    one_euro = OneEuro(cutoff, beta)
    output = [one_euro.filter(np.array([pace * time_s]), time_s)[0] for time_s in times]
    lag_s = (pace * times[-1] - output[-1]) / pace
    assert lag_s == pytest.approx(added_lag_s(ChannelGroup.LIPS, amount), rel=0.02)


def test_zero_amounts_return_the_frame_bit_for_bit() -> None:
    smoother = GroupSmoother()
    rng = np.random.default_rng(2)
    for index in range(5):
        frame = MotionFrame(
            weights=rng.uniform(0, 1, 52).astype(np.float32),
            head_rotation=rng.normal(0, 1, 3).astype(np.float32),
            gaze=rng.normal(0, 1, (2, 2)).astype(np.float32),
        )
        assert same_pose(smoother.smooth(frame, {}, index / 30), frame)


def test_groups_are_smoothed_apart() -> None:
    smoother = GroupSmoother()
    amounts = {ChannelGroup.HEAD_TURN: 1.0}
    smoother.smooth(MotionFrame(), amounts, 0.0)
    turned = MotionFrame(
        weights=np.ones(52, np.float32), head_rotation=np.full(3, 0.01, np.float32)
    )
    result = smoother.smooth(turned, amounts, 1 / 30)
    assert (result.weights == 1).all()
    assert (result.head_rotation < 0.005).all()


def test_gaze_that_appears_is_not_dragged_from_zero() -> None:
    smoother = GroupSmoother()
    amounts = dict.fromkeys(ChannelGroup, 1.0)
    smoother.smooth(MotionFrame(), amounts, 0.0)
    looking = MotionFrame(gaze=np.full((2, 2), 0.3, np.float32))
    result = smoother.smooth(looking, amounts, 1 / 30)
    assert result.gaze is not None
    assert result.gaze == pytest.approx(0.3)
