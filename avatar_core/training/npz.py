"""Arrays and names of `.npz` files that captures bring along."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray


def read_npz(path: Path) -> dict[str, AnyArray]:
    """The arrays of a file by name; nothing in it is executed.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is damaged, or no `.npz`.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"'{path}' is damaged") from error
