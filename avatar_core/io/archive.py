"""Zip archives: written the same way every time, read without trust."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io import limits
from avatar_core.io.reading import read_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

_NAME_LETTERS = 200
_SAFE_NAME = re.compile(r"[A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)*")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_PIECE_BYTES = limits.MIB
_EPOCH = (1980, 1, 1, 0, 0, 0)
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
)
"""What `zipfile` raises on files that are not, or not quite, archives."""


class ArchiveWriter:
    """Writes an archive whose bytes depend on its contents alone: no clock, no file modes."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", allowZip64=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def add(self, name: str, data: bytes, compressed: bool = True) -> None:
        """Add one file. Leave `compressed` off for what is compressed already."""
        kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        self._zip.writestr(_member(name, kind), data)

    def add_pieces(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        """Add one file of so many bytes, which may be more than memory holds, as it is."""
        info = _member(name, zipfile.ZIP_STORED)
        info.file_size = size
        with self._zip.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)

    def add_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Add plain data; numbers must be finite, since JSON has no word for others."""
        text = json.dumps(value, indent=2, allow_nan=False)
        self.add(name, text.encode("ascii"))


def _member(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = kind
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


class ArchiveReader:
    """Reads an archive that anyone may have made.

    Refused on opening: unsafe, doubled or encrypted members, unknown compression, too many or too
    large ones. Nothing is ever written to disk, and no more memory is used than the limits allow.

    Args:
        source: a path, or the bytes of an archive inside another.
        title: what to call it in an error, at the start of a sentence.
        error: what to raise about its contents.
        hint: what to do about a damaged file.
        most_members: how many files it may hold.
        most_bytes: size of all of them together, unpacked.
        apart: how names of files begin that count by themselves: they are stored as they are, so
            all of them together are no larger than the archive.

    Raises:
        AssetError: the file is missing or cannot be read from the disk.
        AvatarError: of the type `error`: empty, not an archive, damaged, hostile.
    """

    def __init__(
        self,
        source: Path | bytes,
        title: str,
        error: type[AvatarError] = AssetError,
        hint: str = "Use a backup, or make the file again.",
        most_members: int = limits.MEMBERS,
        most_bytes: int = limits.ARCHIVE_BYTES,
        apart: str = "",
    ) -> None:
        self._title, self._error, self._hint = title, error, hint
        file = io.BytesIO(source) if isinstance(source, bytes) else self._open(source)
        try:
            self._zip = self._index(file)
            infos = self._zip.infolist()
            if apart:
                self._check_apart(
                    [each for each in infos if each.filename.startswith(apart)],
                    file.seek(0, io.SEEK_END),
                )
            self._members = self._checked(infos, most_members, most_bytes, apart)
        except BaseException:
            file.close()
            raise
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The files inside, in the order of the archive."""
        return tuple(self._members)

    def read(self, name: str, most_bytes: int = limits.MEMBER_BYTES) -> bytes:
        """The contents of one file.

        Raises:
            AvatarError: it is not there, larger than `most_bytes`, or damaged.
        """
        info = self._members.get(name)
        if info is None:
            raise self._damaged(f"{_shown(name)} is missing")
        if info.file_size > most_bytes:
            raise self._damaged(f"{_shown(name)} is larger than such a file can be")
        try:
            return self._zip.read(info)
        except DAMAGE as reason:
            raise self._damaged(f"{_shown(name)} cannot be unpacked") from reason
        except OSError as reason:
            raise read_error(self._title, reason) from reason

    def pieces(self, name: str) -> Iterator[bytes]:
        """The contents of one file of any size, piece by piece; raises like `read`."""
        info = self._members.get(name)
        if info is None:
            raise self._damaged(f"{_shown(name)} is missing")
        try:
            with self._zip.open(info) as member:
                while piece := member.read(_PIECE_BYTES):
                    yield piece
        except DAMAGE as reason:
            raise self._damaged(f"{_shown(name)} cannot be unpacked") from reason
        except OSError as reason:
            raise read_error(self._title, reason) from reason

    def read_json(self, name: str) -> dict[str, Any]:
        """The plain data of one file.

        Raises:
            AvatarError: missing, damaged, or not an object of finite numbers.
        """
        try:
            value = json.loads(
                self.read(name, limits.MANIFEST_BYTES),
                parse_float=_finite,
                parse_constant=_finite,
            )
        except (ValueError, RecursionError) as reason:
            raise self._damaged(f"{_shown(name)} is not readable JSON") from reason
        if not isinstance(value, dict):
            raise self._damaged(f"{_shown(name)} holds no named values")
        return value

    def _open(self, path: Path) -> BinaryIO:
        try:
            file = path.open("rb")
        except OSError as reason:
            raise read_error(self._title, reason) from reason
        return file

    def _index(self, file: BinaryIO) -> zipfile.ZipFile:
        try:
            size = file.seek(0, io.SEEK_END)
            if size == 0:
                raise self._error(f"{self._title} is empty.", self._hint)
            return zipfile.ZipFile(file)
        except DAMAGE as reason:
            raise self._error(
                f"{self._title} is not a file of this studio, or is incomplete.", self._hint
            ) from reason
        except OSError as reason:
            raise read_error(self._title, reason) from reason

    def _checked(
        self, infos: list[zipfile.ZipInfo], most_members: int, most_bytes: int, apart: str
    ) -> dict[str, zipfile.ZipInfo]:
        if len(infos) > most_members:
            raise self._damaged("it holds too many files")
        counted = (info for info in infos if not (apart and info.filename.startswith(apart)))
        if sum(info.file_size for info in counted) > most_bytes:
            raise self._damaged("it would unpack to more than such a file can hold")
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if not _is_safe(info.orig_filename):
                raise self._damaged(f"it holds a file with an unsafe name ({info.filename!r:.60})")
            if info.filename in members:
                raise self._damaged(f"it holds {info.filename} twice")
            if info.flag_bits & 1 or info.compress_type not in _METHODS:
                raise self._damaged(f"{info.filename} is packed in a way that is not supported")
            members[info.filename] = info
        return members

    def _check_apart(self, infos: list[zipfile.ZipInfo], archive_bytes: int) -> None:
        for info in infos:
            if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                raise self._damaged(f"{info.filename} is packed in a way that is not supported")
        if sum(info.file_size for info in infos) > archive_bytes:
            raise self._damaged("it would unpack to more than such a file can hold")

    def _damaged(self, reason: str) -> AvatarError:
        return self._error(f"{self._title} is damaged: {reason}.", self._hint)


def _shown(name: str) -> str:
    """A name that may come from a manifest, fit to stand in a sentence."""
    return name if _is_safe(name) else f"{name!r:.60}"


def _is_safe(name: str) -> bool:
    is_plain = len(name) <= _NAME_LETTERS and _SAFE_NAME.fullmatch(name) is not None
    return is_plain and not {".", ".."} & set(name.split("/"))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number
