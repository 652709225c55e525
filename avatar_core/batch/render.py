"""From a render job to its films, in pieces, so that it can be stopped at any time and goes on."""

from __future__ import annotations

import hashlib
import logging
import secrets
import shutil
import time
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.batch.stage import Stage, staged
from avatar_core.errors import RecordingError
from avatar_core.io.atomic import write_error
from avatar_core.recording.chunks import ChunkStore
from avatar_core.recording.clip_file import check_place
from avatar_core.recording.film_encoders import film_encoder
from avatar_core.recording.ledger import Ledger
from avatar_core.recording.lossless import LosslessWriter
from avatar_core.recording.offline import render_film, video_settings
from avatar_core.recording.progress import Progress, unheard
from avatar_core.recording.remux import count_pictures
from avatar_core.recording.room import expect_room, probes
from avatar_core.recording.work_lock import working_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from avatar_core.batch.stage import Painter
    from avatar_core.batch.subjects import Notice
    from avatar_core.geometry import UInt8
    from avatar_core.recording.clip import RecordingReport
    from avatar_core.recording.film_format import FilmFormat
    from avatar_core.recording.render_job import RenderJob

_logged: Notice = logging.getLogger(__name__).warning

CHUNK_FRAMES = 96
"""Frames of a piece at most."""

_CHUNK_S = 20.0
"""A piece that takes longer ends: it is what a kill loses."""

LEDGER = "ledger.jsonl"
_LOCK = "lock"


class Phase(StrEnum):
    """What is done to a film."""

    READING = "reading"
    """A film that drives it is tracked."""
    DRAWING = "drawing"
    WRITING = "writing"
    """Its pieces are joined and encoded."""


@dataclass(frozen=True, slots=True)
class RenderStatus:
    """How far a job is.

    Args:
        film, films: which of its films, from 1, and how many there are.
        phase: what is done to it.
        done, total: pictures in this phase.
    """

    film: int
    films: int
    phase: Phase
    done: int
    total: int

    @property
    def share(self) -> float:
        """0..1 of the whole job; drawing counts for nine tenths of a film."""
        part = self.done / max(self.total, 1)
        within = {Phase.READING: 0.0, Phase.DRAWING: 0.9 * part, Phase.WRITING: 0.9 + 0.1 * part}
        return (self.film - 1 + within[self.phase]) / self.films


def _unwatched(_status: RenderStatus) -> None:
    """Status that nobody follows."""


def _unseen(_image: UInt8) -> None:
    """Looks at nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Watcher:
    """Who follows a job; each may raise `Cancelled`, which keeps all that was drawn.

    Args:
        status: hears how far it is, once a picture.
        seen: is shown every picture drawn.
        notice: hears of what is drawn otherwise than asked for.
    """

    status: Callable[[RenderStatus], None] = _unwatched
    seen: Callable[[UInt8], None] = _unseen
    notice: Notice = _logged


def render_job(
    job: RenderJob,
    progress: Progress = unheard,
    watcher: Watcher | None = None,
    folder: Path | str | None = None,
    chunk_frames: int = CHUNK_FRAMES,
) -> list[RecordingReport]:
    """Render the films of a job, at full quality.

    Pictures are kept in lossless pieces beside the film, in `FILM.parts`, until it is complete.
    Whoever is cancelled or killed in between goes on from there when the same job is rendered
    again; if the job or a file it is made of has changed, it begins anew.

    Args:
        job: what to render.
        progress: hears thousandths of the work; may cancel.
        watcher: hears more.
        folder: for the pieces, in place of the one beside the film; it stays.
        chunk_frames: frames of a piece at most.

    Returns:
        A report for each film.

    Raises:
        AvatarError: something cannot be read, drawn or written.
        Cancelled: by `progress` or the watcher.
    """
    watcher = watcher or Watcher()
    films = job.films()

    def heard(status: RenderStatus) -> None:
        progress(round(1000 * status.share), 1000)
        watcher.status(status)

    reports = []
    for at, film in enumerate(films):
        told = _Told(replace(watcher, status=heard), at + 1, len(films))
        reports.append(_render_film(film, told, folder, chunk_frames))
    return reports


def prepare_place(job: RenderJob) -> None:
    """Make the folder of a film, and find out whether the film can lie there.

    Raises:
        RecordingError: it cannot, or something else would be lost.
    """
    out = Path(job.out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise write_error(out, reason, RecordingError) from reason
    check_place(out, is_folder=job.film_format.is_folder)


def expect_encodable(stage: Stage) -> None:
    """Find out whether this machine can write a film, before any of it is drawn.

    Raises:
        RecordingError: no film can have its size or rate, or an encoder is missing.
    """
    out = Path(stage.job.out)
    film_encoder(out, video_settings(stage.take, stage.film_settings, out))


def finish_film(
    stage: Stage, store: ChunkStore, progress: Progress = unheard
) -> tuple[RecordingReport, str]:
    """Join the pieces of a film, encode them once, and make sure that every frame is in it.

    Returns:
        The report, and the hash of the film, see `film_digest`.

    Raises:
        AssetError: a picture is not what was rendered; it counts as not rendered from now on.
        RecordingError: the film cannot be written, or not to its end.
        Cancelled: by `progress`.
    """
    out = Path(stage.job.out)
    frames = stage.frames

    def pictures(times_s: Iterable[float]) -> Generator[UInt8]:
        return store.pictures(frames)

    prepare_place(stage.job)
    report = render_film(stage.take, out, stage.film_settings, pictures, progress)
    found = pictures_in(out, stage.job.film_format)
    if found is not None and found != len(frames):
        raise RecordingError(
            f"{out.name} holds {found} frames instead of {len(frames)}.",
            "Render it again; if that does not help, choose another format.",
        )
    return report, film_digest(out)


def draw_frames(
    stage: Stage,
    painter: Painter,
    frames: Iterable[int],
    path: Path,
    before: Callable[[int], None],
    seen: Callable[[UInt8], None] = _unseen,
) -> tuple[list[str], int]:
    """Draw frames into a lossless piece.

    Args:
        stage: the film.
        painter: of the stage.
        frames: numbers in a row.
        path: of the piece.
        before: hears the number of each frame; if it raises `_End`, the piece ends there, complete.
        seen: is shown every picture; may end the piece likewise.

    Returns:
        The pictures' digests, and their channels.
    """
    with LosslessWriter(path) as writer:
        try:
            for frame in frames:
                before(frame)
                image = painter.draw(stage.time_s(frame))
                writer.write(image)
                seen(image)
        except _End:
            pass
    return writer.digests, stage.channels


def film_digest(out: Path) -> str:
    """SHA-256 of a film, or of all pictures and sound in a folder of them.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    hasher = hashlib.sha256()
    for path in _pictures_and_sound(out) if out.is_dir() else [out]:
        with path.open("rb") as file:
            hasher.update(hashlib.file_digest(file, "sha256").digest())
    return hasher.hexdigest()


