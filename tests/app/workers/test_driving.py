from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers.driver_frame import DriverFrame, SeenDriver
from app.workers.driving import DrivenMotion, DrivingLoop, TakePlayback
from app.workers.latest import Latest
from app.workers.playback import Transport
from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    MixerSettings,
    MotionFrame,
    Take,
    TakeRecorder,
)
from avatar_core.motion.idle import IdleSettings
from tests.app.workers.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar_core.errors import AvatarError

CAMERA = "camera:0"
MICROPHONE = "mic:"
UNSMOOTHED = MixerSettings(groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup})


class Rig:
    """A driving loop whose drivers are the test; remembers every motion it gave."""

    def __init__(self, fake: Any) -> None:
        self._fake = fake
        self.errors: list[AvatarError] = []
        self.frames: dict[str, DriverFrame | None] = {}
        self.motions: Latest[DrivenMotion] = Latest()
        self.loop = DrivingLoop(self.motions, lambda: dict(self.frames), self.errors.append)
        self.loop.set_mixer(UNSMOOTHED)
        self.loop.start()

    def show(self, brightness: int, driver: str = CAMERA) -> DriverFrame:
        """A new frame of a driver: jawOpen as bright as that, without a face where it is dark."""
        motion = MotionFrame.from_units(time.perf_counter(), jawOpen=brightness / 255)
        seen = SeenDriver(np.zeros((2, 2, 3), np.uint8))
        if brightness == 0:
            motion = MotionFrame(confidence=0.0)
        frame = DriverFrame(motion, time.perf_counter(), {"track": 1.0}, seen)
        self.tell(driver, frame)
        return frame

    def tell(self, driver: str, frame: DriverFrame | None) -> None:
        self.frames = {**self.frames, driver: frame}
        self.loop.wake.set()

    def follow(self, brightness: int, driver: str = CAMERA) -> None:
        """Show a face until the mixer has eased into it."""
        for _ in range(60):
            self.show(brightness, driver)
            time.sleep(0.01)
        self.until(lambda: self.jaw == pytest.approx(brightness / 255, abs=1e-3))

    def next(self, timeout_s: float = 10.0) -> DrivenMotion:
        driven = self.motions.wait(timeout_s)
        assert driven is not None, "no motion came"
        return driven

    def settle(self, quiet_s: float = 0.25) -> None:
        while self.motions.wait(quiet_s) is not None:
            pass

    def until(self, condition: Callable[[], object]) -> None:
        until(condition, lambda: (self.jaw, self.motion, self.loop.tracking, self.errors))

    @property
    def motion(self) -> MotionFrame:
        return MotionFrame() if self.loop.latest is None else self.loop.latest.motion

    @property
    def jaw(self) -> float:
        return -1.0 if self.loop.latest is None else self.motion.weight("jawOpen")


@pytest.fixture
def rig(fake: Any) -> Iterator[Rig]:
    made = Rig(fake)
    yield made
    made.loop.stop()
    assert made.loop.join(2.0)


@pytest.fixture
def live(rig: Rig) -> Rig:
    rig.loop.set_main(CAMERA)
    rig.tell(CAMERA, None)
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


def test_frames_of_the_driver_become_motion_with_their_times(live: Rig) -> None:
    live.follow(102)
    shown = live.show(153)
    live.until(lambda: live.jaw == pytest.approx(0.6, abs=1e-3))
    driven = live.next()
    assert driven.captured_s == shown.captured_s
    assert driven.seen is shown.seen
    assert set(driven.stage_ms) == {"track", "mix"}
    assert live.loop.tracking == "tracked"
    assert live.loop.driver_motion is not None


def test_sliders_are_added_to_the_driver(live: Rig) -> None:
    live.follow(102)
    live.loop.set_sliders(MotionFrame.from_units(jawOpen=0.3))
    live.until(lambda: live.jaw == pytest.approx(0.7, abs=1e-3))


def test_the_same_pose_is_not_handed_on_twice(live: Rig) -> None:
    live.follow(102)
    live.settle()
    live.show(102)
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
    live.loop.set_main("sliders")
    live.frames = {}
    live.loop.wake.set()
    live.until(lambda: live.jaw == pytest.approx(0.0, abs=1e-3))
    assert live.loop.tracking == "idle"
    assert live.loop.driver_motion is None


def test_a_driver_that_gives_nothing_any_more_is_lost_without_a_jump(live: Rig) -> None:
    live.follow(255)
    live.tell(CAMERA, None)
    live.until(lambda: live.loop.tracking == "lost")
    assert live.jaw > 0.5
    live.until(lambda: live.jaw == pytest.approx(0.0, abs=1e-3))
    live.follow(204)
    assert live.loop.tracking == "tracked"


