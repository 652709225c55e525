"""What stands in a project file, as one short text: equal for equal documents alone."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from typing import TYPE_CHECKING

from avatar_core.errors import ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.migrations import MANIFEST
from avatar_core.io.reading import read_error

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, LookupError)
"""What `zipfile` raises on files that are not, or not quite, archives."""


def saved_state(path: Path) -> str:
    """SHA-256 of the manifest and of name, size and CRC-32 of everything beside it.

    None of the large arrays is read, so it takes no longer for a project of gigabytes.

    Raises:
        AssetError: the file is missing or cannot be read.
        ProjectFormatError: not a project, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = archive.getinfo(MANIFEST)
            if manifest.file_size > limits.MANIFEST_BYTES:
                raise ValueError("a manifest larger than there can be")
            sink = hashlib.sha256(archive.read(manifest))
            for each in archive.infolist():
                sink.update(f"{each.filename!r} {each.file_size} {each.CRC}\n".encode())
    except _DAMAGE as reason:
        raise ProjectFormatError(
            f"{path.name} is not a project of this studio, or is incomplete.",
            "Open a backup, or an earlier version of it.",
        ) from reason
    except OSError as reason:
        raise read_error(path.name, reason) from reason
    return sink.hexdigest()
