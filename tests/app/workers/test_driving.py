from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers.driving import DrivenMotion, DrivingLoop, TakePlayback
from app.workers.latest import Latest
from app.workers.playback import Transport
from avatar_core.errors import AvatarError, FaceNotFoundError, WeightsError
from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    MixerSettings,
    MotionFrame,
    Take,
    TakeRecorder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

UNSMOOTHED = MixerSettings(groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup})


class Rig:
    """A driving loop with a fake tracker; remembers every motion it gave."""

    def __init__(self, fake: Any) -> None:
        self._fake = fake
        self.errors: list[AvatarError] = []
        self.tracker = fake.Tracker()
        self.motions: Latest[DrivenMotion] = Latest()
        self.loop = DrivingLoop(self.motions, lambda: self.tracker, self.errors.append)
        self.loop.set_mixer(UNSMOOTHED)
        self.loop.start()

    def show(self, brightness: int) -> None:
        self.loop.images.put(self._fake.picture(brightness))

    def follow(self, brightness: int) -> None:
        """Show a face until the mixer has eased into it."""
        for _ in range(60):
            self.show(brightness)
            time.sleep(0.01)
        self.until(lambda: self.jaw == pytest.approx(brightness / 255, abs=1e-3))

    def next(self, timeout_s: float = 2.0) -> DrivenMotion:
        driven = self.motions.wait(timeout_s)
        assert driven is not None, "no motion came"
        return driven

    def settle(self, quiet_s: float = 0.25) -> None:
        while self.motions.wait(quiet_s) is not None:
            pass

    def until(self, condition: Any, timeout_s: float = 2.0) -> None:
        deadline = time.perf_counter() + timeout_s
        while not condition():
            assert time.perf_counter() < deadline
            time.sleep(0.002)

    @property
    def jaw(self) -> float:
        return -1.0 if self.loop.latest is None else self.loop.latest.motion.weight("jawOpen")


@pytest.fixture
def rig(fake: Any) -> Iterator[Rig]:
    made = Rig(fake)
    yield made
    made.loop.stop()
    assert made.loop.join(2.0)


@pytest.fixture
def live(rig: Rig) -> Rig:
    rig.loop.set_has_source(True)
    rig.settle()
    return rig


def test_begins_with_the_pose_of_the_sliders(rig: Rig) -> None:
    rig.loop.set_sliders(MotionFrame.from_units(jawOpen=0.25))
    rig.until(lambda: rig.jaw == pytest.approx(0.25))
    assert rig.loop.tracking == "idle"


