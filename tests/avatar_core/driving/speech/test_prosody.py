from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.prosody import PITCH_WINDOW, Melody, ProsodicHead, melody_of

_TIMES_S = np.arange(PITCH_WINDOW) / 16_000


@pytest.mark.parametrize("hertz", [85.0, 120.0, 210.0, 330.0])
def test_the_pitch_of_a_voice_is_found(hertz: float) -> None:
    voice = sum(np.sin(2 * np.pi * hertz * k * _TIMES_S) / k for k in range(1, 12))
    assert melody_of((0.1 * voice).astype("f4")).pitch_hz == pytest.approx(hertz, rel=0.03)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(7).normal(size=PITCH_WINDOW).astype("f4")
    assert melody_of(0.1 * noise).pitch_hz == 0
    assert melody_of(np.zeros(PITCH_WINDOW, np.float32)).pitch_hz == 0


def test_loudness_in_decibels_of_full_scale() -> None:
    square = np.where(np.arange(PITCH_WINDOW) % 40 < 20, 0.1, -0.1).astype("f4")
    assert melody_of(square).level_db == pytest.approx(-20, abs=0.01)


def test_the_head_rests_in_silence() -> None:
    head = ProsodicHead()
    turns = [head.feed(Melody(0.0, -90.0), 0.0) for _ in range(200)]
    assert not np.array(turns).any()


def test_stress_nods_and_a_raised_voice_lifts_the_head() -> None:
    def pitch_of_head(stressed: Melody) -> float:
        head = ProsodicHead()
        for _ in range(100):
            head.feed(Melody(120.0, -35.0), 1.0)
        before = head.feed(Melody(120.0, -35.0), 1.0)
        for _ in range(10):
            after = head.feed(stressed, 1.0)
        return float(after[0] - before[0])

    assert pitch_of_head(Melody(120.0, -18.0)) > 0.01
    assert pitch_of_head(Melody(170.0, -35.0)) < -0.01


def test_it_stays_within_a_few_degrees() -> None:
    rng = np.random.default_rng(7)
    head = ProsodicHead()
    turns = np.array(
        [head.feed(Melody(rng.uniform(70, 400), rng.uniform(-60, 0)), 1.0) for _ in range(2_000)]
    )
    assert np.degrees(np.abs(turns)).max() < 9
    # No jerks: less than a degree from one moment to the next.
    assert np.degrees(np.abs(np.diff(turns, axis=0))).max() < 1
