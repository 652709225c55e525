"""Skin copied from one place of a neural texture to another: part of the face, below all paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.mega.bake import baked_asset
from avatar_core.project.paint import BakedPaint

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.project import AvatarAsset, Painting


def skin_of(asset: AvatarAsset, painting: Painting) -> AvatarAsset:
    """The avatar with the skin that was copied: what paint lies on and is baked into.

    Raises:
        AssetError: the face has no neural texture, or the skin was copied on another.
    """
    return asset if painting.cloned is None else baked_asset(asset, painting.cloned)


def with_copies(before: BakedPaint | None, texels: Int32, deltas: Float32) -> BakedPaint:
    """Skin copied before, and some more on top of it.

    Args:
        before: what there is; None for nothing.
        texels: [T] rising, of the texture.
        deltas: [T, C] added to the texture as it is with what was copied before.
    """
    if before is None:
        return BakedPaint(texels, deltas, np.zeros(len(texels), np.float32), "")
    joined = np.union1d(before.texels, texels).astype(np.int32)
    sums = np.zeros((len(joined), deltas.shape[1]), np.float32)
    sums[np.searchsorted(joined, before.texels)] += before.deltas
    sums[np.searchsorted(joined, texels)] += deltas
    return BakedPaint(joined, sums, np.zeros(len(joined), np.float32), "")
