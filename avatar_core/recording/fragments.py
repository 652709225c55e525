"""The boxes of a fragmented mp4, read just far enough to cut off an unfinished end."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def trim_unfinished_fragment(path: Path) -> int:
    """Cut off what follows the last complete fragment.

    A full disk or a killed process ends the file in the middle of a fragment, which some players
    refuse. A file whose boxes are all complete stays as it is.

    Args:
        path: a fragmented mp4.

    Returns:
        How many bytes were cut off.

    Raises:
        OSError: the file cannot be read or shortened.

    Source:
        ISO/IEC 14496-12, 4.2 (boxes) and 8.8 (movie fragments).
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        end = _end_of_complete_fragments(file, size)
        if end < size:
            file.truncate(end)
    return size - end


def _end_of_complete_fragments(file: BinaryIO, size: int) -> int:
    """Where the last box ends that is not a fragment's header waiting for its data."""
    end = 0
    for kind, box_end in _boxes(file, size):
        if kind != b"moof":
            end = box_end
    return end


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind and end of each complete box at the top level."""
    start = 0
    while start + 8 <= size:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1 and start + 16 <= size:
            (length,) = struct.unpack(">Q", file.read(8))
        if length < 8 or start + length > size:
            return
        start += length
        yield kind, start
