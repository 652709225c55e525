"""The render queue on the disk: a folder for each job, which any studio finds again.

    QUEUE/order.json          ids, the first one is rendered first
    QUEUE/ID/job.json         the job, its title, when it was queued
    QUEUE/ID/project.studio   the document as it was then
    QUEUE/ID/state.json       how far it is
    QUEUE/ID/parts/           what was drawn, see `recording.chunks`
    QUEUE/ID/preview.jpg      the latest picture

A job shows the document as it was when it was queued: later edits do not reach it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from avatar_core.errors import AvatarError, RecordingError
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write, write_error
from avatar_core.io.reading import reading
from avatar_core.recording.render_job import RenderJob

if TYPE_CHECKING:
    from avatar_core.project.plain import PlainData

MOST_JOBS = 1000
JOB, STATE, PREVIEW, PARTS, SNAPSHOT = (
    "job.json", "state.json", "preview.jpg", "parts", "project.studio",
)  # fmt: skip
_ORDER = "order.json"
_FORMAT, _VERSION = "avatar-studio render job", 1
_ID = re.compile(r"[0-9a-f]{16}")


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job of the queue.

    Args:
        id: its name.
        folder: where all of it lies.
        title: what the user calls it.
        queued: when it was queued.
        job: what is rendered.
        state: where it stands.
        share: 0..1 of it is done.
        error: why it failed.
    """

    id: str
    folder: Path
    title: str
    queued: datetime
    job: RenderJob
    state: JobState = JobState.WAITING
    share: float = 0.0
    error: AvatarError | None = None

    @property
    def films(self) -> list[Path]:
        """What it makes."""
        return [Path(film.out) for film in self.job.films()]

    @property
    def preview(self) -> Path:
        return self.folder / PREVIEW


def queue_folder() -> Path:
    """The user's own queue."""
    return Path(platformdirs.user_data_dir("avatar-studio")) / "render_queue"


class QueueStore:
    """Reads and writes the queue. Whatever cannot be read is left out, and stays on the disk.

    Args:
        folder: of the queue; the user's own when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or queue_folder()

    def jobs(self) -> list[QueuedJob]:
        """All jobs, the next one first."""
        if not self.folder.is_dir():
            return []
        found: dict[str, QueuedJob] = {}
        for path in sorted(self.folder.iterdir()):
            if _ID.fullmatch(path.name) and len(found) < MOST_JOBS:
                with suppress(AvatarError):
                    found[path.name] = self._read(path)
        order = [each for each in self._order() if each in found]
        late = sorted(found.keys() - set(order), key=lambda each: found[each].queued)
        return [found[each] for each in [*order, *late]]

    def new_folder(self) -> Path:
        """An empty folder for a job that is about to be queued.

        Raises:
            RecordingError: it cannot be made.
        """
        folder = self.folder / secrets.token_hex(8)
        try:
            folder.mkdir(parents=True)
        except OSError as reason:
            raise write_error(folder / JOB, reason, RecordingError) from reason
        return folder

    def add(self, folder: Path, job: RenderJob, title: str) -> QueuedJob:
        """Queue a job behind all others.

        Args:
            folder: see `new_folder`; with the job's own files in it.
            job: what is rendered; its paths are absolute.
            title: what the user calls it.

        Raises:
            RecordingError: disk full, or not writable.
        """
        queued = QueuedJob(folder.name, folder, title, datetime.now(UTC), job)
        record = {
            "format": _FORMAT, "version": _VERSION, "title": title,
            "queued": queued.queued.isoformat(), "job": job.record(),
        }  # fmt: skip
        _write(folder / JOB, record)
        self.reorder([*(each.id for each in self.jobs() if each.id != queued.id), queued.id])
        return queued

    def update(self, job: QueuedJob) -> None:
        """Keep where a job stands.

        Raises:
            RecordingError: disk full, or not writable.
        """
        error = job.error
        told = None if error is None else {"message": error.message, "hint": error.hint}
        state = {"state": job.state.value, "share": job.share, "error": told}
        _write(job.folder / STATE, state)

    def reorder(self, ids: list[str]) -> None:
        """Keep the order of the jobs.

        Raises:
            RecordingError: disk full, or not writable.
        """
        _write(self.folder / _ORDER, {"order": ids})

    def remove(self, job: QueuedJob) -> None:
        """Take a job off the queue, with what was drawn for it; its films stay."""
        shutil.rmtree(job.folder, ignore_errors=True)

    def _order(self) -> list[str]:
        try:
            order = _read(self.folder / _ORDER).get("order")
        except AvatarError:
            return []
        return [each for each in order if isinstance(each, str)] if isinstance(order, list) else []

    def _read(self, folder: Path) -> QueuedJob:
        record = _read(folder / JOB)
        if record.get("format") != _FORMAT or record.get("version") != _VERSION:
            raise RecordingError(f"{folder.name} is no render job of this studio.", "Remove it.")
        title = record.get("title")
        queued = QueuedJob(
            folder.name,
            folder,
            title if isinstance(title, str) else "",
            _moment(record.get("queued")),
            RenderJob.from_record(record.get("job")),
        )
        try:
            state = _read(folder / STATE)
        except AvatarError:
            return queued
        return replace(queued, **_state(state))


def load_job(path: Path) -> RenderJob:
    """The job of a `job.json` of the queue.

    Raises:
        AssetError: missing or unreadable.
        RecordingError: no job.
    """
    record = _read(path)
    if record.get("format") != _FORMAT:
        raise RecordingError(f"{path.name} is no render job.", "Choose another file.")
    return RenderJob.from_record(record.get("job"))


def _state(record: dict[str, Any]) -> dict[str, Any]:
    kind, share, error = record.get("state"), record.get("share"), record.get("error")
    state = JobState(kind) if kind in list(JobState) else JobState.PAUSED
    known = float(share) if isinstance(share, int | float) and 0 <= share <= 1 else 0.0
    told = None
    if isinstance(error, dict):
        told = RecordingError(
            str(error.get("message", ""))[:1000], str(error.get("hint", ""))[:1000]
        )
    return {"state": state, "share": known, "error": told}


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _read(path: Path) -> dict[str, Any]:
    with reading(path), path.open("rb") as file:
        data = file.read(limits.JOBS_BYTES)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as reason:
        raise RecordingError(f"{path.name} is damaged.", "Queue the film again.") from reason
    if not isinstance(record, dict):
        raise RecordingError(f"{path.name} is damaged.", "Queue the film again.")
    return record


def _write(path: Path, record: PlainData) -> None:
    with atomic_write(path, RecordingError) as file:
        file.write(json.dumps(record, indent=1).encode())  # ASCII: names may be no text
