"""Batches: many films, drawn piece by piece by a crew, counted by one ledger."""

from __future__ import annotations

import logging
import shutil
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.batch.crew import LoneCrew
from avatar_core.batch.render import expect_encodable, film_digest, finish_film, prepare_place
from avatar_core.batch.stage import Stage, staged
from avatar_core.batch.worker import Piece, packed_take
from avatar_core.errors import (
    AssetError,
    AvatarError,
    FaceNotFoundError,
    ProjectFormatError,
    RecordingError,
    WeightsError,
)
from avatar_core.recording.chunks import ChunkStore
from avatar_core.recording.ledger import Ledger
from avatar_core.recording.progress import Progress, unheard
from avatar_core.recording.room import expect_room, probes
from avatar_core.recording.work_lock import working_alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.batch.crew import Answer, Crew
    from avatar_core.batch.jobs_file import Batch
    from avatar_core.motion import Take
    from avatar_core.recording.render_job import RenderJob

logger = logging.getLogger(__name__)

_FILM, _FAILED = "film", "failed"
_FOR_GOOD = (AssetError, ProjectFormatError, FaceNotFoundError, WeightsError)
"""Errors that come back however often a piece is tried."""

_INCOMPLETE = RecordingError(
    "A worker did not draw all frames it was given.", "Give all machines the same studio."
)
_JOIN_TRIES = 3
_MOST_PERFORMED = 16
"""Performances that are kept for the next film."""


@dataclass(frozen=True, slots=True)
class FilmOutcome:
    """What became of a film.

    Args:
        out: the film.
        frames: in it; 0 where there is none.
        is_kept: it was there already, and is what it was.
        error: why there is none.
        notices: sentences on what was done otherwise than asked for.
    """

    out: str
    frames: int = 0
    is_kept: bool = False
    error: AvatarError | None = None
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class BatchReport:
    """What became of a batch.

    Args:
        films: in the order of the jobs.
        frames_drawn: pieces taken, counted in frames; every frame once.
        frames_refused: frames that came a second time and were not taken.
        workers_lost: pieces whose worker was gone.
        retried: pieces that were tried again, for whatever reason.
        workers: who drew how many frames.
    """

    films: list[FilmOutcome] = field(default_factory=list)
    frames_drawn: int = 0
    frames_refused: int = 0
    workers_lost: int = 0
    retried: int = 0
    workers: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> list[FilmOutcome]:
        return [film for film in self.films if film.error is not None]


def run_batch(
    batch: Batch,
    ledger_path: Path | str,
    crew: Crew | None = None,
    resume: bool = False,
    progress: Progress = unheard,
    told: Callable[[FilmOutcome], None] = lambda _outcome: None,
) -> BatchReport:
    """Render all films of a batch.

    The ledger and the pieces beside it, in `LEDGER.parts`, say what is done. A batch that was
    stopped or killed goes on from there: films whose hash is still that of the ledger are kept, of
    the others only the missing frames are drawn. A film that fails does not keep the others from
    being rendered.

    Args:
        batch: see `load_batch`.
        ledger_path: of the ledger.
        crew: who draws, closed at the end; this process when left out.
        resume: go on with a ledger that is there.
        progress: hears the frames that are there of all films known so far; may cancel.
        told: hears of each film that is done.

    Raises:
        RecordingError: there is a ledger already, or it cannot be written.
        Cancelled: by `progress`; everything drawn is kept.
    """
    ledger_path = Path(ledger_path)
    crew = crew or LoneCrew()
    try:
        with working_alone(ledger_path.with_name(f"{ledger_path.name}.lock"), "This batch"):
            ledger = Ledger(ledger_path)
            if ledger.entries and not resume:
                raise RecordingError(
                    f"{ledger_path.name} knows of a batch that was begun.",
                    "Go on with it by --resume, or name another file with --ledger.",
                )
            run = _Run(batch, ledger, crew, progress, told)
            run.work()
    finally:
        crew.close()
    if not run.report.failed:
        shutil.rmtree(run.folder, ignore_errors=True)
    return run.report


@dataclass(eq=False)
class _Film:
    """A film in work."""

    at: int
    stage: Stage
    store: ChunkStore
    take: bytes
    tries: dict[int, int] = field(default_factory=dict)
    in_work: int = 0
    joins: int = 0
    probed: list[range] = field(default_factory=list)
    error: AvatarError | None = None

    @property
    def job(self) -> RenderJob:
        return self.stage.job


