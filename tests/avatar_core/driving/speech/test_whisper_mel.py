from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.whisper_mel import whisper_log_mel, whisper_mel_bank
from tests.avatar_core.driving.speech.toy_whisper import reference_log_mel


def _voice(seconds: float = 0.6) -> np.ndarray:
    rng = np.random.default_rng(7)
    times_s = np.arange(int(16_000 * seconds)) / 16_000
    buzz = sum(np.sin(2 * np.pi * 140 * k * times_s) / k for k in range(1, 30))
    swell = np.clip(np.sin(2 * np.pi * 3 * times_s), 0, 1)
    return (0.2 * swell * buzz + 1e-4 * rng.normal(size=len(times_s))).astype("f4")


@pytest.mark.parametrize("bands", [80, 128])
def test_it_is_the_published_picture(bands: int) -> None:
    sound = _voice()
    rows = whisper_log_mel(sound, bands)
    assert rows.shape == (len(sound) // 160, bands)
    np.testing.assert_allclose(rows, reference_log_mel(sound, bands), atol=1e-5)


def test_bands_are_those_of_the_release() -> None:
    bank = whisper_mel_bank(80)
    # Single values of the file of filters that the release carries.
    for band, at, value in (
        (0, 1, 0.0248625949), (1, 1, 0.0019908219), (1, 2, 0.0228717718), (20, 20, 0.013890394),
        (40, 43, 0.014735566), (79, 192, 0.0031647119),
    ):  # fmt: skip
        assert bank[at, band] == pytest.approx(value, rel=1e-5)
    assert bank[0].max() == 0
    # Bands of equal area: 2 over their width, at 40 Hz a bin.
    np.testing.assert_allclose(40 * bank[:, 60:79].sum(0), 1, rtol=0.02)


def test_long_sounds_are_taken_in_blocks_that_leave_no_seam() -> None:
    sound = np.tile(_voice(), 60)
    rows = whisper_log_mel(sound)
    start = 2_950
    part = whisper_log_mel(sound[160 * (start - 10) : 160 * (start + 110)])
    np.testing.assert_allclose(rows[start : start + 100], part[10:110], atol=1e-5)


def test_silence_lies_eight_powers_of_ten_below_the_loudest() -> None:
    sound = np.concatenate([_voice(), np.zeros(16_000, np.float32)])
    rows = whisper_log_mel(sound)
    assert rows[-50:].max() == rows.min() == pytest.approx(rows.max() - 2, abs=1e-5)
    np.testing.assert_allclose(whisper_log_mel(np.zeros(1_600, np.float32)), -1.5, atol=1e-6)
