"""RecordingDesk: starts and stops recordings without ever making the window wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workers.recording import ClipRecording, FinishedClip, with_sound
from app.workers.status import RecordingStatus
from app.workers.tasks import TaskContext, TaskRunner
from avatar_core.errors import AvatarError, RecordingError
from avatar_core.motion import TakeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.workers.playback import Transport
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.video_writer import VideoWriter

_FOLLOW_MS = 50


class RecordingDesk(QObject):
    """One recording at a time: a take, or a clip together with its take.

    Opening and finishing files happens on worker threads. The signals are those of
    `PerformanceEngine`, which passes them on; `changed` tells that `status` differs.

    Args:
        open_writer: opens the file of a clip, on a worker.
        record: gives every mixed motion to a recorder, or to none.
        transport: what plays right now, whose sound goes into the clip.
    """

    failed = Signal(object)
    notice = Signal(str)
    changed = Signal()
    take_recorded = Signal(object)
    clip_recorded = Signal(object, object)
    clip_tap_changed = Signal(object)

    def __init__(
        self,
        open_writer: Callable[[Path, VideoSettings], VideoWriter],
        record: Callable[[TakeRecorder | None], None],
        transport: Callable[[], Transport | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_writer = open_writer
        self._record = record
        self._transport = transport
        self._clip: ClipRecording | None = None
        self._take: TakeRecorder | None = None
        self._name = ""
        self._is_stop_wanted = False
        self._opening = TaskRunner("Opening the clip", self)
        self._opening.finished.connect(self._begin_clip)
        self._opening.failed.connect(self._fail_to_open)
        self._finishing: list[TaskRunner] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_FOLLOW_MS)
        self._timer.timeout.connect(self._follow)

    @property
    def is_busy(self) -> bool:
        """A recording runs, or is about to."""
        return self._clip is not None or self._take is not None or self._opening.is_running

    @property
    def status(self) -> RecordingStatus | None:
        if self._clip is not None:
            return RecordingStatus(True, self._clip.elapsed_s, self._clip.dropped)
        if self._take is not None:
            return RecordingStatus(False, time.perf_counter() - self._take.started_s)
        return None

    def start_take(self, name: str) -> None:
        if self._refuse_second():
            return
        self._name = name
        self._take = TakeRecorder()
        self._record(self._take)
        self.changed.emit()

    def stop_take(self) -> None:
        recorder, self._take = self._take, None
        if recorder is None:
            return
        self._record(None)
        self.changed.emit()
        try:
            take = recorder.finish(self._name)
        except RecordingError as error:
            self.failed.emit(error)
        else:
            self.take_recorded.emit(take)

    def start_clip(self, path: Path, settings: VideoSettings, name: str) -> None:
        if self._refuse_second():
            return
        self._name = name
        self._is_stop_wanted = False
        sounding = with_sound(settings, self._transport())

        def open_clip(context: TaskContext) -> VideoWriter:
            writer = self._open_writer(path, sounding)
            if context.is_cancelled:
                writer.close()
            return writer

        self._opening.start(open_clip)

    def stop_clip(self) -> None:
        self._is_stop_wanted = self._opening.is_running
        clip, self._clip = self._clip, None
        if clip is None:
            return
        self._timer.stop()
        self._record(None)
        clip.end(self._transport())
        self.clip_tap_changed.emit(None)
        self.changed.emit()
        self._finish(clip)

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

    def _begin_clip(self, writer: VideoWriter) -> None:
        self._clip = ClipRecording(writer, self._name)
        self._record(self._clip.recorder)
        self._clip.follow_sound(self._transport())
        self._timer.start()
        self.clip_tap_changed.emit(self._clip)
        self.changed.emit()
        if self._is_stop_wanted:
            self.stop_clip()

    def _fail_to_open(self, error: AvatarError) -> None:
        self.failed.emit(error)
        self.changed.emit()

    def _follow(self) -> None:
        clip = self._clip
        if clip is None:
            return
        clip.follow_sound(self._transport())
        if clip.error is not None:
            self.stop_clip()

    def _finish(self, clip: ClipRecording) -> None:
        runner = TaskRunner("Finishing the clip", self)
        self._finishing.append(runner)
        runner.finished.connect(self._deliver)
        runner.failed.connect(self.failed)
        runner.start(lambda context: clip.finish())

    def _deliver(self, finished: FinishedClip) -> None:
        self._finishing = [runner for runner in self._finishing if runner.is_running]
        report = finished.report
        for sentence in report.notices:
            self.notice.emit(sentence)
        if report.error is not None:
            self.failed.emit(report.error)
        if report.frames:
            self.clip_recorded.emit(report, finished.take)
        elif finished.take is not None:
            self.take_recorded.emit(finished.take)
