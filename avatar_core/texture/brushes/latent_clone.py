"""Latent clone: copies the neural texture itself, so that the skin's own shading comes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.texture.brush import PaintBrushKind
from avatar_core.texture.brushes.clone import CloneSource
from avatar_core.texture.scattered import nearest

if TYPE_CHECKING:
    from avatar_core.texture.atlas import AtlasMap
    from avatar_core.texture.brush import PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas


class LatentPairs(NamedTuple):
    """What a stroke copies: to texels [n] (rising), from texels [n], with weights [n] 0..1."""

    targets: Int32
    sources: Int32
    weights: Float32


class LatentDeltas(NamedTuple):
    """What is added to a neural texture, as in `BakedPaint`.

    texels [T] rising, row * side + column, row 0 at the bottom; deltas [T, C].
    """

    texels: Int32
    deltas: Float32


class LatentClone:
    """A stroke that changes no layer: it collects what is copied where, see `pairs`.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._source = CloneSource(settings)
        self._sources: Int32 = np.zeros(0, np.int32)
        self._weights: Float32 = np.zeros(0, np.float32)

    @property
    def pairs(self) -> LatentPairs:
        """What was copied so far."""
        targets = np.flatnonzero(self._weights > 0).astype(np.int32)
        return LatentPairs(targets, self._sources[targets], self._weights[targets])

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down.

        Raises:
            AssetError: no place to copy from was chosen.
        """
        self._source.begin(dab)
        self._sources = np.zeros(canvas.size**2, np.int32)
        self._weights = np.zeros(canvas.size**2, np.float32)

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made."""
        source, stamp = self._source.stamp(dab), dab.stamp
        if not len(source.texels) or not len(stamp.texels):
            return
        rows = nearest(1.1 * source.places, stamp.places)
        covered = canvas.cover(stamp.texels, dab.flow * stamp.weights, dab.opacity)
        self._sources[stamp.texels] = source.texels[rows]
        self._weights[stamp.texels] = covered

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


def latent_clone(texture: Float32, atlas: AtlasMap, pairs: LatentPairs) -> LatentDeltas:
    """What to add to a neural texture so that skin looks like skin of another place.

    Args:
        texture: [C, N, N] as it is now; row 0 at the bottom, outermost texels on the border.
        atlas: of the painting that the pairs are of.
        pairs: texels of the painting.
    """
    channels, side, _ = (expect_shapes(texture=(texture, "C N N"))[each] for each in "CNN")
    rows = np.full(atlas.size**2, -1, np.int32)
    rows[pairs.targets] = np.arange(len(pairs.targets))
    # Rims of charts are blended with what lies outside of them.
    rows[atlas.bleed_texels] = rows[atlas.bleed_sources]
    grid = np.arange(side) / max(side - 1, 1)
    columns = np.floor(grid * atlas.size).clip(0, atlas.size - 1).astype(np.int64)
    lines = np.floor((1 - grid) * atlas.size).clip(0, atlas.size - 1).astype(np.int64)
    chosen = rows[(lines[:, None] * atlas.size + columns).ravel()]
    texels = np.flatnonzero(chosen >= 0).astype(np.int32)
    chosen = chosen[texels]
    flat = texture.reshape(channels, -1)
    copied = _sampled(texture, atlas.uv_of(pairs.sources[chosen]))
    deltas = pairs.weights[chosen, None] * (copied - flat[:, texels].T)
    return LatentDeltas(texels, deltas.astype(np.float32))


def _sampled(texture: Float32, uv: Float32) -> Float32:
    """[n, C] bilinear at uv [n, 2] in 0..1."""
    side = texture.shape[1]
    place = uv.clip(0, 1) * (side - 1)
    low = np.minimum(place.astype(np.int64), max(side - 2, 0))
    along, up = (place - low).T
    column, row = low.T
    total = np.zeros((len(uv), len(texture)), np.float32)
    for dy, share_y in ((0, 1 - up), (1, up)):
        for dx, share_x in ((0, 1 - along), (1, along)):
            there = texture[:, np.minimum(row + dy, side - 1), np.minimum(column + dx, side - 1)]
            total += (share_x * share_y)[:, None] * there.T
    return total


LATENT_CLONE = PaintBrushKind(
    "latent_clone", "Latent clone",
    "Copy skin with its own shading from the place you Alt-clicked to where you paint.",
    LatentClone, needs_source=True, paints=False,
)  # fmt: skip
