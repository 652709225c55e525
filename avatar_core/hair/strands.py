"""Strands: the guide curves of Gaussian hair, which has none of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.gaussians import GaussianCloud

ATTACHED = 4
"""Guides that a Gaussian may follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Guides of a hairstyle and how its Gaussians hang on them. Neutral head, metres.

    Args:
        guides: [G, K, 3] nodes of each guide, the root first, evenly along it.
        guide_ids: [N, 4] guides that each Gaussian follows.
        places: [N, 4] where on them, 0 (root) .. K - 1 (tip).
        shares: [N, 4] how much it follows each; they add up to 1, unused ones are 0.
        depths_m: [N] from the scalp along the hair.
        progress: [N] 0 at the root .. 1 at the tip of its strand.
        tangents: [N, 3] unit vectors from root to tip.
        neighbours: [N, k] nearest Gaussians, the nearest first; itself is not among them.
        node_rows: [G, K, J] Gaussians around each node, from which its place now is told.
    """

    guides: Float32
    guide_ids: Int32
    places: Float32
    shares: Float32
    depths_m: Float32
    progress: Float32
    tangents: Float32
    neighbours: Int32
    node_rows: Int32

    def __post_init__(self) -> None:
        expect_shapes(
            guides=(self.guides, "G K 3"),
            guide_ids=(self.guide_ids, f"N {ATTACHED}"),
            places=(self.places, f"N {ATTACHED}"),
            shares=(self.shares, f"N {ATTACHED}"),
            depths_m=(self.depths_m, "N"),
            progress=(self.progress, "N"),
            tangents=(self.tangents, "N 3"),
            neighbours=(self.neighbours, "N *"),
            node_rows=(self.node_rows, "G K *"),
        )

    def extended(self, parents: Int32) -> Strands:
        """With more Gaussians, each hanging where the Gaussian of row `parents` [A] hangs."""
        if not len(parents):
            return self

        def grown(array: np.ndarray) -> np.ndarray:
            return np.concatenate([array, array[parents]])

        return replace(
            self,
            guide_ids=grown(self.guide_ids),
            places=grown(self.places),
            shares=grown(self.shares),
            depths_m=grown(self.depths_m),
            progress=grown(self.progress),
            tangents=grown(self.tangents),
            neighbours=grown(self.neighbours),
        )


def build_strands(
    hair: GaussianCloud,
    scalp: Float32,
    normals: Float32,
    step: Callable[[float, str], None] = lambda _fraction, _text: None,
) -> Strands:
    """Find the guides of a hairstyle.

    Args:
        hair: [N] around the neutral head.
        scalp: [S, 3] vertices that carry hair, metres.
        normals: [S, 3] their unit normals.
        step: hears of the progress, a fraction 0..1 and a few words; may raise to stop.
    """
    raise NotImplementedError
