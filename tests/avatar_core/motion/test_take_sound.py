from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.motion.take_sound import (
    RetimedSound,
    cut_sound,
    resampled,
    retimed_sound,
    sound_between,
    stretched,
)

RATE_HZ = 16_000


def tone(hertz: float, seconds: float = 2.0, channels: int = 1) -> np.ndarray:
    times_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return np.repeat(0.5 * np.sin(2 * np.pi * hertz * times_s)[:, None], channels, 1).astype("f4")


def pitch(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 :, 0][:8192]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(spectrum.argmax() * RATE_HZ / len(middle))


def noisy(seconds: float = 1.0) -> TakeAudio:
    rng = np.random.default_rng(0)
    return TakeAudio(rng.uniform(-1, 1, (int(seconds * RATE_HZ), 2)).astype("f4"), RATE_HZ)


def test_cut_samples_are_untouched_and_keep_their_time() -> None:
    audio = noisy()
    kept, offset_s = cut_sound(audio, 0.1, 0.35, 0.8)
    assert kept is not None
    assert offset_s == pytest.approx(0, abs=1 / RATE_HZ)
    first = round((0.35 + offset_s - 0.1) * RATE_HZ)
    assert np.array_equal(kept.samples, audio.samples[first : first + len(kept.samples)])
    assert len(kept.samples) == pytest.approx(0.45 * RATE_HZ, abs=1)


def test_a_cut_between_two_samples_keeps_the_remainder() -> None:
    kept, offset_s = cut_sound(noisy(), 0.0, 0.25 / RATE_HZ, 1.0)
    assert kept is not None
    assert offset_s == pytest.approx(0.75 / RATE_HZ)


def test_sound_that_begins_later_stays_later() -> None:
    kept, offset_s = cut_sound(noisy(), 0.5, 0.25, 2)
    assert kept is not None
    assert offset_s == pytest.approx(0.25)
    assert len(kept.samples) == RATE_HZ


@pytest.mark.parametrize("span", [(2.0, 3.0), (0.5, 0.5), (-3, -1)])
def test_nothing_left_is_no_sound(span: tuple[float, float]) -> None:
    assert cut_sound(noisy(), 0.0, *span) == (None, 0.0)
    assert cut_sound(None, 1.0, *span) == (None, 0.0)


def test_outside_of_the_sound_is_silence() -> None:
    take = Take.from_frames("t", [MotionFrame()], 30, noisy(), audio_offset_s=0.5)
    read = sound_between(take, 0.25, RATE_HZ)
    assert not read[: RATE_HZ // 4].any()
    assert take.audio is not None
    assert np.array_equal(read[RATE_HZ // 4 :], take.audio.samples[: len(read) - RATE_HZ // 4])


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.3, 2.0])
def test_as_a_tape_the_pitch_follows_the_speed(speed: float) -> None:
    fast = resampled(tone(440), speed)
    assert len(fast) == pytest.approx(2 * RATE_HZ / speed, abs=1)
    assert pitch(fast) == pytest.approx(440 * speed, abs=3)
    middle = fast[len(fast) // 4 : -len(fast) // 4]
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.005)


def test_what_fewer_samples_cannot_hold_is_not_folded_back() -> None:
    assert np.abs(resampled(tone(6000), 2.0)[200:-200]).max() < 0.01


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.3, 2.0])
@pytest.mark.parametrize("hertz", [110, 440])
def test_stretched_it_keeps_its_pitch_and_its_loudness(speed: float, hertz: float) -> None:
    slow = stretched(tone(hertz, channels=2), RATE_HZ, speed)
    assert slow.shape == (pytest.approx(2 * RATE_HZ / speed, abs=1), 2)
    assert pitch(slow) == pytest.approx(hertz, abs=3)
    middle = slow[len(slow) // 4 : -len(slow) // 4, 0]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("speed", [0.7, 1.6])
def test_a_stretched_word_comes_when_its_lips_do(speed: float) -> None:
    samples = np.zeros((2 * RATE_HZ, 1), np.float32)
    samples[RATE_HZ : RATE_HZ + 2000] = tone(300)[:2000]
    middle = stretched(samples, RATE_HZ, speed)
    loud = np.flatnonzero(np.abs(middle[:, 0]) > 0.05)
    assert loud[0] / RATE_HZ == pytest.approx(1 / speed, abs=0.03)


def test_short_and_empty_sounds_survive() -> None:
    for count in (0, 1, 7, 500):
        samples = np.ones((count, 1), np.float32)
        assert len(resampled(samples, 2.0) if count else samples) == -(-count // 2)
        assert len(stretched(samples, RATE_HZ, 0.5)) == 2 * count


def test_at_its_own_speed_nothing_changes() -> None:
    samples = tone(200)
    assert resampled(samples, 1.0) is samples
    assert stretched(samples, RATE_HZ, 1.0) is samples


def test_a_silent_take_stays_silent() -> None:
    take = Take.from_frames("t", [MotionFrame()], 30)
    for choice in RetimedSound:
        assert retimed_sound(take, 2.0, choice).audio is None