def pictures_in(out: Path, film_format: FilmFormat) -> int | None:
    """How many pictures a film holds; None for previews, which hold a picture that repeats once."""
    if film_format.is_folder:
        return sum(path.suffix.lower() == ".png" for path in out.iterdir())
    return count_pictures(out) if film_format.needs_even_size else None


def _pictures_and_sound(folder: Path) -> list[Path]:
    """Without what systems put there by themselves."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in (".png", ".wav"))


class _End(Exception):
    """A piece is long enough."""


class _Told:
    """Puts a film's place among those of its job into what the watcher hears."""

    def __init__(self, watcher: Watcher, film: int, films: int) -> None:
        self.watcher = watcher
        self._film, self._films = film, films

    def __call__(self, phase: Phase, done: int, total: int) -> None:
        self.watcher.status(RenderStatus(self._film, self._films, phase, done, total))

    def phase(self, phase: Phase) -> Progress:
        return lambda done, total: self(phase, done, total)


def _render_film(
    job: RenderJob, told: _Told, folder: Path | str | None, chunk_frames: int
) -> RecordingReport:
    out = Path(job.out)
    parts = out.with_name(f"{out.name}.parts") if folder is None else Path(folder)
    with working_alone(parts / _LOCK, out.name):
        prepare_place(job)
        stage = staged(job, told.watcher.notice, told.phase(Phase.READING))
        expect_encodable(stage)
        store = ChunkStore(parts, Ledger(parts / LEDGER), stage.digest)
        store.verify()
        _draw_missing(stage, store, told, chunk_frames)
        report, _digest = finish_film(stage, store, told.phase(Phase.WRITING))
        store.clear()
    if folder is None:
        shutil.rmtree(parts, ignore_errors=True)
    return report


def _draw_missing(stage: Stage, store: ChunkStore, told: _Told, chunk_frames: int) -> None:
    frames = stage.frames
    if not store.missing(frames, chunk_frames):
        return
    with closing(stage.painter()) as painter:
        probed = probes(store, frames, stage.picture_bytes)
        for probe in probed:
            _draw_piece(stage, store, painter, probe, told)
        expect_room(store, frames, probed, chunk_frames, Path(stage.job.out).name)
        while missing := store.missing(frames, chunk_frames):
            _draw_piece(stage, store, painter, missing[0], told)
    told(Phase.DRAWING, len(frames), len(frames))


def _draw_piece(
    stage: Stage, store: ChunkStore, painter: Painter, piece: range, told: _Told
) -> None:
    path = store.folder / f".{secrets.token_hex(8)}.mkv"
    before_s, done, total = time.monotonic(), store.done(stage.frames), len(stage.frames)
    stopped: BaseException | None = None

    def completing(tell: Callable[[], None]) -> None:
        """Whatever a watcher raises ends the piece, complete."""
        nonlocal stopped
        try:
            tell()
        except BaseException as reason:
            stopped = reason
            raise _End from reason

    def before(frame: int) -> None:
        if frame > piece.start and time.monotonic() - before_s > _CHUNK_S:
            raise _End
        completing(lambda: told(Phase.DRAWING, done + frame - piece.start, total))

    def seen(image: UInt8) -> None:
        completing(lambda: told.watcher.seen(image))

    try:
        digests, channels = draw_frames(stage, painter, piece, path, before, seen)
        if digests:
            store.add(piece.start, path.read_bytes(), digests, channels)
    except OSError as reason:
        raise write_error(path, reason, RecordingError) from reason
    finally:
        path.unlink(missing_ok=True)
    if stopped is not None:
        raise stopped
