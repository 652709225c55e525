"""Writing a file so that either the whole new one is there afterwards, or the old one untouched."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from avatar_core.errors import AssetError, AvatarError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def atomic_write(path: Path | str, error: type[AvatarError] = AssetError) -> Iterator[BinaryIO]:
    """A binary file that takes its place at `path` only when the block ends without an exception.

    The bytes go to a sibling file, which is synced to the disk and renamed over the old file; the
    folder is synced too. Whatever fails, the old file stays as it was and the sibling is removed.
    A link is followed, so that it keeps pointing at the file.

    Args:
        path: where the file belongs; its folder must exist.
        error: what to raise when the file cannot be written.

    Raises:
        AvatarError: of the type `error`: folder missing or not writable, disk full, disk failing.
    """
    target = Path(os.path.realpath(path))
    sibling = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with _removed_on_failure(sibling), sibling.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.close()
            _keep_mode(target, sibling)
            sibling.replace(target)
    except OSError as reason:
        raise write_error(target, reason, error) from reason
    _sync_folder(target.parent)


def write_error(path: Path, reason: OSError, error: type[AvatarError] = AssetError) -> AvatarError:
    """The sentence and the hint for a file that could not be written."""
    name = path.name
    if reason.errno in _FULL:
        return error(
            f"{name} could not be saved because the disk is full.",
            "Free some space or choose another folder; nothing that was there before is lost.",
        )
    if not path.parent.is_dir():
        return error(
            f"{name} could not be saved because the folder {path.parent} does not exist.",
            "Choose another folder.",
        )
    if path.is_dir():
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
        with suppress(OSError):
            sibling.unlink(missing_ok=True)
        raise


def _keep_mode(target: Path, sibling: Path) -> None:
    """The new file may be read by whoever could read the old one."""
    with suppress(OSError):
        shutil.copymode(target, sibling)


def _sync_folder(folder: Path) -> None:
    """Make the rename survive a power cut, where the system can sync folders at all."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
