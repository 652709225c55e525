from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.speech.live import SpeechMotion
from avatar_core.driving.speech.offline import motion_of_sound
from avatar_core.motion import TakeAudio
from avatar_core.motion.mouth_space import IS_MOUTH_UNIT
from avatar_core.motion.speech_style import Mood, SpeechStyle

if TYPE_CHECKING:
    from avatar_core.driving.speech.model_file import SpeechModel
    from avatar_core.motion import MotionFrame


def _weights(frames: list[MotionFrame]) -> np.ndarray:
    return np.array([frame.weights for frame in frames])


def test_live_says_what_offline_says(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    offline = motion_of_sound(TakeAudio(babble[:, None], 16_000), tiny_model)
    live = SpeechMotion(tiny_model)
    frames = [frame for cut in np.array_split(babble, 97) for frame in live.feed(cut, 16_000)]
    assert len(offline) == 100
    np.testing.assert_allclose(_weights(frames), _weights(offline)[: len(frames)], atol=1e-4)
    turns = np.array([frame.head_rotation for frame in frames])
    expected = np.array([frame.head_rotation for frame in offline])[: len(frames)]
    np.testing.assert_allclose(turns, expected, atol=1e-4)


def test_a_moment_comes_fifty_milliseconds_after_its_sound(tiny_model: SpeechModel) -> None:
    live, fed_s = SpeechMotion(tiny_model), 0.0
    for _ in range(100):
        frames = live.feed(np.zeros(160, np.float32), 16_000)
        fed_s += 0.01
        for frame in frames:
            # The resampler keeps back another millisecond, and so one piece of ten.
            assert fed_s - frame.time_s == pytest.approx(0.06, abs=1e-6)


def test_times_rise_by_a_fiftieth(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    frames = SpeechMotion(tiny_model).feed(babble, 16_000)
    times_s = [frame.time_s for frame in frames]
    np.testing.assert_allclose(times_s, np.arange(len(frames)) / 50)


def test_sound_after_the_look_ahead_changes_nothing(
    tiny_model: SpeechModel, babble: np.ndarray
) -> None:
    cut = babble.copy()
    cut[16_000:] = 0
    whole = _weights(motion_of_sound(TakeAudio(babble[:, None], 16_000), tiny_model))
    early = _weights(motion_of_sound(TakeAudio(cut[:, None], 16_000), tiny_model))
    last = int((1.0 - 0.052) * 50)
    np.testing.assert_array_equal(whole[:last], early[:last])
    assert not np.array_equal(whole, early)


def test_only_the_mouth_speaks(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    weights = _weights(motion_of_sound(TakeAudio(babble[:, None], 16_000), tiny_model))
    assert np.ptp(weights[:, IS_MOUTH_UNIT], axis=0).max() > 0.1
    assert not weights[:, ~IS_MOUTH_UNIT].any()


def test_silence_closes_the_mouth(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    sound = np.concatenate([babble, np.zeros(16_000, np.float32)])
    frames = motion_of_sound(TakeAudio(sound[:, None], 16_000), tiny_model)
    assert np.abs(_weights(frames)[-10:]).max() < 0.01
    assert np.abs(_weights(frames)[20:100]).max() > 0.1


def test_no_amount_no_motion(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    frames = SpeechMotion(tiny_model, SpeechStyle(amount=0.0)).feed(babble, 16_000)
    assert not _weights(frames).any()


def test_a_mood_stays_when_nobody_speaks(tiny_model: SpeechModel) -> None:
    happy = SpeechStyle(mood=Mood.HAPPY)
    frames = SpeechMotion(tiny_model, happy).feed(np.zeros(16_000, np.float32), 16_000)
    assert frames[-1].weight("mouthSmileLeft") == pytest.approx(0.3, abs=0.01)
    assert frames[-1].weight("jawOpen") < 0.01


def test_articulate_moves_more_than_mumbled(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    audio = TakeAudio(babble[:, None], 16_000)
    ranges = [
        np.ptp(_weights(motion_of_sound(audio, tiny_model, SpeechStyle(articulation=a))), 0).sum()
        for a in (0.0, 0.5, 1.0)
    ]
    assert ranges[0] < ranges[1] < ranges[2]


def test_style_changes_on_the_fly(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    motion = SpeechMotion(tiny_model)
    motion.feed(babble, 16_000)
    motion.style = replace(motion.style, amount=0.0)
    assert not _weights(motion.feed(babble, 16_000)).any()


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_any_rate_gives_nearly_the_same(
    tiny_model: SpeechModel, babble: np.ndarray, rate_hz: int
) -> None:
    times_s = np.arange(2 * rate_hz) / rate_hz
    resampled = np.interp(times_s, np.arange(32_000) / 16_000, babble).astype("f4")
    frames = motion_of_sound(TakeAudio(resampled[:, None], rate_hz), tiny_model)
    assert len(frames) == 100


def test_the_rate_may_change_in_between(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    motion = SpeechMotion(tiny_model)
    frames = motion.feed(babble, 16_000) + motion.feed(np.repeat(babble, 3), 48_000)
    # Where the rates meet, the kernels of both reach a millisecond into silence.
    assert len(frames) == pytest.approx(198, abs=1)
    np.testing.assert_allclose([f.time_s for f in frames], np.arange(len(frames)) / 50)


def test_broken_samples_are_silence(tiny_model: SpeechModel) -> None:
    broken = np.full(16_000, np.nan, np.float32)
    broken[::3] = np.inf
    frames = SpeechMotion(tiny_model).feed(broken, 16_000)
    assert np.isfinite(_weights(frames)).all()
    assert not _weights(frames)[-1].any()


def test_no_sound_gives_one_moment_at_rest(tiny_model: SpeechModel) -> None:
    frames = motion_of_sound(TakeAudio(np.zeros((0, 1), np.float32), 48_000), tiny_model)
    assert [frame.time_s for frame in frames] == [0.0]


def test_a_still_head_when_asked(tiny_model: SpeechModel, babble: np.ndarray) -> None:
    frames = SpeechMotion(tiny_model, moves_head=False).feed(babble, 16_000)
    assert not any(frame.head_rotation.any() for frame in frames)
