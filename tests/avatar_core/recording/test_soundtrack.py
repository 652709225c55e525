from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.recording.soundtrack import Soundtrack, in_channels


def ramp(start: int, stop: int) -> np.ndarray:
    return np.arange(start, stop, dtype=np.float32)


def test_pieces_come_out_as_one_stream_cut_by_time():
    track = Soundtrack(rate_hz=100, channels=1)
    track.append(ramp(0, 30))
    track.append(ramp(30, 100))

    parts = [track.take_until(0.1), track.take_until(0.55), track.take_until(0.55)]

    assert [len(part) for part in parts] == [10, 45, 0]
    np.testing.assert_array_equal(np.concatenate(parts)[:, 0], ramp(0, 55))


def test_sound_that_has_not_come_yet_is_not_invented_before_the_end():
    track = Soundtrack(rate_hz=100, channels=2)
    track.append(ramp(1, 21))

    assert len(track.take_until(1.0)) == 20
    rest = track.finish(1.0)

    assert rest.shape == (80, 2)
    assert not rest.any()


def test_the_end_cuts_what_is_too_long():
    track = Soundtrack(rate_hz=100, channels=1)
    track.append(ramp(0, 500))

    assert len(track.finish(2.0)) == 200
    assert len(track.finish(2.0)) == 0


def test_a_gap_is_silence_and_an_overlap_is_left_out():
    track = Soundtrack(rate_hz=100, channels=1)
    track.append(ramp(1, 11), time_s=0.1)
    track.append(ramp(101, 121), time_s=0.15)
    track.append(ramp(0, 3), time_s=0.0)

    sound = track.finish(0.35)[:, 0]

    np.testing.assert_array_equal(sound, [*[0] * 10, *ramp(1, 11), *ramp(106, 121)])


def test_channels_are_spread_and_averaged():
    np.testing.assert_array_equal(in_channels(ramp(0, 2), 2), [[0, 0], [1, 1]])
    np.testing.assert_array_equal(in_channels(np.array([[0.0, 1.0]]), 1), [[0.5]])
    assert in_channels(ramp(0, 2), 2).dtype == np.float32
    for shape in [(5, 3), (5, 0), (2, 2, 2), ()]:
        with pytest.raises(ShapeError):
            in_channels(np.zeros(shape, np.float32), 2)
