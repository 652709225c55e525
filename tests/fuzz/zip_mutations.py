"""Changes of zip archives: what is inside, packed anew, and archives made to do harm."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from functools import cache
from typing import TYPE_CHECKING

from tests.fuzz.array_mutations import mutated_npy
from tests.fuzz.json_mutations import mutated_json
from tests.fuzz.picture_mutations import mutated_png

if TYPE_CHECKING:
    import random

Members = list[tuple[str, bytes]]

_NAMES = (
    "../escaped", "../../tmp/escaped", "/tmp/escaped", "a/../../escaped", "..\\escaped",
    "C:\\escaped", "a//b", "./a", "", " ", "a\0b", "Ä😀", "x" * 5000, "manifest.json/",
    "con", "a/.",
)  # fmt: skip
_ENTRY = "<4sHHHHHHIIIHHHHHII"
"""An entry of the directory of an archive."""
_BOMB = 1 << 28
_METHODS = (zipfile.ZIP_STORED,) * 9 + (zipfile.ZIP_DEFLATED,)


def mutated_zip(data: bytes, dice: random.Random) -> bytes:
    """The archive with one of its files changed, or with what no archive should have."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return data
    if not members:
        return data
    if dice.random() < 0.75:
        at = dice.randrange(len(members))
        name, content = members[at]
        members[at] = (name, _mutated_member(content, dice))
        return _zipped(members, dice.choice(_METHODS))
    return _hostile(members, dice)


def _mutated_member(content: bytes, dice: random.Random) -> bytes:
    if content[:4] == b"PK\x03\x04":
        return mutated_zip(content, dice)
    if content[:6] == b"\x93NUMPY":
        return mutated_npy(content, dice)
    if content[:8] == b"\x89PNG\r\n\x1a\n" and dice.random() < 0.7:
        return mutated_png(content, dice)
    if content[:1] == b"{":
        return mutated_json(content, dice)
    changed = bytearray(content or b"\0")
    for _ in range(dice.choice((1, 1, 4))):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed[: dice.choice((len(changed), dice.randrange(len(changed) + 1)))])


def _hostile(members: Members, dice: random.Random) -> bytes:
    kind = dice.randrange(9)
    at = dice.randrange(len(members))
    name, content = members[at]
    if kind == 0:
        return _zipped([*members[:at], *members[at + 1 :]])
    if kind == 1:
        return _zipped([*members, (name, dice.choice((content, b"")))])
    if kind == 2:
        return _zipped([*members, (dice.choice(_NAMES), content)])
    if kind == 3:
        return _zipped([*members[:at], (dice.choice(_NAMES), content), *members[at + 1 :]])
    if kind == 4:
        return _zipped([*members[:at], (name, dice.choice(members)[1]), *members[at + 1 :]])
    if kind == 5:
        return _lying(_zipped(members), dice)
    if kind == 6:
        return _zipped(members, dice.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
    # These two take their time, and once in a while is enough.
    if kind == 7 and dice.random() < 0.02:
        return _zipped([*members, *((f"n{number}", b"") for number in range(10_050))])
    if kind == 8 and dice.random() < 0.02:
        return _bombed(members, at)
    return _zipped([*members, (name + ".more", content)])


def _zipped(members: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = method
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                archive.writestr(info, content)
    return stream.getvalue()


def _lying(data: bytes, dice: random.Random) -> bytes:
    """A field of a file's entry in the directory, or of its own header, that is not true."""
    entry, fields = dice.choice(
        (
            (b"PK\x01\x02", (8, 10, 16, 20, 24, 28, 30, 32, 42)),
            (b"PK\x03\x04", (6, 8, 14, 18, 22, 26)),
        )
    )
    places = []
    at = data.find(entry)
    while at >= 0:
        places.append(at)
        at = data.find(entry, at + 1)
    if not places:
        return data
    at = dice.choice(places) + dice.choice(fields)
    lie = dice.choice((0, 1, 8, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 20))
    piece = struct.pack("<I", lie) if dice.random() < 0.5 else struct.pack("<H", lie & 0xFFFF)
    return data[:at] + piece + data[at + len(piece) :]


def _bombed(members: Members, at: int) -> bytes:
    """One file's bytes are a quarter of a gigabyte of zeros, packed small."""
    packed, checksum = _bomb()
    stream = io.BytesIO()
    directory = io.BytesIO()
    for number, (name, content) in enumerate(members):
        is_bomb = number == at
        body = packed if is_bomb else content
        size = _BOMB if is_bomb else len(content)
        crc = checksum if is_bomb else zlib.crc32(content)
        method = 8 if is_bomb else 0
        label = name.encode()
        fields = (20, 0, method, 0, 0x21, crc, len(body), size, len(label), 0)
        place = (0, 0, 0, 0, stream.tell())
        directory.write(struct.pack(_ENTRY, b"PK\x01\x02", 20, *fields, *place))
        directory.write(label)
        stream.write(struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", *fields) + label + body)
    start, length = stream.tell(), directory.tell()
    stream.write(directory.getvalue())
    counts = (0, 0, len(members), len(members))
    stream.write(struct.pack("<4sHHHHIIH", b"PK\x05\x06", *counts, length, start, 0))
    return stream.getvalue()


@cache
def _bomb() -> tuple[bytes, int]:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    packed, crc = b"", 0
    for _ in range(_BOMB >> 20):
        packed += packer.compress(block)
        crc = zlib.crc32(block, crc)
    return packed + packer.flush(), crc
