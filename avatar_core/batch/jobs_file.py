"""`jobs.yaml`: what a batch renders, as a person writes it; read within stated limits."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import yaml

from avatar_core.errors import AvatarError, RecordingError
from avatar_core.io.reading import reading
from avatar_core.recording.job_fields import JobFields, capital
from avatar_core.recording.render_job import RenderJob

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 20
MOST_JOBS = 10_000
MOST_RETRIES = 20
MOST_CHUNK_FRAMES = 1000
_CHUNK_FRAMES = 96
_TABLE = frozenset({"defaults", "matrix", "jobs", "retries", "chunk"})
_PLACE = re.compile(r"\{([a-z]*)\}")
_PLACES = frozenset({"project", "avatar", "hair", "paint", "portrait", "drive", "background"})
"""What names files, of which the folder and the ending say little."""
_HINT = "See the README for an example."


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch renders.

    Args:
        jobs: in the order of the file, the matrix first.
        retries: how often a piece is tried again before its film is given up.
        chunk_frames: frames of a piece at most.

    Raises:
        RecordingError: two jobs write the same film.
    """

    jobs: tuple[RenderJob, ...]
    retries: int = 2
    chunk_frames: int = _CHUNK_FRAMES

    def __post_init__(self) -> None:
        outs: set[str] = set()
        for film in (film for job in self.jobs for film in job.films()):
            place = os.path.normcase(os.path.normpath(film.out))
            if place in outs:
                raise RecordingError(
                    f"Two jobs write {film.out}.",
                    "Give them names apart, in jobs.yaml for example with {avatar} and {drive}.",
                )
            outs.add(place)


class _PlainLoader(yaml.SafeLoader):
    """Plain data alone, and every value where it is written: aliases can hide mountains."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not read", event.start_mark
            )
        return super().compose_node(parent, index)


def load_batch(path: Path) -> Batch:
    """The batch of a file; relative paths in it start at its folder.

    Raises:
        AssetError: missing or unreadable.
        RecordingError: no such file, or something in it makes no sense.
    """
    with reading(path), path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    return read_batch(data, path.name, path.absolute().parent)


def read_batch(data: bytes, title: str, folder: Path) -> Batch:
    """The batch of a file's content, which anyone may have written.

    Args:
        data: YAML, or JSON, which is YAML too.
        title: what to call it in sentences.
        folder: where relative paths start.

    Raises:
        RecordingError: as `load_batch`.
    """
    fields = JobFields(_plain(data, title), f"the file {title}")
    fields.expect(_TABLE)
    retries = fields.whole("retries", 2, 0, MOST_RETRIES)
    chunk = fields.whole("chunk", _CHUNK_FRAMES, 1, MOST_CHUNK_FRAMES)
    defaults = _mapping(fields.value("defaults"), f"'defaults' in {title}")
    jobs = []
    for at, record in enumerate(_records(fields, title)):
        if at == MOST_JOBS:
            raise RecordingError(
                f"{title} asks for more than {MOST_JOBS} films.", "Spread them over several files."
            )
        where = f"job {at + 1} in {title}"
        filled = {**defaults, **record}
        filled["out"] = _filled(filled.get("out"), filled, where)
        jobs.append(_job(filled, where, folder))
    if not jobs:
        raise RecordingError(f"{title} asks for no film.", f"Write 'jobs' or 'matrix'. {_HINT}")
    return Batch(tuple(jobs), retries, chunk)


def _plain(data: bytes, title: str) -> object:
    if len(data) > MOST_BYTES:
        raise RecordingError(f"{title} is too long to be a list of jobs.", "Choose another file.")
    try:
        return yaml.load(data.decode("utf-8-sig"), _PlainLoader)
    except yaml.YAMLError as reason:
        mark = getattr(reason, "problem_mark", None)
        place = "" if mark is None else f" in line {mark.line + 1}"
        problem = getattr(reason, "problem", None) or "it is no YAML"
        raise RecordingError(f"{title} cannot be read{place}: {problem}.", _HINT) from reason
    except (ValueError, RecursionError, OverflowError) as reason:
        raise RecordingError(f"{title} cannot be read: it is no list of jobs.", _HINT) from reason


def _records(fields: JobFields, title: str) -> Iterator[dict[str, Any]]:
    matrix = _mapping(fields.value("matrix"), f"'matrix' in {title}")
    lists: dict[str, list[Any]] = {}
    for key, values in matrix.items():
        lists[key] = values if isinstance(values, list) else [values]
        if not lists[key]:
            raise RecordingError(f"'{key:.40}' in the matrix of {title} is empty.", _HINT)
    if lists:
        for choice in itertools.product(*lists.values()):
            yield dict(zip(lists, choice, strict=True))
    jobs = fields.value("jobs")
    if jobs is not None and not isinstance(jobs, list):
        raise fields.wrong("jobs", "a list")
    for at, job in enumerate(jobs or []):
        yield _mapping(job, f"Job {at + 1} of the list in {title}")


def _mapping(value: object, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise RecordingError(f"{where} should be named values.", _HINT)
    return value


def _filled(out: object, record: dict[str, Any], where: str) -> object:
    """`films/{avatar}-{drive}.mp4` with the names of what is rendered."""
    if not isinstance(out, str):
        return out

    def name(match: re.Match[str]) -> str:
        key, value = match[1], record.get(match[1])
        if key == "out" or not isinstance(value, str | int | float) or isinstance(value, bool):
            raise RecordingError(
                f"'out' of {where} names {match[0]}, which the job does not have.",
                "Name what the job has, such as {avatar}, {drive} or {take}.",
            )
        text = str(value)
        if key in _PLACES:
            text = PurePath(text.rpartition(":")[2].replace("\\", "/")).stem or text
        return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", text)

    return _PLACE.sub(name, out)


def _job(record: dict[str, Any], where: str, folder: Path) -> RenderJob:
    try:
        return RenderJob.from_record(record, where, folder)
    except AvatarError as error:
        is_named = where in error.message or capital(where) in error.message
        said = error.message if is_named else f"{capital(where)}: {error.message}"
        raise RecordingError(said, error.hint) from error
