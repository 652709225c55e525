"""RecordingDesk: starts and stops recordings without ever making the window wait."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workers.recording import ClipRecording, FinishedClip
from app.workers.status import RecordingStatus
from app.workers.tasks import TaskContext, TaskRunner
from avatar_core.errors import AvatarError, RecordingError
from avatar_core.motion import TakeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import SignalInstance

    from app.workers.clip_sound import Heard
    from app.workers.sound_tape import SoundTape
    from avatar_core.motion import Take
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.video_writer import VideoWriter

_FOLLOW_MS = 50


class RecordingDesk(QObject):
    """One recording at a time: a take, or one or two clips together with their take.

    Opening and finishing files happens on worker threads. The signals are those of
    `PerformanceEngine`, which passes them on; `changed` tells that `status` differs. Two clips
    begin and end together; each has the sound: of the microphone that drives, else of what plays.
    A take on its own has that of the microphone.

    Args:
        open_writer: opens the file of a clip, on a worker.
        record: gives every mixed motion to a recorder, or to none.
        heard: what is heard right now.
    """

    failed = Signal(object)
    notice = Signal(str)
    changed = Signal()
    take_recorded = Signal(object)
    punch_recorded = Signal(object, float)
    clip_recorded = Signal(object, object)
    clip_tap_changed = Signal(object)
    second_tap_changed = Signal(object)

    def __init__(
        self,
        open_writer: Callable[[Path, VideoSettings], VideoWriter],
        record: Callable[[TakeRecorder | None], None],
        heard: Callable[[], Heard],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_writer = open_writer
        self._record = record
        self._heard = heard
        self._tape: SoundTape | None = None
        self._clips: tuple[ClipRecording, ...] = ()
        self._take: TakeRecorder | None = None
        self._is_punch = False
        self._name = ""
        self._is_stop_wanted = False
        self._opening = TaskRunner("Opening the clip", self)
        self._opening.finished.connect(self._begin_clips)
        self._opening.failed.connect(self._fail_to_open)
        self._finishing: list[TaskRunner] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_FOLLOW_MS)
        self._timer.timeout.connect(self._follow)

    @property
    def is_busy(self) -> bool:
        """A recording runs, or is about to."""
        return bool(self._clips) or self._take is not None or self._opening.is_running

    @property
    def is_finishing(self) -> bool:
        """A clip is being opened, or one that was stopped is still to be delivered."""
        return any(runner.is_running for runner in (self._opening, *self._finishing))

    @property
    def status(self) -> RecordingStatus | None:
        """What is recorded; of a clip whose file is still being opened nothing has elapsed."""
        if self._clips:
            dropped = sum(clip.dropped for clip in self._clips)
            return RecordingStatus(True, self._clips[0].elapsed_s, dropped)
        if self._take is not None:
            elapsed_s = time.perf_counter() - self._take.started_s
            return RecordingStatus(False, elapsed_s, is_punch=self._is_punch)
        return RecordingStatus(True, 0.0) if self._opening.is_running else None

    def start_take(self, name: str, punch: TakeRecorder | None = None) -> None:
        """Record a take, or into a recorder that lays it along the take that plays."""
        if self._refuse_second():
            return
        self._name = name
        self._is_punch = punch is not None
        if punch is None:
            self._run_tape()
        self._take = TakeRecorder() if punch is None else punch
        self._record(self._take)
        self.changed.emit()

    def stop_take(self) -> None:
        recorder, self._take = self._take, None
        if recorder is None:
            return
        self._record(None)
        self.changed.emit()
        place_s = recorder.first_s
        try:
            take = self._finished(recorder)
        except RecordingError as error:
            self.failed.emit(error)
            return
        if self._is_punch:
            self.punch_recorded.emit(take, place_s)
        else:
            self.take_recorded.emit(take)

    def start_clip(self, name: str, *files: tuple[Path, VideoSettings]) -> None:
        """Record one or two files; the first one's tap is told first."""
        if self._refuse_second():
            return
        self._name = name
        self._is_stop_wanted = False
        heard = self._heard()
        sounding = [(path, heard.settings(settings)) for path, settings in files]

        def open_clips(context: TaskContext) -> tuple[VideoWriter, ...]:
            with ExitStack() as opened:
                writers = []
                for path, settings in sounding:
                    writers.append(self._open_writer(path, settings))
                    opened.callback(writers[-1].close)
                if not context.is_cancelled:
                    opened.pop_all()
                return tuple(writers)

        self._opening.start(open_clips)
        self.changed.emit()

    def stop_clip(self) -> None:
        self._is_stop_wanted = self._opening.is_running
        clips, self._clips = self._clips, ()
        if not clips:
            return
        self._timer.stop()
        self._record(None)
        for clip in clips:
            clip.end(self._heard())
        self._stop_tape()
        for changed in self._taps:
            changed.emit(None)
        self.changed.emit()
        self._finish(clips)

    def shutdown(self, timeout_s: float) -> bool:
        """Complete what is being recorded. Returns whether that was done in time."""
        self.stop_take()
        self.stop_clip()
        runners = (self._opening, *self._finishing)
        deadline_s = time.perf_counter() + timeout_s
        ended = [runner.shutdown(max(deadline_s - time.perf_counter(), 0.0)) for runner in runners]
        return all(ended)

    def _refuse_second(self) -> bool:
        if self.is_busy:
            self.failed.emit(
                RecordingError(
                    "A recording is running already.", "Stop it before starting another."
                )
            )
        return self.is_busy

    @property
    def _taps(self) -> tuple[SignalInstance, ...]:
        return self.clip_tap_changed, self.second_tap_changed

    def _begin_clips(self, writers: tuple[VideoWriter, ...]) -> None:
        self._run_tape()
        self._clips = tuple(ClipRecording(writer, self._name) for writer in writers)
        self._record(self._clips[0].recorder)
        self._follow_sound()
        self._timer.start()
        for changed, clip in zip(self._taps, self._clips, strict=False):
            changed.emit(clip)
        self.changed.emit()
        if self._is_stop_wanted:
            self.stop_clip()

    def _run_tape(self) -> None:
        self._tape = self._heard().tape
        if self._tape is not None:
            self._tape.run()

    def _stop_tape(self) -> None:
        if self._tape is not None:
            self._tape.stop()
        self._tape = None

    def _finished(self, recorder: TakeRecorder) -> Take:
        """The take, with what the microphone heard meanwhile."""
        sound = None
        if self._tape is not None:
            sound = self._tape.sound(recorder.started_s, time.perf_counter())
        self._stop_tape()
        if sound is None:
            return recorder.finish(self._name)
        return recorder.finish(self._name, audio=sound, audio_started_s=recorder.started_s)

    def _fail_to_open(self, error: AvatarError) -> None:
        self.failed.emit(error)
        self.changed.emit()

    def _follow(self) -> None:
        self._follow_sound()
        if any(clip.error is not None for clip in self._clips):
            self.stop_clip()

    def _follow_sound(self) -> None:
        for clip in self._clips:
            clip.follow_sound(self._heard())

    def _finish(self, clips: tuple[ClipRecording, ...]) -> None:
        # One that has answered stays until now: its thread may end a moment later.
        for each in self._finishing[:]:
            if not each.is_running and each.shutdown(0.0):
                self._finishing.remove(each)
                each.deleteLater()  # as the desk's child it would stay as long as the desk
        runner = TaskRunner("Finishing the clip", self)
        self._finishing.append(runner)
        runner.finished.connect(self._deliver)
        runner.failed.connect(self.failed)
        runner.start(lambda context: [clip.finish() for clip in clips])

    def _deliver(self, finished: list[FinishedClip]) -> None:
        take = finished[0].take  # what moved was the same for all
        for clip in finished:
            report = clip.report
            for sentence in report.notices:
                self.notice.emit(sentence)
            if report.error is not None:
                self.failed.emit(report.error)
            if report.frames:
                self.clip_recorded.emit(report, take)
        if take is not None and not any(clip.report.frames for clip in finished):
            self.take_recorded.emit(take)
