"""MemoryFile: a file in memory, in small pieces, so that no step of it takes long.

One long block would be copied whenever it grows, and nothing else runs in Python meanwhile: with
half a gigabyte the window stood still for a second.
"""

from __future__ import annotations

import io
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

_PIECE_BYTES = 1 << 20


class MemoryFile(io.RawIOBase):
    """Can be written anywhere up to its end, and is then taken out piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: deque[bytearray] = deque()
        self._at = 0
        self._size = 0

    @property
    def nbytes(self) -> int:
        return self._size

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if not 0 <= base + offset <= self._size:
            raise ValueError(f"offset: expected a place in the file, got {base + offset}")
        self._at = base + offset
        return self._at

    def write(self, data: Buffer, /) -> int:
        view = memoryview(data).cast("B")
        for start in range(0, len(view), _PIECE_BYTES):
            self._write_some(view[start : start + _PIECE_BYTES])
        return len(view)

    def taken(self) -> Iterator[bytes]:
        """Everything in it, which is let go of on the way."""
        self._at = self._size = 0
        while self._pieces:
            yield bytes(self._pieces.popleft())

    def _write_some(self, view: memoryview) -> None:
        while view:
            number, start = divmod(self._at, _PIECE_BYTES)
            if number == len(self._pieces):
                self._pieces.append(bytearray())
            count = min(_PIECE_BYTES - start, len(view))
            self._pieces[number][start : start + count] = view[:count]
            self._at += count
            self._size = max(self._size, self._at)
            view = view[count:]
