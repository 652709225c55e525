"""How far each Gaussian is selected, and what is hidden or locked.

Selections are weights [M] float32 0..1, which every tool takes as a mask; in a document they are
bytes. Functions leave their arguments alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32, UInt8

HALF = 0.5
"""What is at least half selected is hidden, locked or isolated as a whole."""


class SelectMode(StrEnum):
    """What becomes of what is selected already."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


def combined(before: Float32, found: Float32, mode: SelectMode) -> Float32:
    """A selection with what was found now, weights [M] each."""
    expect_shapes(before=(before, "M"), found=(found, "M"))
    if mode is SelectMode.ADD:
        return np.maximum(before, found)
    if mode is SelectMode.SUBTRACT:
        return np.minimum(before, 1 - found)
    if mode is SelectMode.INTERSECT:
        return np.minimum(before, found)
    return found.copy()


def inverted(weights: Float32, allowed: NDArray[np.bool_] | None = None) -> Float32:
    """Weights [M] of what is not selected; only those `allowed` [M], where that is given."""
    rest: Float32 = 1 - weights
    return rest if allowed is None else rest * allowed


def grown(weights: Float32, neighbours: Int32, rounds: int = 1) -> Float32:
    """A selection with what lies around it.

    Args:
        weights: [M].
        neighbours: [M, k] of each Gaussian, see `Strands.neighbours`.
        rounds: how often each takes the largest weight of its neighbours.
    """
    return _spread(weights, neighbours, rounds, np.maximum)


def shrunk(weights: Float32, neighbours: Int32, rounds: int = 1) -> Float32:
    """A selection without its rim; arguments as for `grown`."""
    return _spread(weights, neighbours, rounds, np.minimum)


def softened(weights: Float32, neighbours: Int32, rounds: int = 1) -> Float32:
    """A selection with a softer rim: each takes the mean of its neighbours and itself."""
    expect_shapes(weights=(weights, "M"), neighbours=(neighbours, "M k"))
    columns = np.ascontiguousarray(neighbours.T)
    for _ in range(rounds):
        total = weights.copy()
        for column in columns:
            total += weights[column]
        weights = total / np.float32(1 + len(columns))
    return weights


def to_bytes(weights: Float32) -> UInt8:
    """Weights [M] 0..1 as a document keeps them, 0..255; what is faintly selected stays so."""
    steps = np.rint(weights.clip(0, 1) * np.float32(255))
    return np.maximum(steps, weights > 0).astype(np.uint8)


def hidden_rows(flags: UInt8, weights: Float32) -> UInt8:
    """Flags [M] with what is selected hidden."""
    return _flagged(flags, HIDDEN, weights >= HALF)


def isolated(flags: UInt8, weights: Float32) -> UInt8:
    """Flags [M] with everything but the selection hidden, and the selection shown."""
    return _flagged(shown_all(flags), HIDDEN, weights < HALF)


def shown_all(flags: UInt8) -> UInt8:
    """Flags [M] with nothing hidden."""
    return flags & np.uint8(~HIDDEN & 0xFF)


def locked(flags: UInt8, weights: Float32) -> UInt8:
    """Flags [M] with what is selected locked."""
    return _flagged(flags, LOCKED, weights >= HALF)


def unlocked(flags: UInt8) -> UInt8:
    """Flags [M] with nothing locked."""
    return flags & np.uint8(~LOCKED & 0xFF)


def _flagged(flags: UInt8, bit: int, rows: NDArray[np.bool_]) -> UInt8:
    expect_shapes(flags=(flags, "M"), weights=(rows, "M"))
    return flags | rows * np.uint8(bit)


def _spread(
    weights: Float32,
    neighbours: Int32,
    rounds: int,
    pick: Callable[[Float32, Float32], Float32],
) -> Float32:
    expect_shapes(weights=(weights, "M"), neighbours=(neighbours, "M k"))
    columns = np.ascontiguousarray(neighbours.T)
    result = weights.copy()
    for _ in range(rounds):
        around = result
        for column in columns:
            result = pick(result, around[column])
    return result
