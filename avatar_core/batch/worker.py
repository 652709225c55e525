"""What a worker does: it draws one piece of a film, in whatever process it runs."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from avatar_core.batch.render import draw_frames
from avatar_core.batch.stage import staged
from avatar_core.errors import RecordingError
from avatar_core.io.atomic import write_error
from avatar_core.io.take_file import take_from_bytes, take_to_bytes
from avatar_core.recording.render_job import RenderJob

if TYPE_CHECKING:
    from avatar_core.batch.stage import Painter, Stage
    from avatar_core.motion import Take
    from avatar_core.project.plain import PlainData


class Piece(NamedTuple):
    """Frames to be drawn; plain values, so that they travel between machines.

    Args:
        film: digest of the stage they belong to.
        job: record of the job.
        first, length: which frames, and how many.
    """

    film: str
    job: PlainData
    first: int
    length: int


class PieceMade(NamedTuple):
    """Frames that were drawn.

    Args:
        data: a lossless piece.
        digests: of its pictures.
        channels: of its pictures.
        worker: who made it: host and process.
    """

    data: bytes
    digests: list[str]
    channels: int
    worker: str


@dataclass(eq=False)
class _Ready:
    stage: Stage
    painter: Painter


_ready: dict[str, _Ready] = {}
"""The film this process draws, with everything loaded; one at a time, since it takes memory."""


def packed_take(take: Take) -> bytes:
    """A performance without its sound, for workers."""
    return take_to_bytes(replace(take, audio=None))


def make_piece(piece: Piece, take: bytes) -> PieceMade:
    """Draw a piece.

    Args:
        piece: what to draw.
        take: see `packed_take`.

    Raises:
        AvatarError: something cannot be read or drawn, or is other than where the job was given.
    """
    ready = _prepared(piece, take)
    frames = range(piece.first, piece.first + piece.length)
    try:
        with tempfile.TemporaryDirectory(prefix="avatar-studio-") as folder:
            path = Path(folder) / "piece.mkv"
            digests, channels = draw_frames(ready.stage, ready.painter, frames, path, _unheard)
            return PieceMade(path.read_bytes(), digests, channels, worker_name())
    except OSError as reason:
        place = Path(tempfile.gettempdir()) / "a piece of the film"
        raise write_error(place, reason, RecordingError) from reason


def worker_name() -> str:
    """Host and number of this process."""
    return f"{os.uname().nodename if hasattr(os, 'uname') else 'here'}:{os.getpid()}"


def let_go() -> None:
    """Free what the last film needed."""
    for ready in _ready.values():
        ready.painter.close()
    _ready.clear()


def _prepared(piece: Piece, take: bytes) -> _Ready:
    if piece.film not in _ready:
        let_go()
        job = RenderJob.from_record(piece.job)
        stage = staged(job, performed=take_from_bytes(take))
        if stage.digest != piece.film:
            raise RecordingError(
                f"The files of {Path(job.out).name} are others here than where the batch began.",
                "Give all machines the same files at the same paths.",
            )
        _ready[piece.film] = _Ready(stage, stage.painter())
    return _ready[piece.film]


def _unheard(_frame: int) -> None:
    """Frames that nobody counts."""
