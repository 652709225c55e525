"""Array types and the shape check used at public entrances."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from avatar_core.errors import ShapeError

Float16: TypeAlias = NDArray[np.float16]
Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
Int32: TypeAlias = NDArray[np.int32]
UInt8: TypeAlias = NDArray[np.uint8]
AnyArray: TypeAlias = NDArray[np.generic]


class Shaped(Protocol):
    """Anything with a shape: numpy arrays and torch tensors alike."""

    @property
    def shape(self) -> tuple[int, ...]: ...


def expect_shapes(**arrays: tuple[Shaped, str]) -> dict[str, int]:
    """Check arrays against symbolic shapes and name the culprit.

    Each keyword is the array's name, its value the array and a pattern: letters stand for sizes
    that must agree across all arrays, numbers for themselves, `*` for any size.

        expect_shapes(means=(means, "N 3"), quats=(quats, "N 4"))

    Returns:
        The size found for each letter.

    Raises:
        ShapeError: e.g. `scales: expected [F] with {'F': 8}, got [2]`.
    """
    sizes: dict[str, int] = {}
    for name, (array, pattern) in arrays.items():
        letters = pattern.split()
        if len(array.shape) != len(letters) or not all(
            _fits(size, letter, sizes) for size, letter in zip(array.shape, letters, strict=True)
        ):
            raise ShapeError(
                f"{name}: expected [{', '.join(letters)}] with {sizes}, got {list(array.shape)}"
            )
    return sizes


def _fits(size: int, letter: str, sizes: dict[str, int]) -> bool:
    if letter == "*":
        return True
    if letter.isdigit():
        return size == int(letter)
    return sizes.setdefault(letter, size) == size
