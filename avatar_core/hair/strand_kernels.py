"""Compiled loops over strands. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64


@numba.njit(
    "float64[:](float64[:,::1], int32[::1], int32[::1], float64[::1])", cache=True, nogil=True
)
def depths_in_order(means: Float64, before: Int32, order: Int32, heights: Float64) -> Float64:
    """[N] metres along the paths `before` [N] leads, walked in `order`; roots lie at `heights`."""
    depths = np.empty(len(means), np.float64)
    for row in order:
        last = before[row]
        if last < 0:
            depths[row] = heights[row]
        else:
            step = means[row] - means[last]
            depths[row] = depths[last] + np.sqrt((step * step).sum())
    return depths


@numba.njit(
    "int32[:](int32[::1], int32[::1], float64[:,::1], float64[:,::1], int64[:,::1], int64[::1],"
    " int32[::1], int64, int64, float64, int64)",
    cache=True,
    nogil=True,
)
def covering_tips(
    order: Int32,
    before: Int32,
    means: Float64,
    tangents: Float64,
    cells: NDArray[np.int64],
    starts: NDArray[np.int64],
    members: Int32,
    rows: int,
    layers: int,
    radius_m: float,
    most: int,
) -> Int32:
    """Tips of so many paths that every Gaussian lies close to one that runs as it does.

    Args:
        order: [N] deepest first.
        before: [N] the next one towards the root, -1 at roots.
        means: [N, 3].
        tangents: [N, 3].
        cells: [N, 3] cube of side `radius_m` that each lies in, from (1, 1, 1) on.
        starts: [X * Y * Z + 1] where the members of each cube begin.
        members: [N] Gaussians cube by cube.
        rows: Y.
        layers: Z.
        radius_m: of the paths.
        most: stop there.
    """
    covered = np.zeros(len(means), np.bool_)
    tips = np.empty(most, np.int32)
    count = 0
    for tip in order:
        if covered[tip]:
            continue
        if count == most:
            break
        tips[count] = tip
        count += 1
        row = tip
        while row >= 0:
            x, y, z = cells[row]
            for i in range(x - 1, x + 2):
                for j in range(y - 1, y + 2):
                    first = (i * rows + j) * layers + z - 1
                    for index in range(starts[first], starts[first + 3]):
                        other = members[index]
                        if covered[other]:
                            continue
                        away, alike = 0.0, 0.0
                        for axis in range(3):
                            away += (means[other, axis] - means[row, axis]) ** 2
                            alike += tangents[other, axis] * tangents[row, axis]
                        if away < radius_m * radius_m and alike > 0.5:
                            covered[other] = True
            covered[row] = True
            row = before[row]
    return tips[:count]


@numba.njit(cache=True, nogil=True)
def _away(mean: Float64, tangent: Float64, guide: Float64, segment: int) -> tuple[float, float]:
    """How ill a Gaussian fits a segment of a guide, metres, and its place on the guide."""
    along, square, reach, alike = 0.0, 0.0, 0.0, 0.0
    for axis in range(3):
        edge = guide[segment + 1, axis] - guide[segment, axis]
        offset = mean[axis] - guide[segment, axis]
        along += edge * offset
        square += edge * edge
        alike += edge * tangent[axis]
        reach += offset * offset
    share = 0.0
    if square > 1e-18:
        share = min(max(along / square, 0.0), 1.0)
        alike /= np.sqrt(square)
    left = np.sqrt(max(reach - 2 * share * along + share * share * square, 0.0))
    return (left + 2e-4) * (1 + 2 * (1 - alike)), segment + share


@numba.njit(cache=True, nogil=True)
def _keep_best(
    best: Float64, guide_of: Int32, place_of: Float64, score: float, guide: int, place: float
) -> None:
    """Enter a guide into the list of the best, sorted, each guide once."""
    size = len(best)
    if score >= best[size - 1]:
        return
    slot = size - 1
    for index in range(size):
        if guide_of[index] == guide:
            if score >= best[index]:
                return
            slot = index
            break
    while slot > 0 and best[slot - 1] > score:
        best[slot] = best[slot - 1]
        guide_of[slot] = guide_of[slot - 1]
        place_of[slot] = place_of[slot - 1]
        slot -= 1
    best[slot], guide_of[slot], place_of[slot] = score, guide, place


@numba.njit(cache=True, nogil=True)
def _share_out(
    best: Float64, guide_of: Int32, place_of: Float64, ids: Int32, places: Float32, shares: Float32
) -> None:
    """Shares that fall to nothing where a guide drops out of the list, so that none jumps."""
    most = len(ids)
    limit = best[most]
    total = 0.0
    for index in range(most):
        if guide_of[index] < 0:
            break
        weight = 1.0 / best[index] ** 2
        if np.isfinite(limit):
            weight *= (1 - best[index] / limit) ** 2
        if index == 0:
            weight = max(weight, 1e-9)
        ids[index] = guide_of[index]
        places[index] = place_of[index]
        shares[index] = weight
        total += weight
    for index in range(most):
        shares[index] /= total


@numba.njit(
    "void(float64[:,::1], float64[:,::1], float64[:,:,::1], int32[:,::1], int64,"
    " int32[:,::1], float32[:,::1], float32[:,::1])",
    cache=True,
    nogil=True,
)
def attach(
    means: Float64,
    tangents: Float64,
    guides: Float64,
    candidates: Int32,
    most: int,
    ids: Int32,
    places: Float32,
    shares: Float32,
) -> None:
    """Hang Gaussians on the guides nearest to them that run as they do.

    Args:
        means: [N, 3].
        tangents: [N, 3].
        guides: [G, K, 3].
        candidates: [N, c] nodes nearby, guide * K + node.
        most: guides that one may hang on.
        ids: [N, most] written; zeros before, like the two that follow.
        places: [N, most].
        shares: [N, most].
    """
    nodes = guides.shape[1]
    for row in range(len(means)):
        best = np.full(most + 1, np.inf)
        guide_of = np.full(most + 1, -1, np.int32)
        place_of = np.zeros(most + 1)
        for candidate in candidates[row]:
            guide, middle = candidate // nodes, candidate % nodes
            for segment in (middle - 1, middle):
                if segment < 0 or segment >= nodes - 1:
                    continue
                score, place = _away(means[row], tangents[row], guides[guide], segment)
                _keep_best(best, guide_of, place_of, score, guide, place)
        _share_out(best, guide_of, place_of, ids[row], places[row], shares[row])
