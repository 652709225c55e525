"""Room on the disk for the pieces of a film, found out before most of it is drawn.

How far pictures can be packed is known only when some are: a head before a plain wall takes a tenth
of what noise takes. So where they would not fit if nothing could be packed, a few frames from all
over the film are drawn first, each a piece that counts like any other.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.recording.chunks import ChunkStore

PROBES = 5
WORST = 1.25
"""Bytes that a byte of noise takes in a lossless piece: colours are kept as differences."""


def probes(store: ChunkStore, wanted: range, picture_bytes: int) -> list[range]:
    """Single frames that have to be drawn before the room can be judged.

    Args:
        store: of the film.
        wanted: the frames of the film.
        picture_bytes: of a picture that is not packed.

    Returns:
        Evenly spread over what is missing; none where all of it fits in any case.
    """
    gaps = store.missing(wanted, 1)
    free = free_bytes(store.folder)
    if free is None or WORST * picture_bytes * (len(gaps) + 1) <= free:
        return []
    count = min(PROBES, len(gaps))
    return [gaps[(2 * at + 1) * len(gaps) // (2 * count)] for at in range(count)]


def expect_room(
    store: ChunkStore, wanted: range, probed: Sequence[range], most: int, title: str
) -> None:
    """Make sure that the disk can hold what is missing, by what the probes take.

    Args:
        store: of the film, with the probes.
        wanted: the frames of the film.
        probed: see `probes`; none of them say that there is room.
        most: frames of a piece, which is there twice while it takes its place.
        title: of the film.

    Raises:
        RecordingError: it cannot, as far as can be told.
    """
    free = free_bytes(store.folder)
    if not probed or free is None:
        return
    sizes = [store.size_bytes(span) for span in probed]
    left = len(wanted) - store.done(wanted)
    needed = (left + min(left, most)) * sum(sizes) / len(sizes)
    if needed > free:
        raise RecordingError(
            f"The pictures of {title} would take about {_words(needed)} until it is complete, but"
            f" only {_words(free)} are free in {store.folder}.",
            "Free some space there, or choose fewer frames or a smaller size.",
        )


def free_bytes(folder: Path) -> int | None:
    """What can still be written on the disk of a folder; None where the system does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _words(size_bytes: float) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.1f} MB"
