"""What a job tells whoever started its process: one JSON object a line, on its standard output."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShareTold:
    """How far the job is.

    Args:
        share: 0..1.
        phase: what is done now, a value of `Phase`.
        done, total: pictures in this phase.
        eta_s: seconds until its end at the present pace; None before there is a pace.
    """

    share: float
    phase: str
    done: int
    total: int
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class PictureTold:
    """There is a new preview.

    Args:
        path: of the picture.
    """

    path: str


@dataclass(frozen=True, slots=True)
class NoticeTold:
    """Something is drawn otherwise than asked for.

    Args:
        sentence: says what.
    """

    sentence: str


@dataclass(frozen=True, slots=True)
class FilmsTold:
    """The job is done.

    Args:
        films: paths of what it made.
    """

    films: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorTold:
    """The job ends with an error.

    Args:
        message, hint: as in `AvatarError`.
    """

    message: str
    hint: str


RenderEvent = ShareTold | PictureTold | NoticeTold | FilmsTold | ErrorTold

_KINDS: dict[str, type[RenderEvent]] = {
    "share": ShareTold,
    "picture": PictureTold,
    "notice": NoticeTold,
    "films": FilmsTold,
    "error": ErrorTold,
}


def event_line(event: RenderEvent) -> str:
    """The event as one line of JSON, without a line break."""
    name = next(name for name, kind in _KINDS.items() if isinstance(event, kind))
    return json.dumps({"event": name, **asdict(event)})


def read_event(line: str) -> RenderEvent | None:
    """The event of a line, or None where the line holds something else."""
    try:
        return _read(dict(json.loads(line)))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _read(data: dict[str, Any]) -> RenderEvent | None:
    kind = _KINDS.get(data["event"])
    if kind is ShareTold:
        eta_s = data["eta_s"]
        return ShareTold(
            float(data["share"]),
            str(data["phase"]),
            int(data["done"]),
            int(data["total"]),
            None if eta_s is None else float(eta_s),
        )
    if kind is PictureTold:
        return PictureTold(str(data["path"]))
    if kind is NoticeTold:
        return NoticeTold(str(data["sentence"]))
    if kind is FilmsTold:
        return FilmsTold(tuple(str(each) for each in data["films"]))
    if kind is ErrorTold:
        return ErrorTold(str(data["message"]), str(data["hint"]))
    return None
