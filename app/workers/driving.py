"""DrivingLoop: what drives the avatar becomes motion, and the mixer gives it to inference."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from app.rate_meter import RateMeter
from app.workers.latest import Latest
from app.workers.loop import Loop
from app.workers.rest_estimate import RestEstimate
from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    Mixer,
    MixerSettings,
    MotionFrame,
    mean_neutral,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.workers.playback import Transport
    from avatar_core.driving.face_tracker import FaceTracker
    from avatar_core.driving.sources import CapturedImage
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.motion import Take, TakeRecorder, Tracking

_TICK_S = 1 / 60
_RECORDING_TICK_S = 1 / 30
_IMAGE_GAP_S = 0.25
"""While pictures come at least this often, they alone set the pace."""
_SETTLED_S = 0.3
"""Unchanged this long, the pose is at rest; longer than the mixer holds a lost face."""
_STILL = 1e-4
"""Weights and radians below which a difference cannot be seen."""
_NEUTRAL_S = 0.5

TAKE_SETTINGS = MixerSettings(
    groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup}
)
"""Takes hold what the mixer gave when they were recorded, so they pass unchanged."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenDriver:
    """The driver's picture as it was captured.

    Args:
        image: [H, W, 3] uint8 sRGB.
        face: [4] left, top, right and bottom of the face, pixels; None where none was found.
    """

    image: UInt8
    face: Float32 | None = None


@dataclass(frozen=True, slots=True)
class DrivenMotion:
    """A motion on its way to inference, with when it was captured and what it cost so far.

    `seen` is the latest picture of the driver, the very same as long as no other comes; None while
    no picture drives.
    """

    motion: MotionFrame
    captured_s: float | None = None
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    seen: SeenDriver | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TakePlayback:
    """A take and the clock it plays by."""

    take: Take
    transport: Transport


