"""Growing and shortening: strands are stretched from their roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes, quat_from_matrix
from avatar_core.hair.courses import Courses
from avatar_core.hair.limits import clear_of_head, heights_of, living, rows_where

if TYPE_CHECKING:
    from avatar_core.hair.canvas import HairCanvas

LEAST_M = 0.01
"""Hair is not shortened below this, unless one says so."""

_LEAST_FACTOR = 0.01


def scale_length(
    canvas: HairCanvas, factor: float, least_m: float = LEAST_M, weights: Float32 | None = None
) -> Int32:
    """Make strands longer or shorter; roots stay, and what grows goes on straight from the tips.

    Args:
        canvas: hair with strands.
        factor: above 0, of the length of each strand as far as it is not cut off.
        least_m: what is longer is not shortened below this; what is shorter stays as long.
        weights: [M] 0..1, how far each Gaussian wants its strand to follow, which goes by the one
            that wants most; all alike where left out.

    Returns:
        [n] the rows that were changed.

    Raises:
        ValueError: the factor is not above 0.
    """
    if not factor > 0:
        raise ValueError(f"factor: expected a number above 0, got {factor}")
    courses = Courses(canvas)
    rows = rows_where(living(canvas))
    wanted = np.ones(len(courses.nodes), np.float32)
    if weights is not None:
        expect_shapes(weights=(weights, f"{canvas.count}"))
        wanted = _most(len(wanted), courses.guides, weights)
        rows = rows[wanted[courses.guides[rows]] > 0]
    lengths = _most(len(wanted), courses.guides[rows], courses.arcs_m(rows))
    factors = 1 + (np.float32(factor) - 1) * wanted
    floors = np.minimum(np.float32(least_m) / np.maximum(lengths, 1e-6), 1)
    factors = np.maximum(factors, np.maximum(floors, _LEAST_FACTOR))
    own = 1 + (factors[courses.guides[rows]] - 1) * canvas.mask[rows]
    changed: Int32 = rows[own != 1]
    _stretch(canvas, courses, changed, own[own != 1])
    return changed


def _stretch(canvas: HairCanvas, courses: Courses, rows: Int32, factors: Float32) -> None:
    """Put Gaussians [n] at so many times their distance from the root."""
    if not len(rows):
        return
    arcs, heights = courses.arcs_m(rows), heights_of(canvas, rows)
    _, before = courses.points(rows, arcs)
    points, after = courses.points(rows, arcs * factors)
    turns = quat_from_matrix(after @ before.transpose(0, 2, 1))
    longer = np.ones((len(rows), 3), np.float32)
    longer[np.arange(len(rows)), canvas.scales[rows].argmax(axis=1)] = factors
    canvas.move(rows, clear_of_head(canvas, points, heights), turns)
    canvas.resize(rows, longer)


def _most(count: int, groups: Int32, values: Float32) -> Float32:
    """[count] the largest of the values [n] in each group, 0 where there is none."""
    largest = np.zeros(count, np.float32)
    np.maximum.at(largest, groups, values)
    return largest
