"""Chunks: a film that grows in pieces, of which a ledger says what is done.

A piece holds every bit of a run of pictures. It is named by its content and moves to its place
when it is complete; only then does the ledger speak of it. So whoever is killed loses the piece in
work and nothing else, and pieces may come from many processes in any order: frames that are there
already are not taken twice.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, RecordingError
from avatar_core.io.atomic import atomic_write, write_error
from avatar_core.recording.lossless import picture_digest, read_lossless

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from avatar_core.geometry import UInt8
    from avatar_core.project.plain import PlainData
    from avatar_core.recording.ledger import Ledger

logger = logging.getLogger(__name__)

_CHUNK, _VOID = "chunk", "void"
_AGAIN = "It has to be rendered again: start the job once more."


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a film that is done.

    Args:
        first: number of its first frame.
        frames: digest of each picture, see `picture_digest`.
        file: its name.
        sha256: of the file.
        channels: 3, or 4 with alpha.
    """

    first: int
    frames: tuple[str, ...]
    file: str
    sha256: str
    channels: int

    @property
    def span(self) -> range:
        return range(self.first, self.first + len(self.frames))


class ChunkStore:
    """The pieces of one film. One process writes; others hand over what they made.

    Args:
        folder: of the pieces; made if need be.
        ledger: says what is done; may be that of many films.
        film: names the film in the ledger.

    Raises:
        RecordingError: the folder cannot be made.
    """

    def __init__(self, folder: Path, ledger: Ledger, film: str) -> None:
        self.folder = folder
        self._ledger = ledger
        self._film = film
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as reason:
            raise write_error(folder / film, reason, RecordingError) from reason
        self._chunks: dict[str, Chunk] = {}
        for entry in ledger.entries:
            self._learn(entry)

    @property
    def chunks(self) -> list[Chunk]:
        """In the order of their frames."""
        return sorted(self._chunks.values(), key=lambda chunk: chunk.first)

    def done(self, wanted: range) -> int:
        """How many of the wanted frames are there."""
        return sum(len(_common(chunk.span, wanted)) for chunk in self._chunks.values())

    def size_bytes(self, wanted: range) -> int:
        """What the pieces that hold any of the wanted frames take on the disk."""
        held = (chunk for chunk in self._chunks.values() if _common(chunk.span, wanted))
        return sum((self.folder / chunk.file).stat().st_size for chunk in held)

    def missing(self, wanted: range, most: int) -> list[range]:
        """The wanted frames that are not there, in pieces of at most so many."""
        gaps, start = [], wanted.start
        for chunk in self.chunks:
            gaps.append(range(start, min(chunk.span.start, wanted.stop)))
            start = max(start, chunk.span.stop)
        gaps.append(range(start, wanted.stop))
        return [
            range(first, min(first + most, gap.stop))
            for gap in gaps
            for first in range(gap.start, gap.stop, most)
        ]

    def add(self, first: int, data: bytes, frames: Sequence[str], channels: int) -> bool:
        """Take a piece that was made somewhere.

        Args:
            first: number of its first frame.
            data: its file.
            frames: digests of its pictures.
            channels: of its pictures.

        Returns:
            Whether it was taken; not when any of its frames is there already.

        Raises:
            RecordingError: disk full, or not writable.
        """
        span = range(first, first + len(frames))
        if not frames or self.done(span):
            return False
        sha256 = hashlib.sha256(data).hexdigest()
        chunk = Chunk(
            first,
            tuple(frames),
            f"{first:07}-{span.stop - 1:07}-{sha256[:16]}.mkv",
            sha256,
            channels,
        )
        with atomic_write(self.folder / chunk.file, RecordingError) as file:
            file.write(data)
        self._note(_CHUNK, chunk)
        return True

    def verify(self) -> int:
        """Forget pieces whose files are missing or not what they were. Returns how many."""
        bad = [chunk for chunk in self._chunks.values() if not self._is_whole(chunk)]
        for chunk in bad:
            logger.warning("The piece %s is damaged and will be rendered again", chunk.file)
            self._note(_VOID, chunk)
        return len(bad)

    def pictures(self, wanted: range) -> Generator[UInt8]:
        """Every wanted picture once, in order, each compared with its digest.

        Raises:
            AssetError: one is missing or is not what was rendered.
        """
        at = wanted.start
        for chunk in self.chunks:
            if not _common(chunk.span, wanted):
                continue
            if chunk.span.start > at:
                break
            read = read_lossless(self.folder / chunk.file, chunk.channels)
            count = 0
            for index, (image, digest) in enumerate(zip(read, chunk.frames, strict=False)):
                count += 1
                number = chunk.first + index
                if number < at or number >= wanted.stop:
                    continue
                if picture_digest(image) != digest:
                    self._note(_VOID, chunk)
                    raise AssetError(f"Frame {number} is not what was rendered.", _AGAIN)
                yield image
                at += 1
            if count < len(chunk.frames):
                self._note(_VOID, chunk)
                raise AssetError(f"The rendered piece {chunk.file} is damaged.", _AGAIN)
        if at < wanted.stop:
            raise AssetError(f"Frame {at} was not rendered yet.", _AGAIN)

    def clear(self) -> None:
        """Remove the files of the pieces; the ledger keeps what it knows of them."""
        for chunk in self._chunks.values():
            (self.folder / chunk.file).unlink(missing_ok=True)

    def _is_whole(self, chunk: Chunk) -> bool:
        try:
            with (self.folder / chunk.file).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == chunk.sha256
        except OSError:
            return False

    def _note(self, kind: str, chunk: Chunk) -> None:
        entry: PlainData = {
            "kind": kind,
            "film": self._film,
            "first": chunk.first,
            "frames": list(chunk.frames),
            "file": chunk.file,
            "sha256": chunk.sha256,
            "channels": chunk.channels,
        }
        self._ledger.append(entry)
        self._learn(entry)

    def _learn(self, entry: PlainData) -> None:
        if entry.get("film") != self._film or entry.get("kind") not in (_CHUNK, _VOID):
            return
        chunk = _chunk(entry)
        if chunk is None:
            return
        if entry["kind"] == _VOID:
            self._chunks.pop(chunk.file, None)
        elif not self.done(chunk.span):
            self._chunks[chunk.file] = chunk


def _chunk(entry: PlainData) -> Chunk | None:
    first, frames = entry.get("first"), entry.get("frames")
    file, sha256, channels = entry.get("file"), entry.get("sha256"), entry.get("channels")
    if (
        type(first) is not int
        or first < 0
        or not isinstance(frames, list)
        or not all(isinstance(each, str) for each in frames)
        or not isinstance(file, str)
        or Path(file).name != file
        or not isinstance(sha256, str)
        or channels not in (3, 4)
    ):
        return None
    return Chunk(first, tuple(frames), file, sha256, channels)


def _common(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))
