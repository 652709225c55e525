"""Files that travel inside a project: how they are packed, and where they lie while it is open.

A packed file is a member of the archive, stored as it is. When the project is opened it is copied
to a cache under its own hash, so that two projects with one avatar keep it once and nothing is
copied twice. The cache can be deleted at any time while no studio is open.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

import platformdirs

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.project_files import is_there
from avatar_core.io.reading import read_error, reading
from avatar_core.project.plain import Fields, PlainData, damaged
from avatar_core.project.references import FileRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from avatar_core.io.archive import ArchiveWriter
    from avatar_core.project.references import FileSlot

    Step = Callable[[float, str], None]

PACKED = "files/"
"""How the names of packed members begin."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
"""Letters that some system allows in no file's name."""

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_NAME_BYTES = 120
_PIECE_BYTES = limits.MIB
_LARGEST = 1 << 60
_UNUSED_S = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One member.

    Args:
        name: of the file, good on every system.
        member: its name in the archive.
        size: bytes.
    """

    name: str
    member: str
    size: int


@dataclass(frozen=True, slots=True)
class PackedPath:
    """A file, or a folder of files, that a project names and carries along.

    Args:
        path: what stands in the project for it.
        is_folder: whether it is a folder.
        files: what it holds; a file holds itself.
    """

    path: str
    is_folder: bool
    files: tuple[PackedFile, ...]


@dataclass(frozen=True, slots=True)
class Packing:
    """What is packed of a project.

    Args:
        paths: by the absolute path of file or folder.
        sources: where the files of `paths` lie now, by member.
    """

    paths: Mapping[str, PackedPath]
    sources: Mapping[str, Path]


def cache_folder() -> Path:
    """Where files of packed projects lie while these are open."""
    return Path(platformdirs.user_cache_dir("avatar-studio")) / "packed"


def is_cached(path: str) -> bool:
    """Whether a path leads into the cache, so that no project may name it."""
    return Path(path).is_relative_to(cache_folder())


def plan_packing(slots: Sequence[FileSlot], is_whole: bool) -> Packing:
    """What is to be packed of the files that a project names.

    Args:
        slots: where it names them.
        is_whole: pack everything that is there; else only what lies in the cache, which would be
            lost otherwise.

    Raises:
        AssetError: a folder cannot be read, or holds more files than a project can carry.
    """
    paths: dict[str, PackedPath] = {}
    sources: dict[str, Path] = {}
    for slot in slots:
        path = Path(slot.path)
        if slot.path in paths or not (is_whole or is_cached(slot.path)):
            continue
        is_folder = slot.role is FileRole.FOLDER
        if not is_there(slot):
            continue
        number, files = len(paths), []
        with reading(path):
            for name, source in _named(_files_in(path) if is_folder else [path]):
                member = f"{PACKED}{len(sources):05}"
                files.append(PackedFile(name, member, source.stat().st_size))
                sources[member] = source
        stored = f"{PACKED}{number}/{tidy_file_name(path.name)}"
        paths[slot.path] = PackedPath(stored, is_folder, tuple(files))
    if len(sources) > limits.MEMBERS // 2:
        raise AssetError(
            f"The project names {len(sources)} files, more than it can carry along.",
            "Make a film of long folders of pictures.",
        )
    return Packing(paths, sources)


def write_packed(packing: Packing, archive: ArchiveWriter, step: Step | None = None) -> None:
    """Put all packed files into an archive.

    Raises:
        AssetError: a file cannot be read, or changes meanwhile.
        Cancelled: `step` was told to stop.
    """
    files = [file for path in packing.paths.values() for file in path.files]
    total, done = sum(file.size for file in files) or 1, 0
    for file in files:
        source = packing.sources[file.member]
        if step is not None:
            step(done / total, f"Packing {source.name}")
        archive.add_pieces(file.member, _pieces_of(source, file.size, step, done, total), file.size)
        done += file.size


def pack_paths(packing: Packing) -> list[PlainData]:
    """The plain data of what is packed."""
    return [
        {
            "path": each.path,
            "is_folder": each.is_folder,
            "files": [
                {"name": file.name, "member": file.member, "size": file.size} for file in each.files
            ],
        }
        for each in packing.paths.values()
    ]


def unpack_paths(fields: Fields, key: str) -> list[PackedPath]:
    """What is packed, by such data.

    Raises:
        ProjectFormatError: nothing that a studio packed.
    """
    paths = []
    for entry in fields.children(key):
        is_folder = entry.flag("is_folder")
        files = tuple(_unpack_file(each) for each in entry.children("files"))
        stored = entry.text("path", least=1)
        names = {file.name.casefold() for file in files}
        if len(names) < len(files) or not (is_folder or len(files) == 1):
            raise damaged(f"it packs {stored!r:.60} in no way a studio does")
        if not re.fullmatch(rf"{PACKED}\d+/[^/]+", stored) or not _is_tidy(PurePath(stored).name):
            raise damaged(f"it packs a file under an unsafe name ({stored!r:.60})")
        paths.append(PackedPath(stored, is_folder, files))
    if len({each.path for each in paths}) < len(paths):
        raise damaged("it packs a file twice")
    return paths


class PieceSource(Protocol):
    """An archive, or what is left of one."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """The contents of a member, piece by piece."""
        ...


class PackedCache:
    """Copies packed files to where they can be opened.

    Args:
        folder: of the cache; the user's own when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder()

    def place(self, path: PackedPath, sums: Mapping[str, str]) -> Path:
        """Where a packed file or folder lies, once it is in the cache.

        Raises:
            ProjectFormatError: a checksum is missing.
        """
        if not path.is_folder:
            digest = _sum_of(path.files[0], sums)
        else:
            lines = "".join(f"{file.name}\n{_sum_of(file, sums)}\n" for file in path.files)
            digest = hashlib.sha256(lines.encode()).hexdigest()
        return self._folder / digest / PurePath(path.path).name

    def has(self, path: PackedPath, sums: Mapping[str, str]) -> bool:
        """Whether it is in the cache, every file at its size."""
        place = self.place(path, sums)
        files = [(place / file.name if path.is_folder else place, file) for file in path.files]
        try:
            return place.exists() and all(each.stat().st_size == file.size for each, file in files)
        except OSError:
            return False

    def fetch(
        self,
        path: PackedPath,
        sums: Mapping[str, str],
        archive: PieceSource,
        step: Step | None = None,
    ) -> Path:
        """Bring a packed file or folder into the cache unless it is there; where it lies.

        Raises:
            AssetError: the cache cannot be written to.
            ProjectFormatError: what is packed is damaged.
            Cancelled: `step` was told to stop.
        """
        place = self.place(path, sums)
        if self.has(path, sums):
            with suppress(OSError):
                os.utime(place.parent)  # it is in use, see `forget_unused`
            return place
        draft = self._folder / f".{secrets.token_hex(8)}"
        try:
            target = draft / place.name
            (target if path.is_folder else draft).mkdir(parents=True)
            for file in path.files:
                self._copy(
                    file, sums, archive, target / file.name if path.is_folder else target, step
                )
            # Beside it may lie the same contents under other names, which are in use as well.
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.is_folder:
                shutil.rmtree(place, ignore_errors=True)
            try:
                target.replace(place)
            except OSError:
                if not self.has(path, sums):  # else another studio has just brought the very same
                    raise
        except OSError as reason:
            raise AssetError(
                f"{place.name} could not be copied to {self._folder}: {reason.strerror or reason}.",
                "Free some space there, and open the project again.",
            ) from reason
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return place

    def forget_unused(self, unused_s: float = _UNUSED_S) -> None:
        """Remove what no project has asked for in a month; never fails."""
        with suppress(OSError):
            for each in self._folder.iterdir():
                if time.time() - each.stat().st_mtime > unused_s:
                    shutil.rmtree(each, ignore_errors=True)

    def _copy(
        self,
        file: PackedFile,
        sums: Mapping[str, str],
        archive: PieceSource,
        target: Path,
        step: Step | None,
    ) -> None:
        sink, done = hashlib.sha256(), 0
        with target.open("xb") as copy:
            for piece in archive.pieces(file.member):
                if step is not None:
                    step(done / max(file.size, 1), f"Unpacking {file.name}")
                sink.update(piece)
                done += len(piece)
                copy.write(piece)
        if done != file.size or sink.hexdigest() != _sum_of(file, sums):
            raise damaged(f"the packed file {file.name} is not what was packed")


