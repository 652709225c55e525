"""Damage and malice: seeded changes of a file, with and without knowledge of its format."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.fuzz.target import Shape
from tests.fuzz.zip_mutations import mutated_zip

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

from tests.fuzz.array_mutations import mutated_npy
from tests.fuzz.json_mutations import mutated_json
from tests.fuzz.picture_mutations import mutated_png

_WHOLE = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
          0x10000, 0x01000000, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
_REAL = (float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 5e-324, 0.0, -0.0, 1e30)
_WORDS = (b"nan", b"inf", b"-1", b"0", b"1e999", b"99999999999999999999", b"-0", b"1e308", b"",
          b"\xff\xfe", "Ä😀‮".encode(), b"\0", b"../../x", b"%s%n", b"9" * 5000)  # fmt: skip
_MOST_GROWN = 1 << 20

PICKLE_ATTACKS = (
    b"cos\nsystem\n(S'touch executed'\ntR.",
    b"cbuiltins\neval\n(S'1'\ntR.",
    b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
    b"cnumpy\nload\n(S'x'\ntR.",
    b"(" * 3000 + b"d" * 3000 + b".",
    b"]" + b"q\x00(h\x00e" * 50 + b".",
    b"\x80\x04\x8a\xffX",
    b"\x80\x04\x8d" + b"\xff" * 8,
    b"\x80\x04\x96" + b"\xff\xff\xff\x7f\0\0\0\0",
    b"\x80\x02(" + b"I1\n" * 10 + b"r\xff\xff\xff\x7f.",
)


def mutated(seeds: Sequence[bytes], shape: Shape, dice: random.Random) -> bytes:
    """A file made of one or two of the seeds; every hundredth is one as it is."""
    data = dice.choice(seeds)
    if dice.randrange(100) == 0:
        return data
    knowing = _KNOWING.get(shape)
    if knowing is not None and dice.random() < 0.6:
        data = knowing(data, dice)
        if dice.random() < 0.8:
            return data
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        data = dice.choice(_BLIND)(data, dice, seeds)
    return data


def one_bit_turned(data: bytes, dice: random.Random) -> bytes:
    """The file with one bit turned."""
    return _turned(data, dice, (data,))


def _turned(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    changed[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _overwritten(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _each in range(dice.randrange(1, 8)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _left_out(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[at + dice.choice((1, 2, 4, 8, 64, 1000)) :]


def _inserted(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(data) + 1)
    more = dice.choice((dice.randbytes(dice.choice((1, 4, 64))), dice.choice(_WORDS)))
    return data[:at] + more + data[at:]


def _doubled(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    start = dice.randrange(len(data) + 1)
    piece = data[start : start + dice.choice((1, 8, 100, 1000, 10_000))]
    times = dice.choice((1, 2, 20, 200))
    if len(piece) * times > _MOST_GROWN:
        times = 1
    return data[:start] + piece * times + data[start:]


def _spliced(data: bytes, dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    other = dice.choice(seeds)
    return data[: dice.randrange(len(data) + 1)] + other[dice.randrange(len(other) + 1) :]


def _number(data: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    """A length, a count, a place or a value that is not to be believed."""
    width = dice.choice((1, 2, 4, 8))
    if len(data) < width:
        return data
    order = dice.choice("<>")
    if width >= 4 and dice.random() < 0.3:
        piece = struct.pack(f"{order}{'f' if width == 4 else 'd'}", _single(dice, width))
    else:
        number = dice.choice(_WHOLE) & ((1 << 8 * width) - 1)
        piece = number.to_bytes(width, "little" if order == "<" else "big")
    # Headers hold most of the counts.
    end = len(data) - width + 1
    at = dice.randrange(min(end, 256)) if dice.random() < 0.5 else dice.randrange(end)
    return data[:at] + piece + data[at + width :]


def _single(dice: random.Random, width: int) -> float:
    value = dice.choice(_REAL)
    return 3e38 if width == 4 and abs(value) == 1e308 else value


_BLIND = (
    _turned, _overwritten, _cut, _left_out, _inserted, _doubled, _spliced,
    _number, _number, _number,
)  # fmt: skip


def _text(data: bytes, dice: random.Random) -> bytes:
    """Lines and words moved, doubled, left out or replaced."""
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    kind = dice.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, dice.choice(lines))
    elif kind == 2:
        other = dice.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        mark = dice.choice((b",", b" ", b":", b"\t"))
        words = lines[at].split(mark)
        words[dice.randrange(len(words))] = dice.choice(_WORDS)
        lines[at] = mark.join(words)
    return b"\n".join(lines)


def _safetensors(data: bytes, dice: random.Random) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header, rest = data[8 : 8 + length], data[8 + length :]
    if dice.random() < 0.2:
        size = dice.choice((0, 1, len(data), 1 << 62, (1 << 64) - 1))
        return size.to_bytes(8, "little") + header + rest
    header = mutated_json(header, dice)
    return len(header).to_bytes(8, "little") + header + rest


def _pickle(data: bytes, dice: random.Random) -> bytes:
    attack = dice.choice(PICKLE_ATTACKS)
    if dice.random() < 0.4:
        return attack
    at = dice.randrange(len(data) + 1)
    return data[:at] + attack[: dice.randrange(len(attack) + 1)] + data[at:]


_KNOWING: dict[Shape, Callable[[bytes, random.Random], bytes]] = {
    Shape.ZIP: mutated_zip,
    Shape.NPY: mutated_npy,
    Shape.JSON: mutated_json,
    Shape.TEXT: _text,
    Shape.PNG: mutated_png,
    Shape.SAFETENSORS: _safetensors,
    Shape.PICKLE: _pickle,
}
