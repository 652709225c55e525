"""Checksums of what an archive holds, in a member of its own at the end.

Zip keeps 32 bits for each member, enough to notice an accident while reading. These say for sure
whether a file is still what was saved, the manifest included, and name packed files for good.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from avatar_core.io.archive import ArchiveWriter
from avatar_core.io.file_marks import unpack_sha256
from avatar_core.project.plain import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import BinaryIO

    from avatar_core.io.archive import ArchiveReader

CHECKSUMS = "checksums.json"
"""Name of the member."""


class SummedWriter(ArchiveWriter):
    """Writes an archive that ends with the checksums of all that was added."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._sums: dict[str, str] = {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.add_json(CHECKSUMS, {"sha256": dict(self._sums)})
        finally:
            super().__exit__(kind, value, trace)

    def add(self, name: str, data: bytes, compressed: bool = True) -> None:
        """Add one file and note its checksum."""
        self._sums[name] = hashlib.sha256(data).hexdigest()
        super().add(name, data, compressed)

    def add_pieces(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        """Add one file of any size and note its checksum."""
        sink = hashlib.sha256()

        def summed() -> Iterator[bytes]:
            for piece in pieces:
                sink.update(piece)
                yield piece

        super().add_pieces(name, summed(), size)
        self._sums[name] = sink.hexdigest()


def checksums_of(archive: ArchiveReader) -> Mapping[str, str]:
    """SHA-256 by member; empty in files of releases that wrote none.

    Raises:
        ProjectFormatError: they are not readable.
    """
    if CHECKSUMS not in archive.names:
        return {}
    sums = Fields(archive.read_json(CHECKSUMS), "checksums").child("sha256")
    return {name: unpack_sha256(sums, name) for name in sums.names()}
