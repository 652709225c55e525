from __future__ import annotations

import numpy as np
import pytest

from app.workers.clip_sound import TapeSound
from app.workers.sound_tape import SoundTape, TapePiece, at_rate


def _ramp(start: int, count: int) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.float32) / 10_000


def _filled(*began_s: float, rate_hz: int = 1000) -> SoundTape:
    """Pieces of 100 samples that begin at these times, told by a ramp of their places."""
    tape = SoundTape()
    tape.run()
    for moment_s in began_s:
        tape.put(TapePiece(_ramp(round(1000 * moment_s), 100), rate_hz, moment_s))
    return tape


def test_keeps_what_comes_while_it_runs_and_nothing_else() -> None:
    tape = SoundTape()
    tape.put(TapePiece(_ramp(0, 10), 1000, 0.0))
    assert tape.pieces() == []
    tape.run()
    tape.put(TapePiece(_ramp(0, 10), 1000, 0.0))
    tape.put(TapePiece(_ramp(0, 0), 1000, 0.0))
    assert len(tape.pieces()) == 1
    tape.stop()
    assert tape.pieces() == []
    assert tape.sound(0.0, 1.0) is None


def test_every_sample_lies_at_its_time() -> None:
    sound = _filled(0.9, 1.0, 1.1).sound(1.0, 1.15)
    assert sound is not None
    assert sound.rate_hz == 1000
    np.testing.assert_array_equal(sound.samples[:, 0], _ramp(1000, 150))


def test_jitter_makes_neither_gaps_nor_overlaps() -> None:
    tape = SoundTape()
    tape.run()
    for index, jitter_s in enumerate((0.0, 0.004, -0.003, 0.002)):
        tape.put(TapePiece(_ramp(100 * index, 100), 1000, 0.1 * index + jitter_s))
    sound = tape.sound(0.0, 0.4)
    assert sound is not None
    np.testing.assert_array_equal(sound.samples[:, 0], _ramp(0, 400))


def test_gaps_are_silent() -> None:
    sound = _filled(0.0, 0.5).sound(0.0, 0.6)
    assert sound is not None
    assert not sound.samples[100:500].any()
    np.testing.assert_array_equal(sound.samples[500:, 0], _ramp(500, 100))


def test_another_rate_keeps_its_time() -> None:
    tape = _filled(0.0)
    tape.put(TapePiece(np.repeat(_ramp(200, 100), 2), 2000, 0.2))
    sound = tape.sound(0.0, 0.3)
    assert sound is not None
    assert sound.rate_hz == 1000
    np.testing.assert_allclose(sound.samples[200:, 0], _ramp(200, 100), atol=1e-4)


@pytest.mark.parametrize("wanted_hz", [500, 1000, 3000])
def test_resampling_keeps_length_and_tone(wanted_hz: int) -> None:
    times_s = np.arange(1000) / 1000
    tone = np.sin(2 * np.pi * 5 * times_s).astype(np.float32)
    resampled = at_rate(tone, 1000, wanted_hz)
    assert len(resampled) == wanted_hz
    expected = np.sin(2 * np.pi * 5 * np.arange(wanted_hz) / wanted_hz)
    np.testing.assert_allclose(resampled[:-3], expected[:-3], atol=1e-3)


def test_a_clip_gets_each_piece_once_on_its_own_clock() -> None:
    tape = _filled(9.95, 10.05)
    sound = TapeSound(1000, 2, started_s=10.0)
    first, second = sound.advance(tape)
    assert first[0].shape == (50, 2)  # what was said before the clip is left out
    assert first[1] == pytest.approx(0.0)
    np.testing.assert_array_equal(first[0][:, 1], _ramp(10_000, 50))
    assert second[1] == pytest.approx(0.05)
    assert sound.advance(tape) == []
    tape.put(TapePiece(_ramp(0, 100), 1000, 10.152))
    (third,) = sound.advance(tape)
    assert third[1] == pytest.approx(0.15)  # follows on, whatever the jitter
    tape.put(TapePiece(_ramp(0, 100), 1000, 12.0))
    (fourth,) = sound.advance(tape)
    assert fourth[1] == pytest.approx(2.0)  # a gap stays one
