"""Guides: a few curves that stand for all the hair while it is brushed, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.hair.brush import Falloff, falloff_weights
from avatar_core.hair.collision import NO_SKIN
from avatar_core.hair.gaussian_lengths import GaussianLengths, bends_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas

CLEARANCE_M = 0.001
"""Gaussians that were higher stay at least so high above the skin, guides twice as high."""

_IDENTITY = np.array([1, 0, 0, 0], np.float32)
_STRETCH = (0.25, 4.0)
"""Gaussians get no shorter and no longer than by these factors where guides are stretched."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """The guides under a brush.

    Args:
        ids: [g] which.
        nodes: [g, K, 3] where they are, metres.
        weights: [g, K] 0..1, how much the brush takes hold of each node; 0 at the roots.
        arcs_m: [g, K] from the root along the guide.
    """

    ids: NDArray[np.int64]
    nodes: Float32
    weights: Float32
    arcs_m: Float32

    @property
    def tangents(self) -> Float32:
        """[g, K, 3] unit vectors towards the tips; zero where a guide has no length."""
        ahead: Float32 = np.gradient(self.nodes, axis=1)
        ahead /= np.maximum(np.linalg.norm(ahead, axis=2, keepdims=True), np.float32(1e-9))
        return ahead

    def trailing(self, distance_m: float) -> Bundle:
        """Held beyond the brush too, towards the tips, fading over a distance."""
        weights = self.weights.copy()
        fades = np.exp(-np.diff(self.arcs_m, axis=1) / np.float32(distance_m))
        for k in range(1, weights.shape[1]):
            np.maximum(weights[:, k], weights[:, k - 1] * fades[:, k - 1], out=weights[:, k])
        return replace(self, weights=weights)


class Guides:
    """The guides of a canvas during a stroke, and how its Gaussians follow them.

    Gaussians are carried from where they were when the stroke began, so that nothing adds up over
    the samples of a long stroke.

    Args:
        canvas: the hair, which must have strands.

    Raises:
        AssetError: its strands are not known yet.
    """

    def __init__(self, canvas: HairCanvas) -> None:
        strands = canvas.strands
        if strands is None:
            raise AssetError("The strands of this hair are still being found.", "Wait a moment.")
        self.count = canvas.count
        self.users = 0
        self._ids = np.ascontiguousarray(strands.guide_ids, np.int32)
        self._places = np.ascontiguousarray(strands.places, np.float32)
        self._shares = np.ascontiguousarray(strands.shares, np.float32)
        self._starts, self._followers = _followers(
            self._ids, self._places, self._shares, strands.guides.shape[:2]
        )
        self._is_found = np.zeros(self.count, bool)
        self._skin = NO_SKIN if canvas.head is None else canvas.head.skin
        offsets = canvas.edited.offsets[strands.node_rows]
        self.nodes = np.ascontiguousarray(strands.guides + offsets.mean(axis=2), np.float32)
        self._start_nodes = self.nodes.copy()
        self._start_means = canvas.means.copy()
        self.lengths_m = np.linalg.norm(np.diff(self.nodes, axis=1), axis=2).astype(np.float32)
        self._arcs_m = np.pad(np.cumsum(self.lengths_m, axis=1), ((0, 0), (1, 0)))
        self._turns = np.tile(_IDENTITY, (*self.nodes.shape[:2], 1))
        self._carried = np.tile(_IDENTITY, (self.count, 1))
        self._rows = np.empty(self.count, np.int32)
        self._means = np.empty((self.count, 3), np.float32)
        self._steps = np.empty((self.count, 4), np.float32)
        self._row_bends = np.empty((self.count, 2), np.float32)
        self._lengths = GaussianLengths(canvas.edited)
        self._start_bends = bends_of(self.nodes)
        self._bends = self._start_bends.copy()
        self._floors = np.full(self.nodes.shape[:2], 2 * CLEARANCE_M, np.float32)
        if canvas.head is not None:
            heights = canvas.head.heights(self.nodes.reshape(-1, 3)).reshape(self._floors.shape)
            np.minimum(self._floors, heights, out=self._floors)
        self._is_free = self._freed(canvas.mask)
        self._first_moved = np.full(len(self.nodes), self.nodes.shape[1], np.int64)

    def under(self, position: Float32, radius_m: float, falloff: Falloff) -> Bundle | None:
        """The guides that pass through the sphere of a brush; None if there are none.

        Args:
            position: [3] the middle, metres.
            radius_m: of the sphere.
            falloff: towards its rim.
        """
        if radius_m <= 0:
            return None
        from avatar_core.hair import guide_kernels

        position = np.ascontiguousarray(position, np.float32)
        ids = np.empty(len(self.nodes), np.int64)
        found = guide_kernels.near(
            self.nodes, self.lengths_m, self._is_free, position, np.float32(radius_m), ids
        )
        ids = ids[:found]
        away = self.nodes[ids] - position
        weights = falloff_weights(np.linalg.norm(away, axis=2), radius_m, falloff)
        between, share = _nearest_between(away)
        held = falloff_weights(between, radius_m, falloff)
        np.maximum(weights[:, :-1], held * (1 - share), out=weights[:, :-1])
        np.maximum(weights[:, 1:], held * share, out=weights[:, 1:])
        weights[:, 0] = 0
        is_held = weights.any(axis=1)
        if not is_held.any():
            return None
        return self.bundle(ids[is_held], weights[is_held])

    def bundle(self, ids: NDArray[np.int64], weights: Float32) -> Bundle:
        """Guides [g] as they are now, held by weights [g, K]."""
        return Bundle(ids, self.nodes[ids], weights, self._arcs_m[ids])

    def bend(
        self, bundle: Bundle, targets: Float32, spring: float, *, keeps_lengths: bool = True
    ) -> None:
        """Bring guides to where they are wanted, as far as their lengths and the head allow.

        Args:
            bundle: the guides.
            targets: [g, K, 3] where their nodes are wanted, metres. Roots stay.
            spring: 0..1, how much what the brush does not hold keeps its shape and swings along;
                the rest is dragged behind.
            keeps_lengths: whether guides keep their lengths.
        """
        from avatar_core.hair import guide_kernels

        springs = np.float32(spring) * (1 - bundle.weights)
        guide_kernels.bend(
            bundle.ids,
            np.ascontiguousarray(targets, np.float32),
            np.ascontiguousarray(springs, np.float32),
            self.lengths_m,
            self._floors,
            keeps_lengths,
            *self._skin,
            self.nodes,
            self._turns,
            self._first_moved,
        )

    def carry(self, canvas: HairCanvas, *, is_stretched: bool = False) -> None:
        """Let the Gaussians follow the guides that were bent since the last call.

        Args:
            canvas: the one the guides were made for.
            is_stretched: make Gaussians longer and shorter with their guides.
        """
        from avatar_core.hair import guide_kernels

        moved = np.flatnonzero(self._first_moved < self.nodes.shape[1])
        self._bends[moved] = bends_of(self.nodes[moved])
        found = guide_kernels.carry(
            moved, self._first_moved, self._starts, self._followers, self._is_found,
            self._ids, self._places, self._shares,
            np.ascontiguousarray(canvas.mask, np.float32),
            self._start_nodes, self.nodes, self._turns, self._start_bends, self._bends,
            self._start_means, np.float32(CLEARANCE_M), *self._skin, canvas.means, self._carried,
            self._rows, self._means, self._steps, self._row_bends,
        )  # fmt: skip
        self._first_moved[:] = self.nodes.shape[1]
        if not found:
            return
        rows = self._rows[:found].copy()
        canvas.move(rows, self._means[:found], self._steps[:found])
        lengths = self._lengths.when_bent(rows, self._row_bends[:found])
        if is_stretched:
            lengths = lengths * self._stretches(rows)
        self._lengths.resize(canvas, rows, lengths)

    def _stretches(self, rows: NDArray[np.int32]) -> Float32:
        """[n] by how much guides were stretched where Gaussians hang on them."""
        parts = np.linalg.norm(np.diff(self.nodes, axis=1), axis=2)
        ratios = parts / np.maximum(self.lengths_m, np.float32(1e-6))
        ids, shares = self._ids[rows], self._shares[rows]
        behind = np.clip(self._places[rows] - 0.5, 0, ratios.shape[1] - 1)
        low = behind.astype(int)
        high = np.minimum(low + 1, ratios.shape[1] - 1)
        share = behind - low
        each = ratios[ids, low] * (1 - share) + ratios[ids, high] * share
        stretches: Float32 = np.einsum("nj,nj->n", shares, each.clip(*_STRETCH))
        return stretches

    def _freed(self, mask: Float32) -> NDArray[np.bool_]:
        """[G] whether anything that hangs on each guide may be changed."""
        if mask.all():
            return np.ones(len(self.nodes), bool)
        pulls = np.bincount(
            self._ids.ravel(), (self._shares * mask[:, None]).ravel(), minlength=len(self.nodes)
        )
        return pulls > 0


_OPEN: WeakKeyDictionary[HairCanvas, Guides] = WeakKeyDictionary()


def opened_guides(canvas: HairCanvas) -> Guides:
    """The guides of a stroke that begins; brushes that work on one canvas at a time share them.

    Raises:
        AssetError: the strands of the hair are not known yet.
    """
    guides = _OPEN.get(canvas)
    if guides is None or guides.count != canvas.count:
        guides = _OPEN[canvas] = Guides(canvas)
    guides.users += 1
    return guides


def close_guides(canvas: HairCanvas, guides: Guides) -> None:
    """A stroke ends; the next one finds the hair as it is then."""
    guides.users -= 1
    if guides.users <= 0 and _OPEN.get(canvas) is guides:
        del _OPEN[canvas]


def _followers(
    ids: NDArray[np.int32], places: Float32, shares: Float32, size: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Who hangs where.

    Args:
        ids: [M, 4] of `Strands`.
        places: [M, 4].
        shares: [M, 4].
        size: G guides and K nodes.

    Returns:
        [G K + 1] where the followers of each node, up to the next one, begin, and [f] these
        Gaussians.
    """
    guides, nodes = size
    rows, columns = np.nonzero(shares > 0)
    spots = places[rows, columns].astype(np.int64).clip(0, nodes - 1)
    keys = ids[rows, columns].astype(np.int64) * nodes + spots
    # Few guides: sorting sixteen bits takes one pass.
    order = np.argsort(keys.astype(np.uint16) if guides * nodes < 1 << 16 else keys, kind="stable")
    starts = np.zeros(guides * nodes + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=guides * nodes), out=starts[1:])
    return starts, rows[order].astype(np.int32)


def _nearest_between(away: Float32) -> tuple[Float32, Float32]:
    """How near parts of curves come to the origin, and where.

    Args:
        away: [g, K, 3] nodes.

    Returns:
        [g, K - 1] distances, and shares 0..1 from the node before to the node after.
    """
    parts = np.diff(away, axis=1)
    squares = np.einsum("gki,gki->gk", parts, parts)
    along = -np.einsum("gki,gki->gk", away[:, :-1], parts)
    share = (along / np.maximum(squares, np.float32(1e-12))).clip(0, 1)
    nearest = away[:, :-1] + share[..., None] * parts
    return np.linalg.norm(nearest, axis=2).astype(np.float32), share