# Several drivers.


def _mouth_from_microphone() -> MixerSettings:
    row = GroupSettings(smoothing=0.0, drivers=(DriverShare(MICROPHONE),))
    return UNSMOOTHED.with_group(ChannelGroup.JAW, row)


def _speak(live: Rig, jaw: float) -> None:
    motion = MotionFrame.from_units(time.perf_counter(), jawOpen=jaw)
    live.tell(MICROPHONE, DriverFrame(motion, time.perf_counter(), {"speech": 1.0}))


def test_the_jaw_comes_from_the_microphone_and_the_rest_from_the_camera(live: Rig) -> None:
    live.loop.set_mixer(_mouth_from_microphone())

    def both() -> bool:
        motion = MotionFrame.from_units(time.perf_counter(), jawOpen=0.9, browInnerUp=0.4)
        live.tell(CAMERA, DriverFrame(motion, time.perf_counter()))
        _speak(live, 0.3)
        time.sleep(0.01)
        return live.motion.weight("browInnerUp") == pytest.approx(0.4, abs=1e-3)

    live.until(both)
    live.until(lambda: live.jaw == pytest.approx(0.3, abs=1e-2))


def test_the_camera_takes_the_mouth_over_when_the_microphone_is_gone(live: Rig) -> None:
    live.loop.set_mixer(_mouth_from_microphone())
    for _ in range(60):
        live.show(204)
        _speak(live, 0.2)
        time.sleep(0.01)
    live.until(lambda: live.jaw == pytest.approx(0.2, abs=1e-2))
    live.tell(MICROPHONE, None)
    live.until(lambda: live.jaw == pytest.approx(0.8, abs=1e-2))


def test_what_the_main_driver_gives_tells_the_age(live: Rig) -> None:
    live.follow(102)
    shown = live.show(153)
    _speak(live, 0.5)
    live.until(lambda: live.jaw == pytest.approx(0.6, abs=1e-3))
    assert live.next().captured_s == shown.captured_s


def test_frames_beside_the_main_driver_do_not_hurry_the_mixer(
    live: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.loop.set_mixer(_mouth_from_microphone())
    mixed = []
    original = live.loop._mixer.mix
    monkeypatch.setattr(
        live.loop._mixer, "mix", lambda *args: (mixed.append(1), original(*args))[1]
    )
    started_s = time.perf_counter()
    while time.perf_counter() < started_s + 0.5:
        _speak(live, 0.5 + 0.5 * np.sin(100 * time.perf_counter()))
        time.sleep(0.001)
    assert len(mixed) < 0.5 * 90 + 5


def test_idle_motion_keeps_the_mixer_awake_only_while_it_is_on(rig: Rig) -> None:
    rig.settle(0.5)
    rig.loop.set_mixer(replace(UNSMOOTHED, idle=IdleSettings(head=1.0)))
    time.sleep(0.5)
    rounds = []
    original = rig.loop.step
    rig.loop.step = lambda: (rounds.append(1), original())[1]  # type: ignore[method-assign]
    time.sleep(0.5)
    assert len(rounds) > 5
    rig.loop.set_mixer(UNSMOOTHED)
    time.sleep(0.6)
    busy = len(rounds)
    time.sleep(0.4)
    assert len(rounds) == busy


def test_a_take_passes_unchanged_and_named_groups_are_performed_over_it(
    live: Rig, fake: Any
) -> None:
    live.loop.set_mixer(_mouth_from_microphone())
    frames = [MotionFrame.from_units(i / 30, jawOpen=0.9, browInnerUp=0.7) for i in range(30)]
    take = Take.from_frames("Brows", frames, 30.0)
    live.loop.play(TakePlayback(take, Transport(take.duration_s)))
    live.until(lambda: live.jaw == pytest.approx(0.9, abs=1e-2))  # nobody speaks

    def is_spoken() -> bool:
        _speak(live, 0.25)
        time.sleep(0.01)
        return live.jaw == pytest.approx(0.25, abs=1e-2)

    live.until(is_spoken)
    assert live.motion.weight("browInnerUp") == pytest.approx(0.7)


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
        groups={ChannelGroup.JAW: GroupSettings(gain=2.0, smoothing=0.9)},
        profiles={CAMERA: DriverProfile(neutral)},
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


def test_a_burst_of_sliders_leaves_only_the_newest(rig: Rig) -> None:
    for value in np.linspace(0, 1, 200):
        rig.loop.set_sliders(MotionFrame.from_units(jawOpen=float(value)))
    rig.until(lambda: rig.jaw == pytest.approx(1.0))
    assert rig.motions.take() is not None
    assert rig.motions.take() is None