class _Run:
    """One pass over a batch. Films are begun in order, as soon as the crew has room."""

    def __init__(
        self,
        batch: Batch,
        ledger: Ledger,
        crew: Crew,
        progress: Progress,
        told: Callable[[FilmOutcome], None],
    ) -> None:
        self._batch, self._ledger, self._crew = batch, ledger, crew
        self._progress, self._told = progress, told
        self.folder = ledger.path.with_name(f"{ledger.path.name}.parts")
        self._waiting = deque(film for job in batch.jobs for film in job.films())
        self._outcomes: dict[int, FilmOutcome] = {}
        self._films: dict[str, _Film] = {}
        self._pieces: deque[Piece] = deque()
        self._performed: dict[tuple[str, str, str], Take] = {}
        self._in_work = self._begun = 0
        self._done_frames = self._known_frames = 0
        self.report = BatchReport()

    def work(self) -> None:
        """Render everything."""
        while self._waiting or self._films:
            self._employ()
            if self._in_work:
                self._take(self._crew.answer())
            self._finish_films()
        self.report.films = [self._outcomes[at] for at in sorted(self._outcomes)]

    def _employ(self) -> None:
        """Give the crew twice as much as it can do at once, so that nobody waits."""
        while self._in_work < 2 * self._crew.places:
            if self._pieces:
                piece = self._pieces.popleft()
                film = self._films.get(piece.film)
                if film is None or film.error is not None:
                    continue
                self._crew.submit(piece, film.take)
                film.in_work += 1
                self._in_work += 1
            elif self._waiting:
                self._begin(self._waiting.popleft())
            else:
                return

    def _begin(self, job: RenderJob) -> None:
        at = self._begun
        self._begun += 1
        try:
            stage = self._staged(job)
            frames, film = stage.frames, stage.digest
            if self._is_there(job, film):
                self._end(at, FilmOutcome(job.out, len(frames), is_kept=True))
                return
            prepare_place(job)
            expect_encodable(stage)
            store = ChunkStore(self.folder, self._ledger, film)
        except AvatarError as error:
            self._fail(at, job, error)
            return
        store.verify()
        self._films[film] = _Film(at, stage, store, packed_take(stage.take))
        self._known_frames += len(frames)
        self._done_frames += store.done(frames)
        self._films[film].probed = probes(store, frames, stage.picture_bytes)
        self._plan(film)

    def _staged(self, job: RenderJob) -> Stage:
        """The stage of a job; a film that drives several avatars is tracked once."""
        key = (job.drive, job.take, job.project)
        stage = staged(job, performed=self._performed.get(key))
        if job.drive:
            self._performed[key] = stage.take
            while len(self._performed) > _MOST_PERFORMED:
                del self._performed[next(iter(self._performed))]
        return stage

    def _plan(self, film: str) -> None:
        """Line up what a film lacks, or first what tells whether there is room for it."""
        known = self._films[film]
        record = known.job.record()
        lacks = known.store.missing(known.stage.frames, self._batch.chunk_frames)
        for span in known.probed or lacks:
            self._pieces.append(Piece(film, record, span.start, len(span)))

    def _take(self, answer: Answer) -> None:
        piece = answer.piece
        film = self._films[piece.film]
        film.in_work -= 1
        self._in_work -= 1
        made = answer.made
        if made is not None and len(made.digests) != piece.length:
            answer, made = replace(answer, made=None, error=_INCOMPLETE), None
        if made is None:
            self._retry(film, answer)
            return
        if film.store.add(piece.first, made.data, made.digests, made.channels):
            self.report.frames_drawn += piece.length
            self.report.workers[made.worker] = (
                self.report.workers.get(made.worker, 0) + piece.length
            )
            self._done_frames += piece.length
        else:
            self.report.frames_refused += piece.length
        # Films that nobody has looked at yet count for one frame: there is more to come.
        self._progress(self._done_frames, max(self._known_frames + len(self._waiting), 1))

    def _retry(self, film: _Film, answer: Answer) -> None:
        piece, error = answer.piece, answer.error
        assert error is not None
        tries = film.tries[piece.first] = film.tries.get(piece.first, 0) + 1
        self.report.workers_lost += answer.is_lost
        if tries > self._batch.retries or isinstance(error, _FOR_GOOD):
            film.error = film.error or error
            return
        logger.warning("%s: frame %d and on once more: %s", film.job.out, piece.first, error)
        self.report.retried += 1
        self._pieces.appendleft(piece)

    def _finish_films(self) -> None:
        for name, film in list(self._films.items()):
            if film.in_work:
                continue
            if film.error is not None:
                del self._films[name]
                self._fail(film.at, film.job, film.error)
            elif film.probed:
                if all(film.store.done(span) for span in film.probed):
                    self._judge_room(name, film)
            elif not film.store.missing(film.stage.frames, self._batch.chunk_frames):
                self._join(name, film)

    def _judge_room(self, name: str, film: _Film) -> None:
        """Go on with a film whose probes are there, if the disk can hold its other pieces."""
        probed, film.probed = film.probed, []
        title = Path(film.job.out).name
        try:
            expect_room(film.store, film.stage.frames, probed, self._batch.chunk_frames, title)
        except RecordingError as error:
            film.error = error
            return
        self._plan(name)

    def _join(self, name: str, film: _Film) -> None:
        film.joins += 1
        try:
            report, digest = finish_film(film.stage, film.store)
        except AssetError as error:
            if film.joins < _JOIN_TRIES:  # a piece was damaged meanwhile
                film.store.verify()
                self._plan(name)
                return
            film.error = error
        except AvatarError as error:
            film.error = error
        del self._films[name]
        if film.error is not None:
            self._fail(film.at, film.job, film.error)
            return
        self._ledger.append({
            "kind": _FILM, "film": name, "out": film.job.out, "sha256": digest,
            "frames": report.frames,
        })  # fmt: skip
        film.store.clear()
        self._end(film.at, FilmOutcome(film.job.out, report.frames, notices=report.notices))

    def _is_there(self, job: RenderJob, film: str) -> bool:
        """Whether the film was rendered of the same things, and is still what it was."""
        for entry in reversed(self._ledger.entries):
            if (entry.get("kind"), entry.get("film")) == (_FILM, film):
                try:
                    return film_digest(Path(job.out)) == entry.get("sha256")
                except OSError:
                    return False
        return False

    def _fail(self, at: int, job: RenderJob, error: AvatarError) -> None:
        self._ledger.append(
            {"kind": _FAILED, "out": job.out, "message": error.message, "hint": error.hint}
        )
        self._end(at, FilmOutcome(job.out, error=error))

    def _end(self, at: int, outcome: FilmOutcome) -> None:
        self._outcomes[at] = outcome
        self._told(outcome)
