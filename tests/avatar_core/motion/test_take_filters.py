from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import UNIT_INDEX, ChannelGroup, MotionFrame, Take, units_of_group
from avatar_core.motion.take_channels import table_of
from avatar_core.motion.take_filters import despiked, smoothed
from avatar_core.project import digest

JAW, SMILE, BLINK = (UNIT_INDEX[u] for u in ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft"))


def take_of(fps: float = 60, **curves: np.ndarray) -> Take:
    count = len(next(iter(curves.values())))
    frames = [
        MotionFrame.from_units(i / fps, **{name: float(v[i]) for name, v in curves.items()})
        for i in range(count)
    ]
    return Take.from_frames("t", frames, fps)


def jittering(count: int = 240) -> np.ndarray:
    rng = np.random.default_rng(0)
    return 0.5 + 0.3 * np.sin(np.arange(count) / 20) + rng.normal(0, 0.02, count)


def test_smoothing_takes_jitter_away() -> None:
    take = take_of(jawOpen=jittering())
    calm = smoothed(take, {ChannelGroup.JAW: 0.4})

    def jitter(values: np.ndarray) -> float:
        return float(np.std(np.diff(values, 2)))

    assert jitter(calm.weights[:, JAW]) < 0.1 * jitter(take.weights[:, JAW])


def test_smoothing_adds_no_lag() -> None:
    ramp = np.clip((np.arange(240) - 60) / 120, 0, 1)
    calm = smoothed(take_of(jawOpen=ramp), {ChannelGroup.JAW: 0.6})
    crossing = np.interp(0.5, calm.weights[:, JAW], calm.times_s)
    assert crossing == pytest.approx(np.interp(0.5, ramp, calm.times_s), abs=1e-3)


def test_other_groups_stay_bit_for_bit() -> None:
    take = take_of(jawOpen=jittering(), mouthSmileLeft=jittering())
    calm = smoothed(take, {ChannelGroup.JAW: 0.5, ChannelGroup.LIPS: 0.0})
    jaw = [UNIT_INDEX[unit] for unit in units_of_group(ChannelGroup.JAW)]
    others = np.setdiff1d(np.arange(62), jaw)
    assert digest(table_of(calm)[:, others]) == digest(table_of(take)[:, others])


def test_uneven_frames_count_by_their_times() -> None:
    rng = np.random.default_rng(1)
    times_s = np.sort(np.r_[0, rng.uniform(0, 4, 300)])
    frames = [MotionFrame.from_units(t, jawOpen=t / 4) for t in times_s]
    take = Take.from_frames("t", frames, 60)
    calm = smoothed(take, {ChannelGroup.JAW: 0.4})
    inside = (take.times_s > 0.5) & (take.times_s < 3.5)
    # Where more frames lie on one side than on the other, their mean is a little off the middle.
    assert calm.weights[inside, JAW] == pytest.approx(take.weights[inside, JAW], abs=0.01)


def test_one_frame_and_still_takes_are_left_as_they_are() -> None:
    one = take_of(jawOpen=np.array([0.5]))
    assert digest(smoothed(one, {ChannelGroup.JAW: 1.0})) == digest(one)
    assert digest(despiked(one, {ChannelGroup.JAW: 1.0})) == digest(one)
    still = take_of(jawOpen=np.full(30, 0.25))
    assert smoothed(still, {ChannelGroup.JAW: 1.0}).weights == pytest.approx(still.weights)


def test_spikes_of_one_or_two_frames_go() -> None:
    clean = 0.5 + 0.3 * np.sin(np.arange(240) / 20)
    spiked = clean.copy()
    spiked[50] = 1.0
    spiked[[120, 121]] = 0.0
    mended = despiked(take_of(jawOpen=spiked), {ChannelGroup.JAW: 0.5})
    assert mended.weights[:, JAW] == pytest.approx(clean, abs=0.05)
    untouched = np.setdiff1d(np.arange(240), [50, 120, 121])
    before = take_of(jawOpen=spiked).weights
    assert np.array_equal(mended.weights[untouched], before[untouched])


@pytest.mark.parametrize(("fps", "lasts_s"), [(60, 0.1), (30, 0.2)])
def test_blinks_are_no_spikes(fps: float, lasts_s: float) -> None:
    times_s = np.arange(120) / fps
    blink = np.exp(-0.5 * ((times_s - 1) / (lasts_s / 2.355)) ** 2)
    take = take_of(fps, eyeBlinkLeft=blink)
    mended = despiked(take, {ChannelGroup.LIDS: 0.5})
    assert mended.weights[:, BLINK].max() >= 0.85
    assert np.abs(mended.weights - take.weights).max() < 0.15


def test_a_step_is_no_spike() -> None:
    step = np.r_[np.zeros(30), np.ones(30)]
    take = take_of(jawOpen=step)
    assert digest(despiked(take, {ChannelGroup.JAW: 1.0})) == digest(take)


def test_amount_0_and_small_jumps_stay() -> None:
    wobble = np.full(60, 0.5)
    wobble[30] = 0.54
    take = take_of(jawOpen=wobble)
    assert digest(despiked(take, {ChannelGroup.JAW: 0.0})) == digest(take)
    assert digest(despiked(take, {ChannelGroup.JAW: 1.0})) == digest(take)


def test_head_turns_are_judged_in_their_own_unit() -> None:
    frames = [MotionFrame(time_s=i / 60) for i in range(60)]
    take = Take.from_frames("t", frames, 60)
    take.head_rotation[20] = [0.2, 0, 0]
    mended = despiked(take, {ChannelGroup.HEAD_TURN: 0.5})
    assert not mended.head_rotation.any()
