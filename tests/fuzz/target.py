"""Target: one reader of untrusted bytes, and what it promises about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from operator import eq
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AvatarError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MIB = 1 << 20


class Shape(Enum):
    """What a format is built of: which mutations get past its first check."""

    BINARY = auto()
    ZIP = auto()
    NPY = auto()
    JSON = auto()
    TEXT = auto()
    PNG = auto()
    SAFETENSORS = auto()
    PICKLE = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """One reader.

    Args:
        name: in words, as the command line and the reports call it.
        seeds: makes files it reads; small, and the same in every run.
        read: reads bytes in a folder of its own, which is the only place it may write to.
        shape: what its format is built of.
        refuses: what it may raise; all else is a finding.
        write: bytes of what was read. Where it is given, what was read is written and read again,
            and has to be the same.
        same: whether what was written twice is the same; to the last bit unless a format rounds.
        tells_flips: checksums cover the whole content: a file with one bit turned is refused or
            means the same.
        memory_bytes: how much more memory one case may take at its peak.
        cpu_s: processor time that one case may take.
    """

    name: str
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[bytes, Path], Any]
    shape: Shape = Shape.BINARY
    refuses: tuple[type[Exception], ...] = (AvatarError,)
    write: Callable[[Any, Path], bytes] | None = None
    same: Callable[[bytes, bytes], bool] = eq
    tells_flips: bool = False
    memory_bytes: int = 128 * MIB
    cpu_s: float = 10.0


def read_file(
    reader: Callable[[Path], Any], name: str, *others: tuple[str, bytes]
) -> Callable[[bytes, Path], Any]:
    """A target's `read` of a reader that takes a path.

    Args:
        reader: takes the path.
        name: of the file in the case's folder.
        others: names and contents of files that lie beside it.
    """

    def read(data: bytes, folder: Path) -> Any:
        for beside, content in others:
            place = folder / beside
            if not place.exists():
                place.write_bytes(content)
        path = folder / name
        path.write_bytes(data)
        return reader(path)

    return read


def write_file(writer: Callable[[Any, Path], Any], name: str) -> Callable[[Any, Path], bytes]:
    """A target's `write` of a writer that takes a value and a path."""

    def write(value: Any, folder: Path) -> bytes:
        path = folder / f"again-{name}"
        writer(value, path)
        return path.read_bytes()

    return write
