from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.resampling import Resampler
from avatar_core.errors import AssetError


def _tone(hertz: float, rate_hz: int, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(rate_hz * seconds)) / rate_hz).astype("f4")


def _in_pieces(resampler: Resampler, samples: np.ndarray, sizes: list[int]) -> np.ndarray:
    made, start = [], 0
    while start < len(samples):
        size = sizes[len(made) % len(sizes)]
        made.append(resampler.feed(samples[start : start + size]))
        start += size
    return np.concatenate([*made, resampler.flush()])


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_tone_stays_the_same_tone(rate_hz: int) -> None:
    resampler = Resampler(rate_hz)
    made = np.concatenate([resampler.feed(_tone(440, rate_hz, 0.5)), resampler.flush()])
    assert len(made) == pytest.approx(8_000, abs=2)
    middle = slice(200, 7_800)
    # The window's ripple in the passed band is below -60 dB.
    np.testing.assert_allclose(made[middle], _tone(440, 16_000, 0.5)[middle], atol=1e-3)


def test_what_the_new_rate_cannot_hold_is_taken_out() -> None:
    made = Resampler(48_000).feed(_tone(10_000, 48_000, 0.5))
    assert np.abs(made[200:]).max() < 2e-3


def test_the_same_however_it_is_cut() -> None:
    samples = np.random.default_rng(7).normal(size=20_000).astype("f4")
    whole = _in_pieces(Resampler(44_100), samples, [20_000])
    pieces = _in_pieces(Resampler(44_100), samples, [1, 441, 97, 3_000, 0])
    np.testing.assert_array_equal(pieces, whole)


def test_a_sample_comes_within_two_milliseconds() -> None:
    resampler = Resampler(48_000)
    received, given = 0, 0
    for _ in range(50):
        given += len(resampler.feed(np.zeros(480, np.float32)))
        received += 480
        assert received / 48_000 - given / 16_000 < 0.002


def test_memory_does_not_grow() -> None:
    resampler = Resampler(48_000)
    for _ in range(100):
        resampler.feed(np.zeros(4_800, np.float32))
    assert len(resampler._kept) < 200


@pytest.mark.parametrize("rate_hz", [0, -1, 100, 10_000_000])
def test_rates_that_hold_no_speech_are_refused(rate_hz: int) -> None:
    with pytest.raises(AssetError, match="cannot be used"):
        Resampler(rate_hz)
