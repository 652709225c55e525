"""Writing a file so that either the whole new one is there afterwards, or the old one untouched."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io import disk
from avatar_core.io.reading import is_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


_ABANDONED_S = 24 * 3600
"""A sibling so old belongs to nobody who still writes."""


@contextmanager
def atomic_write(
    path: Path | str,
    error: type[AvatarError] = AssetError,
    sealed: Callable[[Path], object] | None = None,
) -> Iterator[BinaryIO]:
    """A binary file that takes its place at `path` only when the block ends without an exception.

    The bytes go to a sibling file, which is synced to the disk and renamed over the old file; the
    folder is synced too. Whatever fails, the old file stays as it was and the sibling is removed;
    that of a killed program goes with a later write. A link is followed, so that it keeps pointing
    at the file.

    Args:
        path: where the file belongs; its folder must exist.
        error: what to raise when the file cannot be written.
        sealed: gets the complete and synced sibling just before it takes its place; what it raises
            keeps the old file.

    Raises:
        AvatarError: of the type `error`: folder missing or not writable, disk full, disk failing.
    """
    target = Path(os.path.realpath(path))
    sibling = target.with_name(f"{_sibling_prefix(target)}{secrets.token_hex(8)}.tmp")
    try:
        with _removed_on_failure(sibling), disk.buffered(sibling) as file:
            yield file
            file.flush()
            disk.sync(file.fileno())
            file.close()
            _keep_mode(target, sibling)
            if sealed is not None:
                sealed(sibling)
            disk.replace(sibling, target)
    except OSError as reason:
        raise write_error(target, reason, error) from reason
    disk.sync_folder(target.parent)
    _remove_abandoned(target)


def write_error(path: Path, reason: OSError, error: type[AvatarError] = AssetError) -> AvatarError:
    """The sentence and the hint for a file that could not be written."""
    name = path.name
    if reason.errno in _FULL:
        return error(
            f"{name} could not be saved because the disk is full.",
            "Free some space or choose another folder; nothing that was there before is lost.",
        )
    if not is_folder(path.parent) and reason.errno not in _FORBIDDEN:
        return error(
            f"{name} could not be saved because the folder {path.parent} does not exist.",
            "Choose another folder.",
        )
    if is_folder(path):
        return error(f"{name} could not be saved because it is a folder.", "Choose another name.")
    if reason.errno in _FORBIDDEN:
        return error(
            f"{name} could not be saved because {path.parent} may not be written to.",
            "Choose another folder, or change its permissions.",
        )
    return error(
        f"{name} could not be saved: {reason.strerror or reason}.",
        "Choose another folder or another disk.",
    )


@contextmanager
def _removed_on_failure(sibling: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        disk.remove(sibling)
        raise


def _keep_mode(target: Path, sibling: Path) -> None:
    """The new file may be read by whoever could read the old one."""
    with suppress(OSError):
        shutil.copymode(target, sibling)


def _sibling_prefix(target: Path) -> str:
    return f".{hashlib.sha256(target.name.encode(errors='surrogateescape')).hexdigest()[:8]}-"


def _remove_abandoned(target: Path) -> None:
    """Remove what programs left that were killed while they wrote this file."""
    with suppress(OSError):
        for each in target.parent.glob(f"{_sibling_prefix(target)}*.tmp"):
            if time.time() - each.stat().st_mtime > _ABANDONED_S:
                disk.remove(each)
