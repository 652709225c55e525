from __future__ import annotations

from fractions import Fraction

import pytest

from avatar_core.errors import RecordingError
from avatar_core.recording.clip import VideoSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 0},
        {"height": 100_000},
        {"fps": 0.0},
        {"fps": float("nan")},
        {"fps": 1e9},
        {"audio_rate_hz": 0},
        {"audio_channels": 6},
    ],
)
def test_what_cannot_be_encoded_is_refused_in_words(wrong):
    with pytest.raises(RecordingError):
        VideoSettings(**{"width": 64, "height": 64, "fps": 30.0, **wrong})


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(30, Fraction(30)), (30000 / 1001, Fraction(30000, 1001)), (12.5, Fraction(25, 2))],
)
def test_rates_are_the_fractions_they_mean(fps, rate):
    assert VideoSettings(64, 64, fps).rate == rate


def test_sizes_of_the_file_are_even():
    settings = VideoSettings(65, 64, 30)

    assert (settings.even_width, settings.even_height) == (66, 64)
