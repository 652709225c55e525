"""How hair that was made elsewhere comes onto this head."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.head_radii import HeadRadii
from avatar_core.hair.surface_fit import fit_to_scalp
from avatar_core.heads import neutral_parameters
from avatar_core.project.asset import HairAsset
from avatar_core.project.clearance import BURIED_M, out_of_head
from avatar_core.project.hairstyle import Similarity, moved_gaussians, scalp_fit, scalp_warp

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.heads import ParametricHead
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.project.scalp_warp import ScalpWarp

_BURIED_BY_GUESS_M = 0.03
"""Where the scalp of the hair is only guessed, what lies in the head may well be seen hair."""

_SURE = 0.1
_LOOSE_M = 0.01

UNMOVED = Similarity(1.0, np.eye(3, dtype=np.float32), np.zeros(3, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class HairFit:
    """The way of foreign hair onto a head at rest.

    Args:
        similarity: from where the hair was made onto the head.
        warp: what the head's shape has left to do then, or None where the hair brought no scalp.
        correction: by hand, after both.
        residual_m: how far the hair's scalp is from the head's, typically (median).
        certainty: 0..1; 1 for hair of the same head model, else how much better this is than the
            best fit that is turned otherwise.
    """

    similarity: Similarity
    warp: ScalpWarp | None = None
    correction: Similarity = field(default_factory=lambda: UNMOVED)
    residual_m: float = 0.0
    certainty: float = 1.0

    @property
    def is_sure(self) -> bool:
        """Whether the hair lies right; else look at it from all sides, and correct it by hand."""
        return self.certainty >= _SURE and self.residual_m <= _LOOSE_M

    def corrected(self, by: Similarity) -> HairFit:
        """The same, moved, turned and scaled by hand on top of all there was before."""
        return replace(self, correction=self.correction.then(by))

    def fitted(self, hair: GaussianCloud, head: ParametricHead) -> GaussianCloud:
        """Hair on the head at rest: in place, in size, out of the skin; without flags.

        Gaussians that are buried in the head are left out, see `clearance.out_of_head`.
        """
        moved = moved_gaussians(hair, self.similarity)
        if self.warp is not None:
            moved = self.warp.gaussians(moved)
        if self.correction is not UNMOVED:
            moved = moved_gaussians(moved, self.correction)
        vertices = head.pose(neutral_parameters(head))
        buried_m = BURIED_M if self.warp is not None else _BURIED_BY_GUESS_M
        means, kept = out_of_head(moved.means, vertices, head.topology, buried_m)
        return replace(moved, means=means).subset(kept)


def fit_hair(asset: AvatarAsset, hair: HairAsset | GaussianCloud) -> HairFit:
    """How hair fits an avatar.

    A hairstyle of the same head model is fitted scalp vertex by scalp vertex, exactly. Gaussians
    that come without a scalp, in axes and a scale of their own, are fitted by their inner surface,
    see `surface_fit.fit_to_scalp`.

    Raises:
        AssetError: the hairstyle was made for another kind of head, or there are too few
            Gaussians to tell how they would lie on a head.
    """
    if isinstance(hair, HairAsset):
        similarity = scalp_fit(asset, hair)
        warp = scalp_warp(asset, hair, similarity)
        vertices = asset.head.pose(neutral_parameters(asset.head))
        left = warp.points(similarity.points(hair.scalp)) - vertices[hair.scalp_vertex_ids]
        residual_m = float(np.median(np.linalg.norm(left, axis=1)))
        return HairFit(similarity, warp, residual_m=residual_m)
    found = fit_to_scalp(hair, HeadRadii.of(asset.head))
    return HairFit(found.similarity, residual_m=found.residual_m, certainty=found.certainty)
