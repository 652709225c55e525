from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.features import MELS, SILENCE, LogMel, emphasised, log_mel, mel_bank


def _noise(count: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(7).normal(size=count)).astype("f4")


def test_one_feature_for_ten_milliseconds() -> None:
    assert LogMel().feed(_noise(16_000)).shape == (100, MELS)


def test_the_same_live_as_in_one_piece() -> None:
    samples = _noise(16_000)
    whole = LogMel().feed(samples)
    live = LogMel()
    cuts = np.split(samples, [1, 2, 161, 480, 481, 5_000, 5_000, 9_999])
    np.testing.assert_allclose(np.concatenate([live.feed(cut) for cut in cuts]), whole, atol=1e-5)


def test_a_feature_sees_no_sound_after_its_end() -> None:
    samples = _noise(3_200)
    later = samples.copy()
    later[1_600:] = 0
    np.testing.assert_array_equal(LogMel().feed(later)[:10], LogMel().feed(samples)[:10])


def test_a_tone_shows_in_the_band_of_its_pitch() -> None:
    tone = (0.1 * np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)).astype("f4")
    edges = 700 * (
        10
        ** (np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + 7_600 / 700), 42) / 2595)
        - 1
    )
    band = int(np.argmin(np.abs(edges[1:-1] - 1_000)))
    assert LogMel().feed(tone)[50].argmax() == band


def test_silence_is_the_lowest_value() -> None:
    np.testing.assert_allclose(LogMel().feed(np.zeros(1_600, np.float32)), SILENCE, atol=1e-5)


def test_ten_times_louder_raises_every_band_alike() -> None:
    samples = _noise(8_000)
    quiet, loud = LogMel().feed(samples), LogMel().feed(10 * samples)
    # The floor under the logarithm is felt in the quietest bands.
    np.testing.assert_allclose((loud - quiet)[3:], np.log(100), atol=2e-2)


def test_a_longer_tract_moves_the_bands() -> None:
    windows = emphasised(_noise(400))[None]
    assert log_mel(windows, mel_bank(1.1)).shape == (1, MELS)
    assert np.abs(log_mel(windows, mel_bank(1.1)) - log_mel(windows, mel_bank())).max() > 0.01


@pytest.mark.parametrize("count", [0, 1, 159])
def test_too_little_sound_gives_no_feature_yet(count: int) -> None:
    assert LogMel().feed(_noise(count)).shape == (0, MELS)