def tidy_file_name(name: str) -> str:
    """A name that every system takes, as like the given one as can be."""
    letters = name.encode("utf-8", "replace").decode()  # what is no text becomes a question mark
    clean = _FORBIDDEN.sub("_", letters).rstrip(". ") or "file"
    suffix = PurePath(clean).suffix
    stem = clean.removesuffix(suffix)
    while len(f"{stem}{suffix}".encode()) > _LONGEST_NAME_BYTES:
        stem, suffix = (stem[:-1], suffix) if stem else ("", suffix[:-1])
    tidy = f"{stem}{suffix}".rstrip(". ")
    return f"_{tidy}" if _RESERVED.fullmatch(tidy) else tidy


def _is_tidy(name: str) -> bool:
    return name == tidy_file_name(name) and name not in (".", "..")


def _files_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[:1] != "."]


def _named(files: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Files with names that differ on every system."""
    taken: set[str] = set()
    for path in files:
        name = tidy_file_name(path.name)
        for number in range(2, limits.MEMBERS):
            if name.casefold() not in taken:
                break
            name = tidy_file_name(f"{path.stem}-{number}{path.suffix}")
        taken.add(name.casefold())
        yield name, path


def _pieces_of(
    source: Path, size: int, step: Step | None, done: int, total: int
) -> Iterator[bytes]:
    """A file's bytes; exactly so many, as its member's header says."""
    left = size
    try:
        with source.open("rb") as file:
            while left and (piece := file.read(min(_PIECE_BYTES, left))):
                left -= len(piece)
                if step is not None:
                    step((done + size - left) / total, f"Packing {source.name}")
                yield piece
            if left or file.read(1):
                raise AssetError(f"{source.name} has changed while it was packed.", "Pack again.")
    except OSError as reason:
        raise read_error(source.name, reason) from reason


def _unpack_file(fields: Fields) -> PackedFile:
    file = PackedFile(
        fields.text("name", least=1), fields.text("member"), fields.whole("size", 0, _LARGEST)
    )
    if not _is_tidy(file.name) or not re.fullmatch(rf"{PACKED}\d+", file.member):
        raise damaged(f"it packs a file under an unsafe name ({file.name!r:.60})")
    return file


def _sum_of(file: PackedFile, sums: Mapping[str, str]) -> str:
    if file.member not in sums:
        raise damaged(f"the checksum of the packed file {file.name} is missing")
    return sums[file.member]