class DrivingLoop(Loop):
    """Tracks the newest picture, or samples the take, and mixes it with the sliders.

    It runs on events: a picture, a slider, the ticks of a playing take. When the pose has come to
    rest it sleeps, and poses nobody could tell from the last one are not handed on.

    Args:
        motions: where the newest motion goes.
        make_tracker: makes the face tracker, on this thread, when the first picture comes.
        report: hears errors.
    """

    def __init__(
        self,
        motions: Latest[DrivenMotion],
        make_tracker: Callable[[], FaceTracker],
        report: Callable[[AvatarError], None],
    ) -> None:
        super().__init__("Face tracking", report)
        self.images: Latest[CapturedImage] = Latest(self.wake)
        self.rate = RateMeter()
        self.tracking: Tracking = "idle"
        self.driver_motion: MotionFrame | None = None
        self.latest: DrivenMotion | None = None
        self._motions = motions
        self._audience: Latest[DrivenMotion] | None = None
        self._told: tuple[Latest[DrivenMotion], SeenDriver | None] | None = None
        self._seen: SeenDriver | None = None
        self._make_tracker = make_tracker
        self._tracker: FaceTracker | None = None
        self._is_broken = False
        self._is_new_source = False
        self._rest = RestEstimate()
        self._mixer = Mixer()
        self._sliders = MotionFrame()
        self._settings = MixerSettings()
        self._wanted: TakePlayback | None = None
        self._playback: TakePlayback | None = None
        self._has_source = False
        self._recorder: TakeRecorder | None = None
        self._recent: tuple[MotionFrame, ...] = ()
        self._image_s = -np.inf
        self._moved_s = -np.inf
        self._mixed_s = -np.inf

    # Requests, from any thread.

    def set_sliders(self, sliders: MotionFrame) -> None:
        self._sliders = sliders
        self.poke()

    def set_mixer(self, settings: MixerSettings) -> None:
        self._settings = settings
        self.poke()

    def set_has_source(self, has_source: bool) -> None:
        """Whether pictures are to be expected; without them the driver eases away."""
        self._has_source = has_source
        self._is_new_source = True
        self._is_broken = False
        self._recent = ()
        self.renew()
        self.poke()

    def play(self, playback: TakePlayback | None) -> None:
        """Drive from a take, or from pictures again."""
        self._wanted = playback
        self.poke()

    def record(self, recorder: TakeRecorder | None) -> None:
        """Give every mixed motion to this recorder too."""
        self._recorder = recorder
        self.poke()

    def set_audience(self, audience: Latest[DrivenMotion] | None) -> None:
        """Give every new motion and every picture to this mailbox too; None for none."""
        self._audience = audience
        self.poke()

    def poke(self) -> None:
        """Mix again now, though nothing new was captured."""
        self._moved_s = time.perf_counter()
        self.wake.set()

    def neutral(self) -> MotionFrame:
        """The driver's face over the last half second of tracking, before the mixer.

        Raises:
            FaceNotFoundError: no face is being tracked.
        """
        recent = self._recent
        return mean_neutral(
            [frame for frame in recent if recent[-1].time_s - frame.time_s <= _NEUTRAL_S]
        )

    # The loop's own thread.

    def step(self) -> None:
        """Wait for something to do, and mix once."""
        self.rest(self._pause_s())
        if self.is_stopping:
            return
        self._change_playback()
        image = self.images.take()
        playback = self._playback
        if playback is not None:
            self._drive_from_take(playback)
        elif image is not None and not self._is_broken:
            self._drive_from_image(image)
        else:
            self._mix(self._live_driver(), None, {})

    def give_up(self) -> None:
        """Stop tracking until another source is set; sliders and takes go on."""
        self._is_broken = True
        self._tracker = None
        self.driver_motion = None

    def close(self) -> None:
        self._tracker = None
        if self._playback is not None:
            self._playback.transport.close()

    def _pause_s(self) -> float | None:
        """How long to wait for an event; None for ever."""
        now_s = time.perf_counter()
        playback = self._playback
        if playback is not None and playback.transport.is_playing:
            return max(0.0, self._mixed_s + _TICK_S - now_s)
        if self._has_source and now_s - self._image_s < _IMAGE_GAP_S:
            return _IMAGE_GAP_S
        if now_s - self._moved_s < _SETTLED_S:
            return max(0.0, self._mixed_s + _TICK_S - now_s)
        if self._recorder is not None:
            return max(0.0, self._mixed_s + _RECORDING_TICK_S - now_s)
        return None

    def _change_playback(self) -> None:
        wanted = self._wanted
        if wanted is self._playback:
            return
        if self._playback is not None:
            self._playback.transport.close()
        self._playback = wanted
        self._mixer.reset()
        if wanted is not None:
            wanted.transport.open()

    def _drive_from_take(self, playback: TakePlayback) -> None:
        playback.transport.watch()
        self._seen = None
        now_s = time.perf_counter()
        sampled = playback.take.frame_at(playback.transport.position_s)
        self._mix(replace(sampled, confidence=1.0), now_s, {}, TAKE_SETTINGS)

    def _drive_from_image(self, image: CapturedImage) -> None:
        if self._tracker is None:
            self._tracker = self._make_tracker()
        if self._is_new_source:
            self._is_new_source = False
            self._rest = RestEstimate()
            self._tracker.reset()
        started_s = time.perf_counter()
        captured_s = image.captured_s
        face = self._tracker.track(image.image, captured_s)
        ended_s = time.perf_counter()
        self._image_s = self._moved_s = ended_s
        self.rate.mark()
        if face is None:
            self.driver_motion = MotionFrame(confidence=0.0)
        else:
            self.driver_motion = face.motion
            self._recent = (*self._recent[-30:], self.driver_motion)
        stages = {
            "capture": 1000 * (started_s - captured_s),
            "track": 1000 * (ended_s - started_s),
        }
        self._seen = SeenDriver(image.image, None if face is None else face.box)
        self._mix(self.driver_motion, captured_s, stages)

    def _live_driver(self) -> MotionFrame | None:
        if self._has_source and not self._is_broken:
            return self.driver_motion
        self.driver_motion = self._seen = None
        self._mixer.release()
        return None

    def _live_settings(self, driver: MotionFrame | None) -> MixerSettings:
        """The mixer's controls; a driver that was never calibrated gets an estimated neutral."""
        settings = self._settings
        if settings.neutral is not None or driver is None or driver.confidence == 0:
            return settings
        return replace(settings, neutral=self._rest.neutral(driver), relative=1.0)

    def _mix(
        self,
        driver: MotionFrame | None,
        captured_s: float | None,
        stages: dict[str, float],
        settings: MixerSettings | None = None,
    ) -> None:
        started_s = time.perf_counter()
        # Ticks run on their own time, which may be ahead of a picture that took long to track.
        moment_s = max(captured_s or started_s, self._mixed_s + 1e-4)
        settings = settings or self._live_settings(driver)
        motion = self._mixer.mix(driver, self._sliders, settings, moment_s)
        ended_s = time.perf_counter()
        self._mixed_s = ended_s if captured_s is None else moment_s
        self.tracking = self._mixer.tracking
        recorder = self._recorder
        if recorder is not None:
            recorder.append(motion, moment_s)
        stages = {**stages, "mix": 1000 * (ended_s - started_s)}
        driven = DrivenMotion(motion, captured_s, stages, self._seen)
        moves = self.latest is None or not look_alike(motion, self.latest.motion)
        if moves:
            self._moved_s = ended_s
            self.latest = driven
            self._motions.put(driven)
        self._tell_audience(driven, moves=moves)

    def _tell_audience(self, driven: DrivenMotion, *, moves: bool) -> None:
        audience = self._audience
        if audience is None:
            self._told = None
            return
        told = self._told
        is_new = told is None or told[0] is not audience or told[1] is not driven.seen
        if moves or is_new:
            self._told = audience, driven.seen
            audience.put(driven)


def look_alike(first: MotionFrame, second: MotionFrame) -> bool:
    """Whether nobody could tell one pose from the other."""
    if (first.gaze is None) != (second.gaze is None):
        return False
    pairs = [
        (first.weights, second.weights),
        (first.head_rotation, second.head_rotation),
        (first.head_translation, second.head_translation),
    ]
    if first.gaze is not None and second.gaze is not None:
        pairs.append((first.gaze, second.gaze))
    return all(float(np.abs(one - other).max()) < _STILL for one, other in pairs)
