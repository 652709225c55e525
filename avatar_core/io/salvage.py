"""What is left of a damaged archive of ours, found without trusting its table of contents.

Every member begins with a header of its own, so that one that is whole can be read whatever
happened to the rest: a flipped bit, a cut-off end, a lost table. Nothing is written, and no more
memory is used than a member says it takes, within the limits of such files.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError
from avatar_core.io import limits
from avatar_core.io.archive import DAMAGE
from avatar_core.io.arrays import array_from_npy

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator
    from typing import BinaryIO

    from avatar_core.geometry.shapes import AnyArray

_SIGNATURE = b"PK\x03\x04"
_HEADER = struct.Struct("<4sHHHHHIIIHH")
_SAFE_NAME = re.compile(rb"[A-Za-z0-9_.\-/]{1,200}")
_ZIP64 = struct.Struct("<HHQQ")
_UNKNOWN = 0xFFFFFFFF
_PIECE_BYTES = limits.MIB
_MOST_HEADERS = 200_000
_LARGEST_RATIO = 1_100
"""What deflate makes of one byte at most, and a little more."""


@dataclass(frozen=True, slots=True)
class Remains:
    """A member that something is left of.

    Args:
        name: of the member.
        start: where its bytes begin in the archive.
        packed_bytes: how many they are.
        nbytes: how many they make, unpacked.
        method: how they are packed.
        crc: CRC-32 that they should have, unpacked.
    """

    name: str
    start: int
    packed_bytes: int
    nbytes: int
    method: int
    crc: int


def remains_of(data: bytes | mmap.mmap, directory: BinaryIO | None = None) -> list[Remains]:
    """All members of an archive that something is left of, in its order.

    Archives lie within ours, and where a length was damaged their members are found, too: who asks
    for a member by name gets several, and takes the one that makes sense.

    Args:
        data: the archive.
        directory: the same as a file; what only its table of contents still tells is added.
    """
    found: dict[int, Remains] = {}
    at, headers = data.find(_SIGNATURE), 0
    work = 16 * len(data) + 256 * limits.MIB  # more is a trap
    while at >= 0 and headers < _MOST_HEADERS and work > 0:
        headers += 1
        remains = _remains_at(data, at)
        next_at = at + 1
        if remains is not None:
            found[remains.start] = remains
            work -= remains.nbytes
            if is_whole(data, remains):
                next_at = remains.start + remains.packed_bytes
        at = data.find(_SIGNATURE, next_at)
    for remains in _listed(data, directory) if directory is not None else ():
        if remains.start not in found or not is_whole(data, found[remains.start]):
            found[remains.start] = remains
    return [found[start] for start in sorted(found)]


def is_whole(data: bytes | mmap.mmap, remains: Remains) -> bool:
    """Whether a member is bit for bit what its CRC says."""
    crc, nbytes = 0, 0
    try:
        for piece in pieces_of(data, remains):
            crc, nbytes = zlib.crc32(piece, crc), nbytes + len(piece)
    except zlib.error:
        return False
    return (crc, nbytes) == (remains.crc, remains.nbytes)


def contents_of(data: bytes | mmap.mmap, remains: Remains, most_bytes: int) -> bytes:
    """What is left of a member, unpacked as far as that goes; empty where it is too large."""
    if remains.nbytes > most_bytes:
        return b""
    content, left = io.BytesIO(), most_bytes  # which hands out its bytes without a copy of them
    try:
        for piece in pieces_of(data, remains):
            left -= content.write(piece[:left])
    except zlib.error:
        pass  # what was unpacked before may still hold something
    return content.getvalue()


def pieces_of(data: bytes | mmap.mmap, remains: Remains) -> Iterator[bytes]:
    """A member's bytes, unpacked; no more of them than it says it has.

    Raises:
        zlib.error: they cannot be unpacked from here on.
    """
    end = min(remains.start + remains.packed_bytes, len(data))
    left = remains.nbytes
    unpacker = None if remains.method == zipfile.ZIP_STORED else zlib.decompressobj(-15)
    for start in range(remains.start, end, _PIECE_BYTES):
        piece = data[start : min(start + _PIECE_BYTES, end)]
        while piece and left > 0:
            if unpacker is None:
                made, piece = piece[:left], b""
            else:
                made = unpacker.decompress(piece, min(left, _PIECE_BYTES))
                piece = unpacker.unconsumed_tail
            left -= len(made)
            if made:
                yield made


def arrays_left(data: bytes, most_bytes: int) -> dict[str, AnyArray]:
    """The arrays of a damaged `.npz` that are whole, by name."""
    arrays: dict[str, AnyArray] = {}
    for remains in remains_of(data):
        if not remains.name.endswith(".npy") or remains.nbytes > most_bytes:
            continue
        if is_whole(data, remains):
            most_bytes -= remains.nbytes
            try:
                array = array_from_npy(contents_of(data, remains, remains.nbytes))
            except AvatarError:
                continue
            arrays.setdefault(remains.name.removesuffix(".npy"), array)
    return arrays


def _remains_at(data: bytes | mmap.mmap, at: int) -> Remains | None:
    header = data[at : at + _HEADER.size]
    if len(header) < _HEADER.size:
        return None
    _, _, flags, method, _, _, crc, packed, nbytes, name_bytes, extra_bytes = _HEADER.unpack(header)
    name_at = at + _HEADER.size
    name = data[name_at : name_at + name_bytes]
    extra = data[name_at + name_bytes : name_at + name_bytes + extra_bytes]
    if _UNKNOWN in (packed, nbytes) and len(extra) >= _ZIP64.size:
        _, _, nbytes, packed = _ZIP64.unpack(extra[: _ZIP64.size])
    if not _SAFE_NAME.fullmatch(name) or flags & 1 or method not in (0, zipfile.ZIP_DEFLATED):
        return None
    start = name_at + name_bytes + extra_bytes
    if nbytes > _LARGEST_RATIO * (min(packed, len(data)) + 1):
        return None
    return Remains(name.decode("ascii"), start, packed, nbytes, method, crc)


def _listed(data: bytes | mmap.mmap, file: BinaryIO) -> Iterator[Remains]:
    """What the table of contents tells, where it can still be read."""
    try:
        infos = zipfile.ZipFile(file).infolist()[: limits.MEMBERS]
    except (*DAMAGE, OSError):
        return
    for info in infos:
        name = info.filename.encode("utf-8", "replace")
        if not _SAFE_NAME.fullmatch(name) or info.compress_type not in (0, zipfile.ZIP_DEFLATED):
            continue
        for extra_bytes in (0, _ZIP64.size):
            start = info.header_offset + _HEADER.size + len(name) + extra_bytes
            remains = Remains(
                info.filename, start, info.compress_size, info.file_size,
                info.compress_type, info.CRC,
            )  # fmt: skip
            if is_whole(data, remains):
                yield remains
                break
