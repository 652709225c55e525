from __future__ import annotations

import numpy as np

from avatar_core.driving.speech.loudness import Levels, SilenceGate


def _gate(*parts: tuple[float, int]) -> np.ndarray:
    levels = np.concatenate([np.full(hops, db) for db, hops in parts]).astype("f4")
    return SilenceGate().feed(levels)


def test_levels_in_decibels_however_the_sound_is_cut() -> None:
    sound = np.where(np.arange(1_600) % 2, 0.1, -0.1).astype("f4")
    levels = Levels()
    made = np.concatenate([levels.feed(cut) for cut in np.split(sound, [7, 500, 500, 1_111])])
    np.testing.assert_allclose(made, np.full(10, -20), atol=1e-3)


def test_silence_keeps_it_shut() -> None:
    assert not _gate((-90, 200)).any()


def test_it_opens_for_speech_before_it_is_heard_and_shuts_after() -> None:
    openness = _gate((-90, 100), (-25, 100), (-90, 100))
    # Speech from moment 50 to 100; the look-ahead is two and a half moments.
    assert openness[49] > 0.7
    assert openness[55] > 0.99
    assert openness[99] > 0.99
    assert openness[125] < 0.1


def test_a_closed_lip_between_two_vowels_does_not_shut_it() -> None:
    assert _gate((-25, 50), (-80, 12), (-25, 50))[15:].min() > 0.95


def test_steady_noise_becomes_silence() -> None:
    openness = _gate((-45, 1_500))
    assert openness[30] > 0.9
    assert openness[-1] < 0.05


def test_speech_over_noise_opens_it() -> None:
    assert _gate((-45, 1_500), (-20, 40))[-1] > 0.95
