"""Arrays and names of `.npz` files that captures bring along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray


def read_npz(path: Path) -> dict[str, AnyArray]:
    """The arrays of a file by name, numbers and text; nothing in it is executed.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is damaged, no `.npz`, or holds more than half a gigabyte.
    """
    if path.stat().st_size > limits.CAPTURE_ARRAYS_BYTES:
        raise ValueError(f"'{path}' is too large")
    try:
        arrays = arrays_from_npz(
            path.read_bytes(), f"'{path}'", most_bytes=limits.CAPTURE_ARRAYS_BYTES, texts=True
        )
    except AssetError as error:
        raise ValueError(error.message) from error
    return {name: array.copy() for name, array in arrays.items()}
