from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers.driving import TakePlayback, take_settings
from app.workers.playback import Transport
from app.workers.punching import PunchRecorder
from avatar_core.errors import RecordingError
from avatar_core.motion import (
    UNIT_INDEX,
    ChannelGroup,
    Corrections,
    DriverShare,
    GroupSettings,
    Key,
    MixerSettings,
    MotionFrame,
    Take,
    TakeAudio,
)
from avatar_core.motion.take_edits import trimmed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


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


def smiling_ramp(fake: Any) -> Take:
    """The jaw opens, as in `fake.take`, and the mouth smiles a little all along."""
    take: Take = fake.take(3.0)
    weights = take.weights.copy()
    weights[:, UNIT_INDEX["browInnerUp"]] = 0.25
    return replace(take, weights=weights)


def test_a_live_driver_moves_the_punched_groups_while_the_take_moves_the_rest(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    bench.sources["camera:0"] = fake.Source([204] * 4000)  # a jaw that is four fifths open
    engine = bench.engine
    calm = {group: GroupSettings(smoothing=0.0) for group in ChannelGroup}
    engine.set_mixer(MixerSettings(calm))
    engine.set_source("camera:0")
    take = smiling_ramp(fake)
    engine.play_take(take, 0.5, is_paused=True)
    engine.punching.rehearse([ChannelGroup.JAW])
    qtbot.waitUntil(lambda: bench.state("camera:0") == "live", timeout=5000)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.8, abs=0.01), timeout=5000)
    told: list[tuple[Take, float]] = []
    engine.punching.recorded.connect(lambda insert, place_s: told.append((insert, place_s)))
    engine.punching.start()
    assert engine.status().recording.is_punch
    engine.resume()
    qtbot.waitUntil(lambda: engine.status().position_s > 1.2, timeout=8000)
    engine.punching.stop()
    ((insert, place_s),) = told
    assert 0.5 <= place_s < 1.2
    assert insert.weights[:, UNIT_INDEX["jawOpen"]] == pytest.approx(0.8, abs=0.01)
    assert insert.weights[:, UNIT_INDEX["browInnerUp"]] == pytest.approx(0.25, abs=0.01)
    qtbot.waitUntil(lambda: bench.state("camera:0") == "", timeout=5000)  # it is off again
    assert engine.punching.groups == frozenset()
    assert not bench.errors


def test_without_a_take_nothing_can_be_recorded_over(bench: Any) -> None:
    with pytest.raises(RecordingError, match="No take plays"):
        bench.engine.punching.start()


def test_an_edited_take_goes_on_where_it_is(bench: Any, fake: Any, qtbot: QtBot) -> None:
    engine, take = bench.engine, fake.take(3.0)
    engine.play_take(take, 1.5, is_paused=True)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.5, abs=0.02), timeout=5000)
    corrected = replace(take, corrections=Corrections({"jawOpen": (Key(0, 0.25),)}))
    engine.renew_take(corrected)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.75, abs=0.02), timeout=5000)
    assert engine.status().position_s == 1.5
    engine.renew_take(trimmed(take, 0.0, 2.0))  # another length needs another clock
    assert engine.status().duration_s == pytest.approx(2.0)
    assert engine.status().position_s == pytest.approx(1.5)
    assert not engine.status().is_playing
    engine.renew_take(replace(take, id="another"))  # one that does not play
    assert engine.status().duration_s == pytest.approx(2.0)


def test_a_corrected_take_sounds_on_without_a_break(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    outputs: list[Any] = []

    def open_output(*arguments: Any) -> Any:
        outputs.append(fake.Output(*arguments))
        return outputs[-1]

    bench = make_bench(open_output=open_output)
    take = fake.take(3.0)
    bench.engine.play_take(take, 1.5, is_paused=True)
    qtbot.waitUntil(lambda: len(outputs) == 1, timeout=5000)
    bench.engine.renew_take(replace(take, corrections=Corrections({"jawOpen": (Key(0, 0.25),)})))
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.75, abs=0.02), timeout=5000)
    assert len(outputs) == 1
    assert not outputs[0].is_closed
