"""PerformanceEngine: everything that makes the avatar perform, behind one Qt object.

Threads: each driver's own (pictures and their tracker, a microphone and its speech model, packets
of a phone), driving (take, mixer), inference (the avatar's pose), and portraits once there are any.
The window calls the methods below, which never block, and pulls `latest_frame` and
`latest_portraits` when it repaints.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.workers.backends import Backends
from app.workers.clip_sound import Heard
from app.workers.driver_loop import DriverEvents
from app.workers.drivers import DriverHub
from app.workers.driving import DrivingLoop, TakePlayback
from app.workers.inference import InferenceLoop
from app.workers.latest import Latest
from app.workers.punching import PunchDesk
from app.workers.recording_desk import RecordingDesk
from app.workers.status import PerformanceStatus
from app.workers.transports import Transports
from avatar_core.errors import FaceNotFoundError
from avatar_core.motion import mean_neutral
from avatar_core.project.model import SLIDERS, take_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from app.workers.driver_frame import DriverFrame
    from app.workers.loop import Loop
    from app.workers.playback import Transport
    from app.workers.portraits import PortraitFrames, PortraitLoop
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.motion import MixerSettings, MotionFrame, Take
    from avatar_core.project import Portrait, PortraitSettings
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.project.model import Expression
    from avatar_core.recording.clip import VideoSettings

_WATCH_MS = 100
_NEUTRAL_S = 0.5
_SHUTDOWN_S = 15.0
"""Models that are loading cannot be stopped; all else ends at once."""


class PerformanceEngine(QObject):
    """Runs the loops and owns playback and recording. All signals arrive on the GUI thread.

    Signals:
        frame_arrived(): `latest_frame` has a new one.
        failed(AvatarError): a driver is gone, or a loop or recording stopped; said once. Drivers
            are looked for until they are back.
        notice(str): one sentence worth knowing that is no error, e.g. no sound device.
        state_changed(): source, playback or recording changed; ask `status()`.
        calibrated(MotionFrame): the driver's face at rest, as asked for by `calibrate`.
        take_recorded(Take): a take recorded on its own, or what was saved of a failed clip.
        clip_recorded(RecordingReport, Take | None): a clip is on disk, with the take it shows.
        clip_tap_changed(ClipTap | None): who films the clip sets it as `AvatarView.set_clip_tap`.
        second_tap_changed(ClipTap | None): the same for the second file, where there are two.

    Args:
        parent: Qt parent.
        backends: the devices, files and models behind it.
    """

    frame_arrived = Signal()
    failed = Signal(object)
    notice = Signal(str)
    state_changed = Signal()
    calibrated = Signal(object)
    take_recorded = Signal(object)
    clip_recorded = Signal(object, object)
    clip_tap_changed = Signal(object)
    second_tap_changed = Signal(object)
    _fault_arrived = Signal(object)
    _notice_arrived = Signal(str)
    _news_arrived = Signal(str)
    _source_arrived = Signal()

    def __init__(self, parent: QObject | None = None, backends: Backends | None = None) -> None:
        super().__init__(parent)
        self._backends = backends or Backends()
        self._source = SLIDERS
        self._beside: tuple[str, ...] = ()
        self._playback: TakePlayback | None = None
        self._is_looping = False
        self._said: set[str] = set()
        self.latest_frame: Latest[AvatarFrame] = Latest(arrived=self.frame_arrived.emit)
        self.latest_portraits: Latest[PortraitFrames] = Latest()
        self._connect_workers()
        report = self._fault_arrived.emit
        self._transports = Transports(self._backends, self._notice_arrived.emit)
        self._inference = InferenceLoop(self.latest_frame, self._backends.build_avatar, report)
        self._driving = DrivingLoop(self._inference.motions, lambda: self._hub.frames(), report)
        events = DriverEvents(
            self._driving.wake.set, self._source_arrived.emit, report, self._news_arrived.emit
        )
        transports = self._transports
        self._hub = DriverHub(self._backends, events, transports.of_film, transports.of_sound)
        self._portraits: PortraitLoop | None = None
        self._desk = RecordingDesk(
            self._backends.open_writer, self._driving.record, self._heard, self
        )
        self._connect_desk()
        self.punching = PunchDesk(
            self._driving, self._desk, lambda: self._playback, self._listen, self
        )
        self._was_playing = False
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self._watch_playback)
        for loop in (self._inference, self._driving):
            loop.start()

    def set_avatar(self, asset: AvatarAsset) -> None:
        """Perform this avatar from now on; it takes the current pose at once."""
        self._inference.set_avatar(asset)

    def set_camera(self, camera: Camera) -> None:
        """From where the avatar is seen, for looks that depend on it. Never waits."""
        self._inference.cameras.put(camera)

    def set_portraits(self, portraits: Sequence[tuple[str, Portrait, PortraitSettings]]) -> None:
        """Let these portraits perform beside the avatar, in this order; never waits.

        Each is told by its id, its picture through its crop, and how it performs. Those that stay
        keep their engines, unless the picture or the kind of engine is another one.
        """
        loop = self._portraits
        if loop is None:
            if not portraits:
                return
            from app.workers.portraits import PortraitLoop  # nobody needs it before

            told = self._fault_arrived.emit, self._notice_arrived.emit
            open_performer = self._backends.open_performer
            loop = self._portraits = PortraitLoop(self.latest_portraits, open_performer, *told)
            loop.start()
        loop.set_portraits(portraits)
        self._driving.set_audience(loop.motions if portraits else None)

    def renew_portrait_engines(self) -> None:
        """Have engines opened anew with the next `set_portraits`: there may be another model."""
        if self._portraits is not None:
            self._portraits.renew_engines()

    def set_source(self, uri: str) -> None:
        """The main driver, by its URI, or `sliders`, or a bare path; ends a playing take.

        Asking for the one that runs already changes nothing; one that failed is tried again.
        """
        if uri == self._source and self._playback is None:
            self._hub.retry(uri)
            return
        self._source = uri
        self._playback = None
        self._drive_live()

    def set_drivers(self, uris: Sequence[str], takes: Mapping[str, Take] | None = None) -> None:
        """Which drivers listen beside the main one, also while takes play.

        Those that are on already go on as they are. `takes` are those that `take:ID` may name, by
        id; as before when left out.
        """
        self._beside = tuple(uris)
        self._listen(takes)

    def retry(self, uri: str) -> None:
        """Try a driver that is lost or has failed again, now."""
        self._hub.retry(uri)

    def set_sliders(self, expression: Expression) -> None:
        """The pose of the sliders, added to what the driver does."""
        self._driving.set_sliders(expression.motion())

    def set_mixer(self, settings: MixerSettings) -> None:
        """How drivers reach the avatar. Takes play as they were recorded."""
        self._hub.set_mixer(settings)
        self._driving.set_mixer(settings)

    def play_take(self, take: Take, start_s: float = 0.0, *, is_paused: bool = False) -> None:
        """Drive from a take, with its sound, until `stop_take` or another source is set."""
        transport = self._transports.of_take(take, is_looping=self._is_looping)
        transport.seek(start_s)
        if not is_paused:
            transport.play()
        self._playback = TakePlayback(take, transport)
        self._listen()
        self._driving.play(self._playback)
        self._announce()

    def renew_take(self, take: Take) -> None:
        """Go on from the same place with the take that plays, now that it was edited."""
        playback = self._playback
        if playback is None or playback.take.id != take.id or playback.take is take:
            return
        if playback.fits(take):
            self._playback = TakePlayback(take, playback.transport)
            self._driving.play(self._playback)
        else:
            clock = playback.transport
            self.play_take(take, clock.position_s, is_paused=not clock.is_playing)

    def stop_take(self) -> None:
        """Go back to the live source. Harmless when no take plays."""
        if self._playback is not None:
            self._playback = None
            self._drive_live()

    def pause(self) -> None:
        """Hold the take or film where it is."""
        transport = self._transport
        if transport is not None:
            transport.pause()
            self._announce()

    def resume(self) -> None:
        """Play on; from the beginning after the end."""
        transport = self._transport
        if transport is not None:
            transport.play()
            self._driving.poke()
            self._announce()

    def seek(self, time_s: float) -> None:
        """Go to a place in the take or film, playing or paused."""
        if self._playback is None:
            self._hub.seek(self._source, time_s)
        else:
            self._playback.transport.seek(time_s)
            self._driving.poke()
        self._announce()

    def set_looping(self, is_looping: bool) -> None:
        """Whether takes begin again after their end. Driving films always do."""
        self._is_looping = is_looping
        if self._playback is not None:
            self._playback.transport.set_looping(is_looping)
        self._announce()

    def set_muted(self, is_muted: bool) -> None:
        """Silence takes, films and sound files in the room; clips keep their sound."""
        self._transports.is_muted = is_muted
        self._announce()

    def calibrate(self, driver: str = "") -> None:
        """Answer with `calibrated`, or with `failed`: the rest of a driver, or of the main one."""
        try:
            neutral = mean_neutral(self._hub.recent_motion(driver or self._source, _NEUTRAL_S))
        except FaceNotFoundError as error:
            self.failed.emit(error)
        else:
            self.calibrated.emit(neutral)

    def newest_frame(self, driver: str) -> DriverFrame | None:
        """What a driver gave last, with its picture if it has one; None while it gives none."""
        return self._hub.frames().get(driver)

    def recent_motion(self, driver: str, seconds: float) -> list[MotionFrame]:
        """What a driver gave lately before the mixer, oldest first; some five seconds are kept."""
        return self._hub.recent_motion(driver, seconds)

    def start_take_recording(self, name: str) -> None:
        """Record what the mixer gives, and the microphone, until `stop_take_recording`."""
        self._hub.tell_recorded()
        self._desk.start_take(name)

    def stop_take_recording(self) -> None:
        """Answer with `take_recorded`."""
        self._desk.stop_take()

    def start_recording(
        self,
        path: Path,
        settings: VideoSettings,
        name: str = "",
        second: tuple[Path, VideoSettings] | None = None,
    ) -> None:
        """Record a clip, with the sound of the take or film, and the take it shows.

        Args:
            path: of the mp4.
            settings: size and rate; its sound is set to what plays.
            name: of the take; the file's name when left out.
            second: path and settings of another clip, recorded at the same time.
        """
        self._hub.tell_recorded()
        files = [(path, settings)] if second is None else [(path, settings), second]
        self._desk.start_clip(name or path.stem, *files)

    def stop_recording(self) -> None:
        """Finish the clip; answers with `clip_recorded` for each file once all are complete."""
        self._desk.stop_clip()

    def end_recording(self) -> bool:
        """Stop whatever is recorded. Returns whether a clip will be delivered only later."""
        self._desk.stop_take()
        self._desk.stop_clip()
        return self._desk.is_finishing

    def status(self) -> PerformanceStatus:
        """What goes on right now."""
        driving, transport, playback = self._driving, self._transport, self._playback
        motions, hub = self._inference.motions, self._hub
        return PerformanceStatus(
            source=self._source,
            tracking=driving.tracking,
            driver_motion=driving.driver_motion,
            motion=None if driving.latest is None else driving.latest.motion,
            stage_ms=self._inference.stage_ms,
            driver_fps=hub.rate_fps(self._source),
            dropped=hub.dropped + motions.dropped,
            take_id=None if playback is None else playback.take.id,
            is_playing=transport is not None and transport.is_playing,
            position_s=0.0 if transport is None else transport.position_s,
            duration_s=None if transport is None else transport.duration_s,
            is_looping=self._is_looping,
            is_muted=self._transports.is_muted,
            recording=self._desk.status,
            portraits={} if self._portraits is None else self._portraits.newest.moments,
            drivers=hub.states(),
        )

    def shutdown(self, timeout_s: float = _SHUTDOWN_S) -> bool:
        """Stop all threads and complete a recording. Returns whether all was done in time."""
        deadline_s = time.perf_counter() + timeout_s
        is_complete = self._desk.shutdown(timeout_s)
        self._watch.stop()  # the end of a recording has it look at what plays
        self._hub.stop()
        loops: list[Loop] = [self._driving, self._inference]
        loops += [] if self._portraits is None else [self._portraits]
        for loop in loops:
            loop.stop()
        ended = [self._hub.join(max(deadline_s - time.perf_counter(), 0.1))]
        ended += [loop.join(max(deadline_s - time.perf_counter(), 0.1)) for loop in loops]
        return is_complete and all(ended)

    @property
    def _transport(self) -> Transport | None:
        """The clock of the take, else of the film or sound file."""
        if self._playback is not None:
            return self._playback.transport
        return self._hub.transport(self._source)

    def _heard(self) -> Heard:
        """What is heard right now, for recordings."""
        return Heard(self._transport, self._hub.tape if self._hub.has_microphone else None)

    def _drive_live(self) -> None:
        self._driving.play(None)
        self._driving.set_main(self._source)
        self._listen()
        self._announce()

    def _listen(self, takes: Mapping[str, Take] | None = None) -> None:
        """Have those drivers on that are to be heard now, and no others."""
        playback = self._playback
        if playback is None:
            uris = (self._source, *self._beside)
        else:
            played = take_source(playback.take.id)
            live = (self._source,) if self.punching.groups else ()
            uris = (*live, *(uri for uri in self._beside if uri not in (played, self._source)))
        self._hub.listen(uris, takes)

    def _announce(self) -> None:
        self._was_playing = self._transport is not None and self._transport.is_playing
        if self._transport is None:
            self._watch.stop()
        else:
            self._watch.start()
        self.state_changed.emit()

    def _watch_playback(self) -> None:
        """Tell when a take came to its end."""
        transport = self._transport
        if (transport is not None and transport.is_playing) != self._was_playing:
            self._announce()

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self.notice.emit(sentence)

    def _connect_workers(self) -> None:
        queued = Qt.ConnectionType.QueuedConnection
        self._fault_arrived.connect(self.failed, queued)
        self._notice_arrived.connect(self._say, queued)
        self._news_arrived.connect(self.notice, queued)
        self._source_arrived.connect(self._announce, queued)

    def _connect_desk(self) -> None:
        self._desk.failed.connect(self.failed)
        self._desk.notice.connect(self._say)
        self._desk.changed.connect(self._announce)
        self._desk.take_recorded.connect(self.take_recorded)
        self._desk.clip_recorded.connect(self.clip_recorded)
        self._desk.clip_tap_changed.connect(self.clip_tap_changed)
        self._desk.second_tap_changed.connect(self.second_tap_changed)
