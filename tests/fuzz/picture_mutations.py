"""Changes of PNG files whose checksums are right again."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIZES = (0, 1, 2, 255, 4096, 8192, 8193, 65535, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
_CHUNKS = (
    (b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0"),
    (b"eXIf", b"II*\0\xff\xff\xff\xff"),
    (b"acTL", struct.pack(">II", 1 << 30, 0)),
    (b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 10_000_000)),
    (b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 10_000_000)),
    (b"PLTE", b"\0" * 768),
    (b"tRNS", b"\0" * 300),
    (b"IEND", b""),
)


def mutated_png(data: bytes, dice: random.Random) -> bytes:
    """The picture with a header that lies, or chunks changed, added, left out, doubled or moved."""
    chunks = _chunks(data)
    if not chunks:
        return data
    at = dice.randrange(len(chunks))
    kind = dice.randrange(6)
    if kind <= 1:
        chunks[0] = (chunks[0][0], _header(chunks[0][1], dice))
    elif kind == 2:
        chunks.insert(at, dice.choice(_CHUNKS))
    elif kind == 3:
        del chunks[at]
    elif kind == 4:
        chunks.insert(at, dice.choice(chunks))
    else:
        name, body = chunks[at]
        changed = bytearray(body or b"\0")
        changed[dice.randrange(len(changed))] = dice.randrange(256)
        chunks[at] = (name, bytes(changed))
    return _SIGNATURE + b"".join(map(_packed, chunks))


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks = []
    at = len(_SIGNATURE)
    while data.startswith(_SIGNATURE) and at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _header(body: bytes, dice: random.Random) -> bytes:
    if len(body) != 13:
        return body
    width, height, bits, colour, packing, filtering, interlaced = struct.unpack(">IIBBBBB", body)
    kind = dice.randrange(4)
    if kind == 0:
        width = dice.choice(_SIZES)
    elif kind == 1:
        height = dice.choice(_SIZES)
    elif kind == 2:
        bits, colour = dice.choice((1, 2, 4, 8, 16, 32)), dice.choice((0, 2, 3, 4, 6, 7))
    else:
        interlaced = dice.randrange(3)
    return struct.pack(">IIBBBBB", width, height, bits, colour, packing, filtering, interlaced)


def _packed(chunk: tuple[bytes, bytes]) -> bytes:
    name, body = chunk
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
