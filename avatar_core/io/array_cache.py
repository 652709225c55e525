"""Arrays that took long to work out, kept under a key so that the next time is instant."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AvatarError
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray

logger = logging.getLogger(__name__)

_MOST_FILES = 12


def arrays_key(version: str, arrays: Iterable[AnyArray]) -> str:
    """A name for what the contents of these arrays lead to; `version` is that of the method."""
    digest = hashlib.sha256(version.encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def kept_arrays(folder: Path, key: str) -> dict[str, AnyArray] | None:
    """The arrays kept under a key, or None when there are none or they are damaged."""
    path = folder / f"{key}.npz"
    try:
        if not path.is_file():
            return None
        arrays = arrays_from_npz(path.read_bytes(), path.name)
        path.touch()  # it was of use: others go first
    except (AvatarError, OSError) as error:
        logger.warning("Kept arrays cannot be read and are worked out again: %s", error)
        return None
    return arrays


def keep_arrays(folder: Path, key: str, arrays: Mapping[str, AnyArray]) -> None:
    """Keep arrays; those not used for longest give way. A full disk only costs time later."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        data = arrays_to_npz(arrays, compressed=False)
        with atomic_write(folder / f"{key}.npz") as file:
            file.write(data)
        files = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_MOST_FILES:]:
            path.unlink(missing_ok=True)
    except (AvatarError, OSError) as error:
        logger.warning("Arrays could not be kept: %s", error)
