from __future__ import annotations

import threading

import numpy as np
import pytest

from avatar_core.errors import RecordingError
from avatar_core.motion import MotionFrame, TakeAudio, TakeRecorder, Timecode


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_frames_are_stamped_by_the_recorder_not_by_the_source() -> None:
    clock = Clock()
    recorder = TakeRecorder(clock)
    # The film loops after its second frame: its own times go back.
    for film_s in (5.0, 5.1, 0.0, 0.1):
        assert recorder.append(MotionFrame(film_s))
        clock.now_s += 0.1
    take = recorder.finish("loop")
    assert take.times_s == pytest.approx([0, 0.1, 0.2, 0.3])
    assert take.fps == pytest.approx(10)


def test_frame_that_is_not_later_is_left_out() -> None:
    recorder = TakeRecorder(Clock())
    assert recorder.append(MotionFrame(), 1.0)
    assert not recorder.append(MotionFrame(), 1.0)
    assert not recorder.append(MotionFrame(), 0.5)
    assert len(recorder) == 1


def test_duration_runs_from_first_to_newest() -> None:
    recorder = TakeRecorder(Clock())
    assert recorder.duration_s == 0.0
    recorder.append(MotionFrame(), 2.0)
    recorder.append(MotionFrame(), 3.5)
    assert recorder.duration_s == 1.5


def test_sound_keeps_its_place_against_the_first_frame() -> None:
    recorder = TakeRecorder(Clock())
    recorder.append(MotionFrame(), 10.0)
    audio = TakeAudio(np.zeros((10, 1), np.float32), 10)
    take = recorder.finish("spoken", 30, audio, audio_started_s=9.75)
    assert take.audio is audio
    assert take.audio_offset_s == -0.25
    assert take.fps == 30


def test_usual_rate_ignores_a_stall() -> None:
    recorder = TakeRecorder(Clock())
    for time_s in (0, 0.04, 0.08, 1.0, 1.04, 1.08):
        recorder.append(MotionFrame(), time_s)
    assert recorder.finish("t").fps == pytest.approx(25)


def test_single_frame_makes_a_take() -> None:
    recorder = TakeRecorder(Clock())
    recorder.append(MotionFrame())
    assert len(recorder.finish("still")) == 1


def test_nothing_recorded_says_so() -> None:
    with pytest.raises(RecordingError, match="no frame arrived"):
        TakeRecorder(Clock()).finish("empty")


def test_finishing_empties_the_recorder() -> None:
    recorder = TakeRecorder(Clock())
    recorder.append(MotionFrame())
    recorder.finish("one")
    assert len(recorder) == 0


def test_many_threads_lose_nothing() -> None:
    ticks = iter(range(1_000_000))
    recorder = TakeRecorder(lambda: float(next(ticks)))

    def append_many() -> None:
        for _ in range(200):
            assert recorder.append(MotionFrame())

    threads = [threading.Thread(target=append_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(recorder.finish("t")) == 800


def test_its_timecode_is_the_time_of_day_of_the_first_frame() -> None:
    clock = Clock()
    recorder = TakeRecorder(clock, lambda: 36_000.0)  # ten o'clock
    for step in range(30):
        recorder.append(MotionFrame(), 102.5 + step / 25)
    take = recorder.finish("t")
    assert take.timecode == Timecode.parse("10:00:02:12.500", 25)


def test_a_take_that_begins_after_midnight_has_a_timecode_of_the_new_day() -> None:
    recorder = TakeRecorder(Clock(), lambda: 86_399.0)
    recorder.append(MotionFrame(), 102.0)
    timecode = recorder.finish("t", 30).timecode
    assert timecode is not None
    assert timecode.text == "00:00:01:00"


def test_a_restart_forgets_what_was_recorded() -> None:
    recorder = TakeRecorder(Clock())
    assert recorder.first_s == 0
    recorder.append(MotionFrame(), 5.0)
    assert recorder.first_s == 5.0
    recorder.restart()
    assert len(recorder) == 0
    assert recorder.append(MotionFrame(), 1.0)
