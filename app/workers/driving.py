"""DrivingLoop: what the drivers do becomes one motion, and inference gets it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from app.workers.driver_frame import DriverFrame, SeenDriver, look_alike
from app.workers.driver_rests import DriverRests
from app.workers.loop import Loop
from avatar_core.motion import DriverShare, GroupSettings, Mixer, MixerSettings, MotionFrame
from avatar_core.project.model import SLIDERS, take_source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from app.workers.latest import Latest
    from app.workers.playback import Transport
    from avatar_core.errors import AvatarError
    from avatar_core.motion import ChannelGroup, Take, TakeRecorder, Tracking

_TICK_S = 1 / 60
_SLOW_TICK_S = 1 / 30
"""While a pose is recorded that rests, or moves by itself alone."""
_LEAST_GAP_S = 1 / 90
"""Drivers beside the main one have to wait this long after a mix: they may be many."""
_NEWS_GAP_S = 0.25
"""While frames come at least this often, they alone set the pace."""
_SETTLED_S = 0.3
"""Unchanged this long, the pose is at rest; longer than the mixer holds a lost face."""


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

    def fits(self, take: Take) -> bool:
        """Whether another take can go on by the same clock: it sounds and lasts the same."""
        sound = self.take.audio, self.take.audio_offset_s, self.take.duration_s
        return sound == (take.audio, take.audio_offset_s, take.duration_s)


class DrivingLoop(Loop):
    """Mixes the newest frames of all drivers, or the take that plays, with the sliders.

    It runs on events: a frame, a slider, the ticks of a playing take or of idle motion. When the
    pose has come to rest it sleeps, and poses nobody could tell from the last one are not handed
    on.

    Args:
        motions: where the newest motion goes.
        frames: the newest frame of each driver that is on, None while it gives none; who brings a
            new one sets `wake`.
        report: hears errors.
    """

    def __init__(
        self,
        motions: Latest[DrivenMotion],
        frames: Callable[[], Mapping[str, DriverFrame | None]],
        report: Callable[[AvatarError], None],
    ) -> None:
        super().__init__("The mixer", report)
        self.tracking: Tracking = "idle"
        self.driver_motion: MotionFrame | None = None
        self.latest: DrivenMotion | None = None
        self._motions = motions
        self._frames = frames
        self._audience: Latest[DrivenMotion] | None = None
        self._told: tuple[Latest[DrivenMotion], SeenDriver | None] | None = None
        self._main = SLIDERS
        self._used: dict[str, DriverFrame | None] = {}
        self._rests = DriverRests()
        self._mixer = Mixer()
        self._sliders = MotionFrame()
        self._settings = MixerSettings()
        self._wanted: TakePlayback | None = None
        self._playback: TakePlayback | None = None
        self._recorder: TakeRecorder | None = None
        self._punched: frozenset[ChannelGroup] = frozenset()
        self._is_poked = False
        self._news_s = -np.inf
        self._moved_s = -np.inf
        self._mixed_s = -np.inf
        self._moment_s = -np.inf

    # Requests, from any thread.

    def set_sliders(self, sliders: MotionFrame) -> None:
        self._sliders = sliders
        self.poke()

    def set_mixer(self, settings: MixerSettings) -> None:
        self._settings = settings
        self.poke()

    def set_main(self, uri: str) -> None:
        """Which driver moves all that the mixer gives to no other."""
        self._main = uri
        self._rests.forget(uri)
        self.renew()
        self.poke()

    def play(self, playback: TakePlayback | None) -> None:
        """Drive from a take, or from the main driver again."""
        self._wanted = playback
        self.poke()

    def record(self, recorder: TakeRecorder | None) -> None:
        """Give every mixed motion to this recorder too."""
        self._recorder = recorder
        self.poke()

    def punch(self, groups: frozenset[ChannelGroup]) -> None:
        """While a take plays, have live drivers move these groups; none: the take moves all."""
        self._punched = groups
        self.poke()

    def set_audience(self, audience: Latest[DrivenMotion] | None) -> None:
        """Give every new motion and every picture to this mailbox too; None for none."""
        self._audience = audience
        self.poke()

    def poke(self) -> None:
        """Mix again now, though nothing new was captured."""
        self._moved_s = time.perf_counter()
        self._is_poked = True
        self.wake.set()

    # The loop's own thread.

    def step(self) -> None:
        """Wait for something to do, and mix once."""
        self.rest(self._pause_s())
        if self.is_stopping:
            return
        self._change_playback()
        frames = self._frames()
        if not self._is_urgent(frames):
            self._stopping.wait(max(self._mixed_s + _LEAST_GAP_S - time.perf_counter(), 0.0))
            frames = self._frames()
        newest = self._noted(frames)
        playback = self._playback
        if playback is not None:
            self._mix_take(playback, frames)
        else:
            self._mix_live(frames, newest)

    def close(self) -> None:
        if self._playback is not None:
            self._playback.transport.close()

    def _pause_s(self) -> float | None:
        """How long to wait for an event; None for ever."""
        now_s = time.perf_counter()
        tick_s = max(0.0, self._mixed_s + _TICK_S - now_s)
        playback = self._playback
        if playback is not None and playback.transport.is_playing:
            return tick_s
        if now_s - self._news_s < _NEWS_GAP_S:
            held_s = max(0.0, self._mixed_s + 2 * _SLOW_TICK_S - now_s)
            return _NEWS_GAP_S if self._recorder is None else held_s
        slow_tick_s = max(0.0, self._mixed_s + _SLOW_TICK_S - now_s)
        if playback is None and self._settings.idle.is_on:
            return slow_tick_s
        if now_s - self._moved_s < _SETTLED_S:
            return tick_s
        return None if self._recorder is None else slow_tick_s

    def _is_urgent(self, frames: Mapping[str, DriverFrame | None]) -> bool:
        """Whether the main driver has something new, or the user has changed something."""
        is_poked, self._is_poked = self._is_poked, False
        return is_poked or frames.get(self._main) is not self._used.get(self._main)

    def _noted(self, frames: Mapping[str, DriverFrame | None]) -> DriverFrame | None:
        """The newest frame that was not mixed yet, that of the main driver first."""
        used, self._used = self._used, dict(frames)
        if used != self._used:  # also when one gives nothing any more
            self._moved_s = time.perf_counter()
        new = {
            uri: frame
            for uri, frame in frames.items()
            if frame is not None and frame is not used.get(uri)
        }
        if not new:
            return None
        self._news_s = time.perf_counter()
        main = new.get(self._main)
        return main or max(new.values(), key=lambda frame: frame.captured_s)

    def _change_playback(self) -> None:
        wanted = self._wanted
        if wanted is self._playback:
            return
        before, self._playback = self._playback, wanted
        if before is not None and wanted is not None and before.transport is wanted.transport:
            return
        if before is not None:
            before.transport.close()
        self._mixer.reset()
        if wanted is not None:
            wanted.transport.open()

    def _mix_take(self, playback: TakePlayback, frames: Mapping[str, DriverFrame | None]) -> None:
        playback.transport.watch()
        now_s = time.perf_counter()
        sampled = replace(playback.take.frame_at(playback.transport.position_s), confidence=1.0)
        self.driver_motion = None
        main = take_source(playback.take.id)
        drivers = {**self._rests.motions(frames, self._settings), main: sampled}
        settings = take_settings(self._settings, self._punched, self._main)
        live = [frame.captured_s for frame in frames.values() if frame is not None]
        performed_s = max(live, default=None) if self._punched else None
        self._mix(drivers, main, settings, DriverFrame(sampled, now_s), performed_s)

    def _mix_live(
        self, frames: Mapping[str, DriverFrame | None], newest: DriverFrame | None
    ) -> None:
        main = frames.get(self._main)
        self.driver_motion = None if main is None else main.motion
        drivers = self._rests.motions(frames, self._settings)
        self._mix(drivers, self._main, self._settings, newest)

    def _mix(
        self,
        drivers: Mapping[str, MotionFrame | None],
        main: str,
        settings: MixerSettings,
        newest: DriverFrame | None,
        performed_s: float | None = None,
    ) -> None:
        started_s = time.perf_counter()
        captured_s = None if newest is None else newest.captured_s
        # Ticks run on their own time, which may be ahead of a picture that took long to track.
        moment_s = max(captured_s or started_s, self._moment_s + 1e-4)
        motion = self._mixer.mix(drivers, main, self._sliders, settings, moment_s)
        ended_s = time.perf_counter()
        self._mixed_s, self._moment_s = ended_s, moment_s
        self.tracking = self._mixer.tracking
        recorder = self._recorder
        if recorder is not None:
            recorder.append(motion, moment_s if performed_s is None else performed_s)
        stages = {} if newest is None else newest.stage_ms
        mixed_ms = 1000 * (ended_s - started_s)
        driven = DrivenMotion(motion, captured_s, {**stages, "mix": mixed_ms}, self._seen())
        moves = self.latest is None or not look_alike(motion, self.latest.motion)
        if moves:
            self._moved_s = ended_s
            self.latest = driven
            self._motions.put(driven)
        self._tell_audience(driven, moves=moves)

    def _seen(self) -> SeenDriver | None:
        """The picture that drives: the main driver's, else that of one beside it."""
        main = self._used.get(self._main)
        if main is not None and main.seen is not None:
            return main.seen
        if self._playback is not None:
            return None
        return next((each.seen for each in self._used.values() if each and each.seen), None)

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


def take_settings(
    settings: MixerSettings,
    punched: Collection[ChannelGroup] = (),
    live: str = SLIDERS,
) -> MixerSettings:
    """The mixer's controls while a take plays.

    A take holds what the mixer gave when it was recorded, so it passes unchanged; groups that name
    drivers of their own keep their settings, so that they can be performed anew over it. Groups
    that are punched in are moved by the live driver where they name none.
    """
    rows = {
        group: row if row.drivers else GroupSettings(smoothing=0.0)
        for group, row in settings.groups.items()
    }
    for group in punched:
        row = settings.groups[group]
        rows[group] = row if row.drivers else replace(row, drivers=(DriverShare(live),))
    profiles = {uri: each for uri, each in settings.profiles.items() if not uri.startswith("take:")}
    return MixerSettings(
        groups=rows, profiles=profiles, relative=settings.relative, speech=settings.speech
    )
