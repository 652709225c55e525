"""Cutting: what lies towards the tip falls, and the new tips are tapered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.geometry.rotations import matrix_from_quat
from avatar_core.hair.courses import COLUMNS, Courses
from avatar_core.hair.limits import clear_of_head, free, heights_of, living, rows_where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.hair.canvas import HairCanvas

TAPER_M = 0.006
"""Length of a new tip."""

_TIP_WIDTH, _TIP_OPACITY = np.float32(0.4), np.float32(0.5)
"""What is left of a Gaussian across and of its opacity where its strand was cut."""

_SEEN_SIGMAS = 2.5
"""How far from its middle a Gaussian is seen, in standard deviations."""

_CLOSE_M = 1e-5
"""Gaussians that stick out less are left as they are."""

_ROOTWARDS, _HELD, _ROOTED_M = 0.7, 0.5, 0.015
"""What holds a Gaussian lies rootwards of it (cosine); which share of that must stay; and what is
so close to the scalp holds by itself."""

_COLUMN_M = 0.003
"""Strands of one guide that run this close to each other are cut together."""


def cut_by_plane(
    canvas: HairCanvas, point: Float32, normal: Float32, taper_m: float = TAPER_M
) -> Int32:
    """Cut hair off along a plane: what lies beyond it falls, and what hangs on that.

    Args:
        canvas: hair with strands.
        point: [3] on the plane, metres.
        normal: [3] towards the side that falls.
        taper_m: length of the new tips.

    Returns:
        [n] the rows that fell.
    """
    expect_shapes(point=(point, "3"), normal=(normal, "3"))
    courses = Courses(canvas)
    normal = (normal / np.linalg.norm(normal)).astype(np.float32)
    rows = rows_where(living(canvas))
    cuts = np.full(canvas.count, np.inf, np.float32)
    heights, arcs = courses.heights_over(rows, np.asarray(point, np.float32), normal)
    cuts[rows] = _first_crossing(heights, arcs)
    beyond = (canvas.means - point) @ normal > 0
    cuts[beyond] = np.minimum(cuts[beyond], courses.arcs_m(rows_where(beyond)))
    fallen = let_fall(canvas, courses, cuts, beyond)
    _trim(canvas, point, normal)
    taper(canvas, courses, cut_of(courses, cuts, fallen), taper_m)
    return fallen


def cut_by_mask(canvas: HairCanvas, inside: NDArray[np.bool_], taper_m: float = TAPER_M) -> Int32:
    """Cut hair where it passes through some of its Gaussians, such as those inside a lasso.

    Args:
        canvas: hair with strands.
        inside: [M] the Gaussians at which it is cut; they fall, and what hangs on them.
        taper_m: length of the new tips.

    Returns:
        [n] the rows that fell.
    """
    expect_shapes(inside=(inside, f"{canvas.count}"))
    courses = Courses(canvas)
    inside = inside & free(canvas)
    cuts = cuts_at(canvas, courses, inside)
    fallen = let_fall(canvas, courses, cuts, inside)
    loose = drop_loose(canvas, fallen)
    taper(canvas, courses, cut_of(courses, cuts, fallen), taper_m)
    return np.concatenate([fallen, loose])


def cuts_at(canvas: HairCanvas, courses: Courses, inside: NDArray[np.bool_]) -> Float32:
    """[M] how far from its root each strand is cut; infinity where it is not.

    Args:
        canvas: the hair.
        courses: of it.
        inside: [M] Gaussians at which strands are cut.
    """
    cuts = np.full(canvas.count, np.inf, np.float32)
    cut = rows_where(inside)
    if not len(cut):
        return cuts
    is_hit = np.zeros(len(courses.nodes), bool)
    is_hit[courses.guides[cut]] = True
    rows = rows_where(is_hit[courses.guides])
    cells, which = np.unique(courses.columns(cut, _COLUMN_M), return_inverse=True)
    lowest = np.full(len(cells), np.inf, np.float32)
    np.minimum.at(lowest, which.reshape(-1), courses.arcs_m(cut))
    columns = courses.columns(rows, _COLUMN_M)
    for aside in (-1, 0, 1):
        for deep in (-1, 0, 1):
            wanted = columns + aside * COLUMNS + deep
            found = np.searchsorted(cells, wanted).clip(0, len(cells) - 1)
            is_there = cells[found] == wanted
            cuts[rows[is_there]] = np.minimum(cuts[rows[is_there]], lowest[found[is_there]])
    return np.minimum(cuts, _cuts_of_guides(courses, cut, rows)[courses.guides])


def _cuts_of_guides(courses: Courses, cut: Int32, rows: Int32) -> Float32:
    """[G] where guides are cut as wholes: most of what follows them there is cut.

    Args:
        courses: of the hair.
        cut: [n] rows that are cut.
        rows: [m] all rows of their guides.
    """
    count = len(courses.nodes)
    arcs, guides = courses.arcs_m(cut), courses.guides[cut]
    ends = courses.most(cut, arcs)
    starts = ends - courses.most(cut, ends[guides] - arcs)
    is_beside = (courses.arcs_m(rows) >= starts[courses.guides[rows]]) & (
        courses.arcs_m(rows) <= ends[courses.guides[rows]]
    )
    beside = np.bincount(courses.guides[rows[is_beside]], minlength=count)
    is_cut = 2 * np.bincount(guides, minlength=count) > np.maximum(beside, 1)
    return np.where(is_cut, ends, np.float32(np.inf)).astype(np.float32)


def let_fall(
    canvas: HairCanvas, courses: Courses, cuts: Float32, inside: NDArray[np.bool_]
) -> Int32:
    """Delete what lies beyond the cuts [M] of its strand, and what is `inside` [M]; its rows."""
    hanging = rows_where(np.isfinite(cuts))
    falls = inside.copy()
    falls[hanging] |= courses.arcs_m(hanging) > cuts[hanging]
    fallen = rows_where(falls & free(canvas))
    canvas.delete(fallen)
    return fallen


def drop_loose(canvas: HairCanvas, fallen: Int32) -> Int32:
    """Delete hair that hung on what fell, though on no guide that was cut.

    Guides may end in the midst of hair, and others go on from there. Hair hangs on what lies
    rootwards of it, down to the roots.

    Args:
        canvas: the hair, after the cut.
        fallen: [n] what was cut off.

    Returns:
        [n] the rows that are gone.
    """
    strands = canvas.strands
    assert strands is not None
    alive = living(canvas)
    gone, edge = [np.zeros(0, np.int32)], fallen
    before = alive.copy()
    before[fallen] = True
    rows = rows_where(alive & (strands.depths_m > _ROOTED_M) & free(canvas))
    near = strands.neighbours[rows]
    way = canvas.means[rows, None] - canvas.means[near]
    steps = np.einsum("nki,ni->nk", way, strands.tangents[rows])
    holds = (steps > _ROOTWARDS * np.linalg.norm(way, axis=2)) & before[near]
    held_before = holds.sum(axis=1)
    while len(edge):
        held = (holds & alive[near]).sum(axis=1)
        edge = rows[alive[rows] & (held < _HELD * held_before)]
        alive[edge] = False
        gone.append(edge)
    loose = np.concatenate(gone)
    canvas.delete(loose)
    return loose


def cut_of(courses: Courses, cuts: Float32, fallen: Int32) -> Float32:
    """The cuts [M] without those of strands of which nothing fell: these keep their tips."""
    is_shorter = np.zeros(len(courses.nodes), bool)
    is_shorter[courses.guides[fallen]] = True
    kept: Float32 = np.where(is_shorter[courses.guides], cuts, np.float32(np.inf))
    return kept


def taper(canvas: HairCanvas, courses: Courses, cuts: Float32, taper_m: float) -> None:
    """Make tips where strands were cut, so that no blunt Gaussians stand out.

    Gaussians that reach beyond the cut are shortened to end there; towards it all get thinner and
    fainter.

    Args:
        canvas: the hair, after the cut.
        courses: of it, before the cut.
        cuts: [M] how far from its root each strand is cut; infinity where it is not.
        taper_m: length of the tips.
    """
    rows = rows_where(free(canvas) & np.isfinite(cuts))
    room = cuts[rows] - courses.arcs_m(rows)
    _, frames = courses.points(rows, courses.arcs_m(rows))
    shorten(canvas, rows, frames[:, :, 0], room)
    tip = np.flatnonzero(room < taper_m)
    rows, room = rows[tip], room[tip]
    t = canvas.mask[rows] * (1 - (room / np.float32(max(taper_m, 1e-6))).clip(0, 1))
    across = np.repeat(1 - (1 - _TIP_WIDTH) * t[:, None], 3, axis=1)
    across[np.arange(len(rows)), canvas.scales[rows].argmax(axis=1)] = 1
    canvas.resize(rows, across)
    canvas.fade(rows, (1 - _TIP_OPACITY) * t)


def _trim(canvas: HairCanvas, point: Float32, normal: Float32) -> None:
    """Shorten whatever sticks out beyond a plane, up to there."""
    room: Float32 = ((point - canvas.means) @ normal).astype(np.float32)
    reach = _SEEN_SIGMAS * canvas.scales.max(axis=1)
    rows = rows_where(free(canvas) & (room < reach) & (room > 0))
    shorten(canvas, rows, np.tile(normal, (len(rows), 1)), room[rows])


def shorten(canvas: HairCanvas, rows: Int32, directions: Float32, room_m: Float32) -> None:
    """Make Gaussians end where there is no more room, keeping their other ends.

    Args:
        canvas: the hair.
        rows: [n].
        directions: [n, 3] unit vectors towards the end of the room.
        room_m: [n] from the middle of each to there, 0 or more.
    """
    longest = canvas.scales[rows].argmax(axis=1)
    index = np.arange(len(rows))
    axes = matrix_from_quat(canvas.quats[rows])[index, :, longest]
    cosines = (axes * directions).sum(axis=1)
    reach = _SEEN_SIGMAS * canvas.scales[rows, longest] * np.abs(cosines)
    short = np.flatnonzero(reach > room_m + np.float32(_CLOSE_M))
    rows, reach, room = rows[short], reach[short], np.maximum(room_m[short], 0)
    weights = canvas.mask[rows]
    back = weights * (reach - room) / 2
    factors = np.ones((len(rows), 3), np.float32)
    factors[np.arange(len(rows)), longest[short]] = 1 - back / reach
    # Along its own axis, so that it stays on its line.
    steps = axes[short] * (back / cosines[short])[:, None]
    canvas.resize(rows, factors)
    heights = heights_of(canvas, rows)
    canvas.move(rows, clear_of_head(canvas, canvas.means[rows] - steps.astype(np.float32), heights))


def _first_crossing(heights: Float32, arcs: Float32) -> Float32:
    """[n] the distance at which strands first pass a plane, between nodes; infinity for never.

    Args:
        heights: [n, K] beyond the plane.
        arcs: [n, K] distances from the root.
    """
    beyond = heights > 0
    node = beyond.argmax(axis=1)
    index = np.arange(len(heights))
    before = np.maximum(node - 1, 0)
    low, high = heights[index, before], heights[index, node]
    t = np.where(node > 0, -low / np.maximum(high - low, 1e-9), 0)
    crossing = arcs[index, before] + t * (arcs[index, node] - arcs[index, before])
    return np.where(beyond.any(axis=1), crossing, np.inf).astype(np.float32)
