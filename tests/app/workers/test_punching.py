from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.workers.driving import TakePlayback, take_settings
from app.workers.playback import Transport
from app.workers.punching import PunchRecorder
from avatar_core.motion import (
    ChannelGroup,
    DriverShare,
    GroupSettings,
    MixerSettings,
    MotionFrame,
    Take,
    TakeAudio,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def playing(clock: Callable[[], float], *, is_looping: bool = False) -> Transport:
    transport = Transport(2.0, is_looping=is_looping, clock=clock)
    transport.play()
    return transport


def test_frames_lie_where_the_take_stood_when_they_were_captured(clock: Clock) -> None:
    recorder = PunchRecorder(playing(clock), clock)
    for step in range(10):
        clock.now_s = 100.5 + step / 30
        recorder.append(MotionFrame.from_units(jawOpen=step / 10), clock.now_s - 0.08)
    assert recorder.first_s == pytest.approx(0.42)
    take = recorder.finish("t")
    assert take.times_s == pytest.approx(np.arange(10) / 30, abs=1e-9)


def test_nothing_is_recorded_while_the_take_stands(clock: Clock) -> None:
    transport = playing(clock)
    recorder = PunchRecorder(transport, clock)
    transport.pause()
    assert not recorder.append(MotionFrame())
    assert len(recorder) == 0


def test_a_new_round_replaces_the_old_one(clock: Clock) -> None:
    recorder = PunchRecorder(playing(clock, is_looping=True), clock)
    for step in range(100):
        clock.now_s = 100.0 + step / 30
        recorder.append(MotionFrame())
    assert recorder.first_s == pytest.approx(0, abs=0.04)
    assert recorder.duration_s < 1.5


def test_the_same_moment_twice_is_recorded_once(clock: Clock) -> None:
    recorder = PunchRecorder(playing(clock), clock)
    clock.now_s = 100.5
    assert recorder.append(MotionFrame(), 100.45)
    clock.now_s = 100.51
    assert not recorder.append(MotionFrame(), 100.45)


def test_what_was_captured_before_the_take_began_is_left_out(clock: Clock) -> None:
    recorder = PunchRecorder(playing(clock), clock)
    assert not recorder.append(MotionFrame(), 99.9)


def test_punched_groups_are_moved_by_the_live_driver_and_no_others() -> None:
    own = GroupSettings(drivers=(DriverShare("mic:"),), gain=1.5)
    settings = MixerSettings({ChannelGroup.LIPS: own, ChannelGroup.BROWS: GroupSettings(gain=0.5)})
    groups = {ChannelGroup.LIPS, ChannelGroup.BROWS}
    rows = take_settings(settings, groups, "camera:0").groups
    assert rows[ChannelGroup.LIPS] == own
    assert rows[ChannelGroup.BROWS].drivers == (DriverShare("camera:0"),)
    assert rows[ChannelGroup.BROWS].gain == 0.5
    assert rows[ChannelGroup.JAW] == GroupSettings(smoothing=0.0)


def test_an_edited_take_keeps_its_clock_while_it_sounds_and_lasts_the_same(clock: Clock) -> None:
    sound = TakeAudio(np.zeros((10, 1), np.float32), 10)
    take = Take.from_frames("t", [MotionFrame(), MotionFrame(time_s=1)], 1, sound)
    playback = TakePlayback(take, playing(clock))
    assert playback.fits(take.renamed("other"))
    longer = Take.from_frames("t", [MotionFrame(), MotionFrame(time_s=2)], 1, sound)
    assert not playback.fits(longer)
