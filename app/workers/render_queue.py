"""The render queue at work: one job at a time, in a process of its own, at low priority."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, Signal

from app.workers.training_process import child_environment
from avatar_core.batch.queue_store import JobState, QueuedJob, QueueStore
from avatar_core.batch.render_events import (
    ErrorTold,
    FilmsTold,
    NoticeTold,
    PictureTold,
    ShareTold,
    read_event,
)
from avatar_core.errors import AvatarError, RecordingError
from avatar_core.stop_word import STOP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.recording.render_job import RenderJob

_log = logging.getLogger(__name__)

_STOP = f"{STOP}\n".encode()
_MOST_WORDS = 4000
_GO_ON = "What was drawn is kept: press Resume to go on from there."


def render_command(job: QueuedJob) -> list[str]:
    """Program and arguments: the command line of this very installation or checkout."""
    words = [sys.executable, "-P", "-m", "avatar_core.cli", "render-job", str(job.folder)]
    return [*words, "--json", "--listen", "--background"]


class RenderQueue(QObject):
    """Renders what waits, in order. Whatever happens, what was drawn is kept.

    The queue outlives the studio: a job that was at work then is paused when it is found again.

    Args:
        store: on the disk.
        parent: the owner.
        command: makes program and arguments for a job.
    """

    changed = Signal()
    """Jobs came, went, or stand elsewhere."""
    progressed = Signal(str, object)
    """Id of the running job, and a `ShareTold`."""
    picture_made = Signal(str)
    """Id of a job that has a new preview."""
    finished = Signal(object)
    """The `QueuedJob`."""
    failed = Signal(object)
    """The `QueuedJob`, which knows its error."""
    noticed = Signal(str, str)
    """Id of a job, and a sentence on what is drawn otherwise than asked for."""
    broken = Signal(object)
    """An `AvatarError`: the queue itself could not be kept."""

    def __init__(
        self,
        store: QueueStore,
        parent: QObject | None = None,
        command: Callable[[QueuedJob], list[str]] = render_command,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._command = command
        self._jobs: dict[str, QueuedJob] = {}
        self._process: QProcess | None = None
        self._running: str | None = None
        self._asked: JobState | None = None
        self._films: tuple[str, ...] | None = None
        self._error: AvatarError | None = None
        self._words = ""
        self._has_told = False

    @property
    def jobs(self) -> list[QueuedJob]:
        """In the order in which they are rendered."""
        return list(self._jobs.values())

    @property
    def running(self) -> QueuedJob | None:
        return None if self._running is None else self._jobs.get(self._running)

    def load(self) -> None:
        """Find the jobs of last time."""
        for job in self._store.jobs():
            if job.state in (JobState.RUNNING, JobState.WAITING):
                job = replace(job, state=JobState.PAUSED)
            self._jobs[job.id] = job
        self.changed.emit()

    def new_folder(self) -> Path:
        """See `QueueStore.new_folder`."""
        return self._store.new_folder()

    def keep(self, folder: Path, job: RenderJob, title: str) -> QueuedJob:
        """Keep a job on the disk, on any thread; should it never be added, it is found next time.

        Raises:
            RecordingError: it cannot be kept.
        """
        return self._store.add(folder, job, title)

    def add(self, job: QueuedJob) -> None:
        """Queue a job that was kept, and begin as soon as those before it are done."""
        self._jobs[job.id] = job
        self._go_on()

    def pause(self, job_id: str) -> None:
        """Keep what was drawn, and let the next one begin."""
        if job_id == self._running:
            self._stop(JobState.PAUSED)
        elif self._jobs[job_id].state is JobState.WAITING:
            self._put(job_id, state=JobState.PAUSED)
            self.changed.emit()

    def resume(self, job_id: str) -> None:
        """Go on with a job that was paused or has failed, when it is its turn."""
        if self._jobs[job_id].state in (JobState.PAUSED, JobState.FAILED):
            self._put(job_id, state=JobState.WAITING, error=None)
            self._go_on()

    def move(self, job_id: str, by: int) -> None:
        """Up by negative steps."""
        ids = list(self._jobs)
        at = ids.index(job_id)
        ids.insert(min(max(at + by, 0), len(ids) - 1), ids.pop(at))
        self._jobs = {each: self._jobs[each] for each in ids}
        self._keep(lambda: self._store.reorder(ids))
        self.changed.emit()

    def remove(self, job_id: str) -> None:
        """Take a job off the queue, with what was drawn for it; finished films stay."""
        if job_id == self._running:
            self._let_go()
        self._store.remove(self._jobs.pop(job_id))
        self._go_on()

    def shutdown(self, timeout_s: float = 30.0) -> bool:
        """Stop, and wait; kill what does not end. Returns whether it ended by itself or never ran.

        A job that was at work is found paused the next time, with everything drawn.
        """
        process = self._process
        if process is None:
            return True
        process.finished.disconnect(self._ended)
        process.errorOccurred.disconnect(self._errored)
        self._read()
        self._ask_to_stop(process)
        is_ended = process.waitForFinished(round(timeout_s * 1000))
        if not is_ended and process.state() != QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished()
        self._read()
        if self._running is not None:
            if self._films is not None:  # it ended as it was asked to stop
                self._put(self._running, state=JobState.DONE, share=1.0)
            else:
                self._put(self._running, state=JobState.PAUSED)
        self._release()
        return is_ended

    # one job at work

    def _go_on(self) -> None:
        if self._process is None:
            waiting = (job for job in self._jobs.values() if job.state is JobState.WAITING)
            job = next(waiting, None)
            if job is not None:
                self._start(job)
        self.changed.emit()

    def _start(self, job: QueuedJob) -> None:
        self._asked = self._films = self._error = None
        self._words = ""
        self._has_told = False
        self._running = job.id
        self._put(job.id, state=JobState.RUNNING, error=None)
        process = QProcess(self)
        process.setProcessEnvironment(child_environment())
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_words)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._errored)
        self._process = process
        program, *arguments = self._command(job)
        process.start(program, arguments)

    def _stop(self, then: JobState) -> None:
        if self._process is not None:
            self._asked = then
            self._ask_to_stop(self._process)
            self.changed.emit()

    def _ask_to_stop(self, process: QProcess) -> None:
        if self._has_told:
            process.write(_STOP)
        else:
            process.kill()  # it has drawn nothing yet, and is deaf while it loads

    @property
    def is_stopping(self) -> bool:
        """Whether the running job was asked to pause and still draws its last picture."""
        return self._asked is not None

    def _let_go(self) -> None:
        """End the process at once; whatever it says is no longer heard."""
        process = self._process
        if process is None:
            return
        process.finished.disconnect(self._ended)
        process.errorOccurred.disconnect(self._errored)
        process.kill()
        process.waitForFinished()
        self._release()

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode("utf-8", "replace")
            event = read_event(line)
            job_id = self._running or ""
            if isinstance(event, ShareTold):
                self._has_told = True
                self._jobs[job_id] = replace(self._jobs[job_id], share=min(max(event.share, 0), 1))
                self.progressed.emit(job_id, event)
            elif isinstance(event, PictureTold):
                self.picture_made.emit(job_id)
            elif isinstance(event, NoticeTold):
                self.noticed.emit(job_id, event.sentence)
            elif isinstance(event, FilmsTold):
                self._films = event.films
            elif isinstance(event, ErrorTold):
                self._error = RecordingError(event.message, event.hint)

    def _read_words(self) -> None:
        if self._process is not None:
            words = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            self._words = (self._words + words)[-_MOST_WORDS:]

    def _ended(self, status: int, how: QProcess.ExitStatus) -> None:
        self._read()
        self._read_words()
        crashed = how == QProcess.ExitStatus.CrashExit
        job_id, asked = self._running or "", self._asked
        self._release()
        if self._films is not None and status == 0 and not crashed:
            self._put(job_id, state=JobState.DONE, share=1.0)
            self.finished.emit(self._jobs[job_id])
        elif asked is not None and self._error is None:
            self._put(job_id, state=asked)
        else:
            self._fail(job_id, self._error or self._fault(status, crashed=crashed))
        self._go_on()

    def _fault(self, status: int, *, crashed: bool) -> AvatarError:
        if self._words:
            _log.error("Rendering ended with %d:\n%s", status, self._words)
        if crashed or status < 0:
            return RecordingError("The rendering was ended from outside.", _GO_ON)
        said = f"The rendering stopped because of an unexpected fault (status {status})."
        return RecordingError(said, f"{_GO_ON} Help, Open log has the details.")

    def _errored(self, fault: QProcess.ProcessError) -> None:
        if fault != QProcess.ProcessError.FailedToStart or self._process is None:
            return  # `finished` follows
        said = f"The rendering could not be started: {self._process.errorString()}."
        job_id = self._running or ""
        self._release()
        self._fail(job_id, RecordingError(said, "Repair the installation of the studio."))
        self._go_on()

    def _fail(self, job_id: str, error: AvatarError) -> None:
        self._put(job_id, state=JobState.FAILED, error=error)
        self.failed.emit(self._jobs[job_id])

    def _put(self, job_id: str, **changes: object) -> None:
        job = self._jobs[job_id] = replace(self._jobs[job_id], **changes)  # type: ignore[arg-type]
        self._keep(lambda: self._store.update(job))

    def _keep(self, write: Callable[[], None]) -> None:
        try:
            write()
        except AvatarError as error:
            self.broken.emit(error)

    def _release(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._running = self._asked = None