def test_sleeps_when_nothing_moves(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.loop.set_sliders(MotionFrame.from_units(jawOpen=0.25))
    rig.settle(0.5)
    rounds = []
    original = rig.loop.step
    monkeypatch.setattr(rig.loop, "step", lambda: (rounds.append(1), original())[1])
    rig.loop.set_sliders(MotionFrame.from_units(jawOpen=0.5))
    rig.settle(0.5)
    busy = len(rounds)
    time.sleep(0.5)
    assert len(rounds) == busy


def test_tracked_pictures_become_motion_with_their_times(live: Rig) -> None:
    live.follow(102)
    shown_s = time.perf_counter()
    live.show(153)
    live.until(lambda: live.jaw == pytest.approx(0.6, abs=1e-3))
    driven = live.next()
    assert driven.captured_s == pytest.approx(shown_s, abs=0.05)
    assert set(driven.stage_ms) == {"capture", "track", "mix"}
    assert live.loop.tracking == "tracked"
    assert live.loop.driver_motion is not None


def test_sliders_are_added_to_the_driver(live: Rig) -> None:
    live.follow(102)
    live.loop.set_sliders(MotionFrame.from_units(jawOpen=0.3))
    live.until(lambda: live.jaw == pytest.approx(0.7, abs=1e-3))


def test_the_same_pose_is_not_handed_on_twice(live: Rig) -> None:
    live.follow(102)
    live.settle()
    before = live.tracker.tracked
    live.show(102)
    live.until(lambda: live.tracker.tracked > before)
    assert live.motions.wait(0.3) is None


def test_a_lost_face_eases_to_neutral_though_no_picture_comes(live: Rig) -> None:
    live.follow(255)
    live.show(0)
    live.until(lambda: live.loop.tracking == "lost")
    assert live.jaw > 0.5  # no jump
    live.until(lambda: live.jaw == pytest.approx(0.0, abs=1e-3))
    live.settle(0.5)
    assert live.motions.wait(0.3) is None  # and then it rests


def test_a_face_that_returns_is_followed_again(live: Rig) -> None:
    live.follow(255)
    live.show(0)
    live.until(lambda: live.loop.tracking == "lost")
    live.follow(204)
    assert live.loop.tracking == "tracked"


def test_without_a_source_the_driver_eases_away_and_is_not_missed(live: Rig) -> None:
    live.follow(255)
    live.loop.set_has_source(False)
    live.until(lambda: live.jaw == pytest.approx(0.0, abs=1e-3))
    assert live.loop.tracking == "idle"
    assert live.loop.driver_motion is None


def test_a_tracker_that_fails_is_said_once_and_sliders_go_on(live: Rig, fake: Any) -> None:
    error = WeightsError("The face model is damaged.", "Reinstall.")
    live.tracker = fake.Tracker(error)
    for _ in range(3):
        live.show(102)
        time.sleep(0.02)
    live.until(lambda: live.errors)
    live.loop.set_sliders(MotionFrame.from_units(jawOpen=0.6))
    live.until(lambda: live.jaw == pytest.approx(0.6, abs=1e-3))
    assert live.errors == [error]


def test_another_source_tries_the_tracker_again(live: Rig, fake: Any) -> None:
    live.tracker = fake.Tracker(RuntimeError("network"))
    live.show(102)
    live.until(lambda: live.errors)
    live.tracker = fake.Tracker()
    live.loop.set_has_source(True)
    live.show(102)
    live.until(lambda: live.jaw == pytest.approx(0.4, abs=1e-3))


def test_takes_drive_by_their_clock(rig: Rig, fake: Any) -> None:
    take = fake.take(1.0)
    transport = Transport(take.duration_s)
    transport.play()
    rig.loop.play(TakePlayback(take, transport))
    seen = [rig.next() for _ in range(10)]
    places = [driven.motion.weight("jawOpen") for driven in seen]
    assert places == sorted(places)
    assert seen[-1].captured_s is not None
    rig.until(lambda: transport.has_ended)
    rig.settle()
    assert rig.jaw == pytest.approx(take.frame(-1).weight("jawOpen"), abs=0.01)


def test_takes_play_as_they_were_recorded(rig: Rig, fake: Any) -> None:
    neutral = MotionFrame.from_units(jawOpen=0.5)
    doubled = MixerSettings(
        groups={ChannelGroup.JAW: GroupSettings(gain=2.0, smoothing=0.9)}, neutral=neutral
    )
    rig.loop.set_mixer(doubled)
    frames = [
        MotionFrame.from_units(0.0, jawOpen=0.3),
        MotionFrame(0.1, MotionFrame.from_units(jawOpen=0.3).weights, confidence=0.0),
    ]
    take = Take.from_frames("Gap", frames, 30.0)
    transport = Transport(take.duration_s)
    rig.loop.play(TakePlayback(take, transport))
    rig.until(lambda: rig.jaw == pytest.approx(0.3, abs=1e-3))
    transport.seek(0.1)
    rig.loop.poke()
    rig.settle()
    assert rig.jaw == pytest.approx(0.3, abs=1e-3)


def test_pictures_are_ignored_while_a_take_plays(live: Rig, fake: Any) -> None:
    take = fake.take(1.0)
    live.loop.play(TakePlayback(take, Transport(take.duration_s)))
    live.until(lambda: live.jaw == pytest.approx(0.0, abs=1e-3))
    live.show(255)
    live.settle()
    assert live.jaw == pytest.approx(0.0, abs=1e-3)
    live.loop.play(None)
    live.show(255)
    live.until(lambda: live.jaw > 0.99)


def test_the_recorder_gets_every_motion_and_rests_too(live: Rig) -> None:
    recorder = TakeRecorder()
    live.follow(102)
    live.loop.record(recorder)
    time.sleep(0.5)  # nothing moves, yet the pose is held for this long
    live.show(204)
    live.until(lambda: live.jaw == pytest.approx(0.8, abs=1e-3))
    live.loop.record(None)
    take = recorder.finish("Take")
    held = take.frame_at(take.duration_s - 0.1).weight("jawOpen")
    assert held == pytest.approx(0.4, abs=0.02)
    assert take.frame(-1).weight("jawOpen") == pytest.approx(0.8, abs=0.01)
    assert len(take) >= 10


def test_neutral_is_the_driver_before_the_mixer(live: Rig) -> None:
    live.loop.set_mixer(MixerSettings(groups={ChannelGroup.JAW: GroupSettings(muted=True)}))
    for _ in range(3):
        live.show(51)
        time.sleep(0.03)
    live.until(lambda: live.tracker.tracked == 3)
    live.until(lambda: live.loop.neutral().weight("jawOpen") == pytest.approx(0.2))
    assert live.jaw == pytest.approx(0.0)


def test_neutral_without_a_face_is_refused(live: Rig) -> None:
    with pytest.raises(FaceNotFoundError):
        live.loop.neutral()


def test_a_burst_of_sliders_leaves_only_the_newest(rig: Rig) -> None:
    for value in np.linspace(0, 1, 200):
        rig.loop.set_sliders(MotionFrame.from_units(jawOpen=float(value)))
    rig.until(lambda: rig.jaw == pytest.approx(1.0))
    assert rig.motions.take() is not None
    assert rig.motions.take() is None
