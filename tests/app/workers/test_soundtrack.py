from __future__ import annotations

import numpy as np
import pytest

from app.workers.soundtrack import Soundtrack
from avatar_core.motion import TakeAudio

RATE = 1000


@pytest.fixture
def ramp() -> Soundtrack:
    """One second whose samples are their own time, laid from 0.5 s on."""
    samples = np.arange(RATE, dtype=np.float32)[:, None] / RATE
    return Soundtrack(TakeAudio(samples, RATE), offset_s=0.5)


def test_reads_from_any_place(ramp: Soundtrack) -> None:
    samples = ramp.read(0.75, 4, RATE)
    assert samples[:, 0] == pytest.approx([0.25, 0.251, 0.252, 0.253])


def test_is_silent_where_there_is_no_sound(ramp: Soundtrack) -> None:
    assert not ramp.read(-3.0, 10, RATE).any()
    assert not ramp.read(1.5, 10, RATE).any()
    across = ramp.read(1.498, 4, RATE)[:, 0]
    assert across == pytest.approx([0.998, 0.999, 0, 0])


def test_pieces_join_without_a_seam(ramp: Soundtrack) -> None:
    whole = ramp.read(0.6, 300, RATE)
    pieces = [ramp.read(0.6 + 0.1 * i, 100, RATE) for i in range(3)]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_begins_again_after_its_period(ramp: Soundtrack) -> None:
    # 2 s long: half a second of silence before the sound and half a second after it.
    looped = ramp.read(1.999, 3, RATE, period_s=2.0)
    assert np.array_equal(looped, np.zeros((3, 1), np.float32))
    assert ramp.read(2.75, 2, RATE, period_s=2.0)[:, 0] == pytest.approx([0.25, 0.251])
    assert ramp.read(202.75, 1, RATE, period_s=2.0)[0, 0] == pytest.approx(0.25)


def test_other_rates_are_interpolated(ramp: Soundtrack) -> None:
    finer = ramp.read(0.75, 8, 4 * RATE)[:, 0]
    assert finer == pytest.approx(0.25 + np.arange(8) / (4 * RATE), abs=1e-6)


def test_keeps_its_channels() -> None:
    stereo = np.stack([np.full(8, 0.5), np.full(8, -0.5)], axis=1).astype(np.float32)
    track = Soundtrack(TakeAudio(stereo, 8))
    assert track.channels == 2
    assert track.read(0.0, 2, 8).tolist() == [[0.5, -0.5], [0.5, -0.5]]
