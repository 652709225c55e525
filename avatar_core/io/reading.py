"""What is said of a file that cannot be read, and whether there is one at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_error(title: str, reason: OSError) -> AssetError:
    """The sentence and the hint for a file, by its title, that could not be read."""
    if isinstance(reason, FileNotFoundError | NotADirectoryError):
        return AssetError(f"{title} was not found.", "Was it moved or renamed?")
    if isinstance(reason, IsADirectoryError):
        return AssetError(f"{title} is a folder.", "Choose a file.")
    return AssetError(
        f"{title} could not be read: {reason.strerror or reason}.",
        "Check that the disk is connected and that you may read the file.",
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """While a file is opened and read.

    Raises:
        AssetError: the system does not let it.
    """
    try:
        yield
    except OSError as reason:
        raise read_error(path.name, reason) from reason


def is_file(path: Path) -> bool:
    """Whether there is such a file; not where the system does not let anyone look."""
    try:
        return path.is_file()
    except OSError:  # a name longer than any, a folder that may not be entered
        return False


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; otherwise as `is_file`."""
    try:
        return path.is_dir()
    except OSError:
        return False
