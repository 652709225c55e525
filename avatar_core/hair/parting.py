"""Parting: a line on the scalp from which hair is combed to both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.hair.courses import Courses
from avatar_core.hair.cut import shorten
from avatar_core.hair.guides import Guides
from avatar_core.hair.limits import clear_of_head, heights_of, living, rows_where

if TYPE_CHECKING:
    from avatar_core.hair.canvas import HairCanvas

_COMBED_M = 0.05
"""Strands that grow closer to the line than this are combed, the closer the more."""

_BEND_M = 0.06
"""Along a strand, how far the comb reaches."""

_ASIDE, _DOWN = 0.8, 0.3
"""How straight hair leaves the line (cosine); how much it is pressed down, of what it is combed."""

_UNCLEAR_M = 0.005
"""Roots closer to the line may belong to either side: there it matters where the hair lies."""

_SWEPT = 4.0
"""Hair within so many widths of the line makes room for it."""


def part(
    canvas: HairCanvas, start: Float32, end: Float32, width_m: float, strength: float
) -> Int32:
    """Part hair along a line: strands fall to the side they grow on, and the line is bare.

    Args:
        canvas: hair with strands.
        start: [3] where the line begins, on the scalp or above it, metres.
        end: [3] where it ends.
        width_m: of the bare line.
        strength: 0..1.

    Returns:
        [n] the rows that were changed so far, by this or before.

    Raises:
        AssetError: the strands are not known, or the line has no length.
    """
    expect_shapes(start=(start, "3"), end=(end, "3"))
    line = _Line(canvas, np.asarray(start, np.float32), np.asarray(end, np.float32))
    _comb(canvas, line, strength)
    _bare(canvas, line, width_m, strength)
    return canvas.touched


class _Line:
    """A parting line: how far along and across it points lie.

    Args:
        canvas: the hair and the head.
        start, end: [3] metres.
    """

    def __init__(self, canvas: HairCanvas, start: Float32, end: Float32) -> None:
        along = end - start
        self.length_m = float(np.linalg.norm(along))
        if self.length_m < 1e-4:
            raise AssetError("The parting line has no length.", "Draw it from end to end.")
        self.start = start
        self.along: Float32 = along / np.float32(self.length_m)
        middle = ((start + end) / 2).astype(np.float32)
        up: Float32 = middle - canvas.means.mean(axis=0)
        if canvas.head is not None:
            normal = canvas.head.outwards(middle[None])[0]
            up = normal if normal.any() else up
        across = np.cross(up, self.along)
        across /= np.maximum(np.linalg.norm(across), 1e-6)
        self.across: Float32 = across.astype(np.float32)
        self.up: Float32 = np.cross(self.along, self.across).astype(np.float32)

    def aside_m(self, points: Float32) -> Float32:
        """[...] signed metres from the line, across it."""
        return ((points - self.start) @ self.across).astype(np.float32)

    def reach(self, points: Float32, reach_m: float) -> Float32:
        """[...] 1 on the line .. 0 at a distance from it on the scalp, or beyond its ends."""
        along = (points - self.start) @ self.along
        beyond = np.maximum(np.maximum(-along, along - self.length_m), 0)
        depth = np.maximum(-((points - self.start) @ self.up) - reach_m, 0)
        distance = np.sqrt(beyond**2 + self.aside_m(points) ** 2 + depth**2)
        t: Float32 = (1 - distance / reach_m).clip(0, 1)
        return (t * t * (3 - 2 * t)).astype(np.float32)


def _comb(canvas: HairCanvas, line: _Line, strength: float) -> None:
    """Bend strands that grow near the line to their side; they keep their lengths."""
    guides = Guides(canvas)
    held = strength * line.reach(guides.nodes[:, 0], _COMBED_M)
    ids = np.flatnonzero(held > 0)
    if not len(ids):
        return
    bundle = guides.bundle(ids, np.ones((len(ids), guides.nodes.shape[1]), np.float32))
    sides = _sides(line, bundle.nodes, bundle.arcs_m)[:, None]
    steps = np.diff(bundle.nodes, axis=1)
    lengths = np.linalg.norm(steps, axis=2, keepdims=True)
    ways = steps / np.maximum(lengths, 1e-9)
    shares = held[ids, None, None] * np.exp(-((bundle.arcs_m[:, 1:, None] / _BEND_M) ** 2))
    targets = bundle.nodes.copy()
    outwards = np.broadcast_to(line.up, targets[:, 0].shape)
    for node in range(1, targets.shape[1]):
        outwards = _outwards(canvas, targets[:, node - 1], outwards)
        aside = sides * (line.across - (outwards @ line.across)[:, None] * outwards)
        way = ways[:, node - 1]
        missing = np.maximum(_ASIDE - (way * aside).sum(axis=1, keepdims=True), 0)
        # Combed away from the line along the skin, and pressed down as far as it is combed.
        way = way + shares[:, node - 1] * missing * (aside - _DOWN * outwards)
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        targets[:, node] = targets[:, node - 1] + lengths[:, node - 1] * way
    guides.bend(bundle, targets, spring=0.0)
    guides.carry(canvas)


def _sides(line: _Line, nodes: Float32, arcs_m: Float32) -> Float32:
    """[g] -1 or 1, to which side of a line guides fall: that of the root where it is clear.

    Args:
        line: the parting.
        nodes: [g, K, 3] of the guides.
        arcs_m: [g, K] how far from the root these are.
    """
    aside = line.aside_m(nodes)
    is_near = arcs_m < _BEND_M
    mean = (aside * is_near).sum(axis=1) / np.maximum(is_near.sum(axis=1), 1)
    decisive = np.where(np.abs(aside[:, 0]) < _UNCLEAR_M, mean, aside[:, 0])
    return np.where(decisive < 0, -1, 1).astype(np.float32)


def _outwards(canvas: HairCanvas, points: Float32, before: Float32) -> Float32:
    """[n, 3] which way is away from the skin; as before where there is none near."""
    if canvas.head is None:
        return before
    normals = canvas.head.outwards(points)
    return np.where(normals.any(axis=1, keepdims=True), normals, before).astype(np.float32)


def _bare(canvas: HairCanvas, line: _Line, width_m: float, strength: float) -> None:
    """Clear the line itself: what grows or lies there makes room, to the side it grows on."""
    courses = Courses(canvas)
    rows = rows_where((canvas.mask > 0) & living(canvas))
    roots, _ = courses.points(rows, np.zeros(len(rows), np.float32))
    sides = _sides(line, courses.nodes, courses.node_arcs_m)[courses.guides[rows]]
    # Strands make room as wholes, so that they keep their lengths.
    push = _room_made(line, roots, sides, width_m)
    push = np.maximum(push, _room_made(line, canvas.means[rows], sides, width_m))
    push *= canvas.mask[rows] * np.float32(strength)
    rows, sides, push = rows[push > 0], sides[push > 0], push[push > 0]
    means = canvas.means[rows] + (push * sides)[:, None] * line.across
    heights = heights_of(canvas, rows)
    canvas.move(rows, clear_of_head(canvas, means.astype(np.float32), heights))
    room = sides * line.aside_m(canvas.means[rows]) - np.float32(width_m / 2)
    is_near = line.reach(canvas.means[rows], _SWEPT * width_m) > 0
    towards = (-sides[:, None] * line.across).astype(np.float32)
    shorten(canvas, rows[is_near], towards[is_near], np.maximum(room[is_near], 0))


def _room_made(line: _Line, points: Float32, sides: Float32, width_m: float) -> Float32:
    """[n] by how much points at the line move away from it, to their sides.

    Those on the line move by half its width, those farther off by less and less.
    """
    aside = sides * line.aside_m(points)
    shrunk = np.maximum(aside, 0) * np.float32(1 - 0.5 / _SWEPT) + np.float32(width_m / 2)
    reach = np.minimum(4 * line.reach(points, _SWEPT * width_m), 1)
    room: Float32 = np.maximum(shrunk - aside, 0) * reach
    return room
