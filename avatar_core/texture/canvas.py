"""PaintCanvas: a layer while a stroke is made; whatever paints writes here."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.project.paint import LayerKind, Painting, PaintLayer, Raster, TexturePart
from avatar_core.texture.tiles import RasterCopy, tile_set, to_floats, to_stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.texture.bleed import SeamBleed

_LUMA = np.array([0.3, 0.59, 0.11], np.float32)

_NOUNS = {
    LayerKind.FILL: "a fill",
    LayerKind.ADJUSTMENT: "an adjustment",
    LayerKind.GROUP: "a group",
}


class PaintTarget(StrEnum):
    """What of a layer is painted; the values are the names in `PaintLayer`."""

    RASTER = "raster"
    MASK = "hidden"


class Seeing(Protocol):
    """Who knows how the layers look together, see `Compositor`."""

    def seen(
        self, painting: Painting, texels: Int32, part: TexturePart, below: str | None = None
    ) -> Float32:
        """[n, 3] colours of all layers, or of those below one, over the face."""
        ...


class PaintCanvas:
    """Working copy of one layer's picture or mask. Texels are flat: row * size + column.

    Brushes know premultiplied RGBA only. On a mask, white shows the layer and black hides it, and
    what is transparent is white; reading a mask gives opaque greys.

    Args:
        painting: stays as it is.
        layer_id: the layer to work on; a new one on top if it is not there.
        target: what of it.
        part: what a new layer changes.
        compositor: knows how the layers look together, for brushes that ask `seen`.
        restrict: [S * S] booleans or 0..1, how far each texel may be changed; None for wholly.
        bleed: texels beyond the rims of uv islands that repeat those within.

    Raises:
        AssetError: the layer is hidden, or is of a kind that has no picture.
    """

    def __init__(
        self,
        painting: Painting,
        layer_id: str | None = None,
        *,
        target: PaintTarget = PaintTarget.RASTER,
        part: TexturePart = TexturePart.COLOUR,
        compositor: Seeing | None = None,
        restrict: NDArray[np.bool_] | Float32 | None = None,
        bleed: SeamBleed | None = None,
    ) -> None:
        if layer_id not in painting.layers:
            layer_id = painting.new_layer_id
            painting = painting.with_layer(layer_id, PaintLayer(f"Layer {layer_id}", part=part))
        self.layer_id = layer_id
        self.target = target
        self.size = painting.size
        self._painting = replace(painting, active=layer_id)
        _expect_paintable(painting, layer_id, target)
        known = getattr(painting.layers[layer_id], target.value)
        self._raster: Raster = known or Raster(painting.size, 1 if self._is_mask else 4)
        self._before = RasterCopy(self._raster)
        self._now = RasterCopy(self._raster)
        self._coverage = np.zeros(painting.size**2, np.float32)
        self._compositor = compositor
        self._restrict = restrict
        self._bleed = bleed
        self._dirty: set[int] = set()
        self._news: set[int] = set()
        if restrict is not None:
            expect_shapes(restrict=(restrict, str(painting.size**2)))

    @property
    def layer(self) -> PaintLayer:
        """The layer as it was before."""
        return self._painting.layers[self.layer_id]

    @property
    def dirty(self) -> frozenset[int]:
        """All tiles that were written so far."""
        return frozenset(self._dirty)

    def take_news(self) -> set[int]:
        """Tiles that were written since this was last called, for what is shown meanwhile."""
        news, self._news = self._news, set()
        return news

    def read(self, texels: Int32) -> Float32:
        """[n, 4] premultiplied, 0..1, as painted so far."""
        return self._as_paint(self._now, texels)

    def original(self, texels: Int32) -> Float32:
        """[n, 4] premultiplied, 0..1, as before the stroke."""
        return self._as_paint(self._before, texels)

    def seen(self, texels: Int32, below: bool = False) -> Float32:
        """[n, 4] how the layers look together by now, or those below this one.

        Opaque colours over the face where there is a compositor, else this layer alone.
        """
        if self._compositor is None:
            return self.read(texels)
        under = self.layer_id if below else None
        colours = self._compositor.seen(self.result(), texels, self.layer.part, under)
        return np.concatenate([colours, np.ones((len(texels), 1), np.float32)], axis=1)

    def cover(self, texels: Int32, flow: Float32, limit: float | Float32 = 1.0) -> Float32:
        """Add a stamp to the stroke's coverage.

        Stamps add up by their flow, but never beyond the limit, which is the stroke's opacity.

        Args:
            texels: [n] each at most once.
            flow: [n] 0..1, the stamp's weights times the flow of the brush.
            limit: 0..1, for all or [n].

        Returns:
            [n] 0..1, how far the stroke covers each texel by now.
        """
        expect_shapes(texels=(texels, "n"), flow=(flow, "n"))
        before = self._coverage[texels]
        coverage = np.maximum(before + flow * (limit - before), before).astype(np.float32)
        self._coverage[texels] = coverage
        return coverage

    def write(self, texels: Int32, values: Float32) -> None:
        """Paint premultiplied values [n, 4] 0..1 on texels, each at most once.

        Texels that may not be changed, or only in part, keep of what was there before the stroke.
        Colour runs over the rims of islands at once.
        """
        expect_shapes(texels=(texels, "n"), values=(values, "n 4"))
        if self._restrict is not None:
            share = self._restrict[texels]
            is_free = share > 0
            texels, values, share = texels[is_free], values[is_free], share[is_free]
            if self._restrict.dtype != bool:
                original = self.original(texels)
                values = original + share[:, None] * (values - original)
        stored = to_stored(_hidden_by(values) if self._is_mask else values)
        self._now.store(texels, stored)
        self._note(texels)
        if self._bleed is not None:
            outside, inside = self._bleed.of(texels)
            self._now.store(outside, self._now.stored(inside))
            self._note(outside)

    def restart(self) -> None:
        """Take back all that was painted: the stroke begins anew."""
        self._now = RasterCopy(self._raster)
        self._coverage = np.zeros(self.size**2, np.float32)
        self._news |= self._dirty
        self._dirty = set()

    def result(self) -> Painting:
        """The document's value with this stroke done; cheap to ask for after every stamp."""
        if not self._dirty:
            return self._painting
        picture = self._now.raster()
        if self._is_mask:
            layer = replace(self.layer, hidden=picture)
        else:
            layer = replace(self.layer, raster=picture)
        return self._painting.with_layer(self.layer_id, layer)

    @property
    def _is_mask(self) -> bool:
        return self.target is PaintTarget.MASK

    def _as_paint(self, copy: RasterCopy, texels: Int32) -> Float32:
        values = to_floats(copy.stored(texels))
        if not self._is_mask:
            return values
        opaque = np.ones((len(texels), 4), np.float32)
        opaque[:, :3] -= values
        return opaque

    def _note(self, texels: Int32) -> None:
        tiles = tile_set(texels, self.size)
        self._dirty |= tiles
        self._news |= tiles


def _hidden_by(values: Float32) -> Float32:
    """[n, 1] how much premultiplied paint [n, 4] over white hides of a layer."""
    return (values[:, 3] - values[:, :3] @ _LUMA)[:, None]


def _expect_paintable(painting: Painting, layer_id: str, target: PaintTarget) -> None:
    layer = painting.layers[layer_id]
    if target is PaintTarget.RASTER and layer.kind is not LayerKind.RASTER:
        noun = {LayerKind.FILL: "a fill", LayerKind.GROUP: "a group"}.get(
            layer.kind, "an adjustment"
        )
        raise AssetError(
            f"The layer '{layer.name}' is {noun} and has no picture to paint on.",
            "Choose a paint layer, or paint on the mask of this one.",
        )
    if not painting.is_shown(layer_id):
        raise AssetError(
            f"The layer '{layer.name}' is hidden.",
            "Show it and the group that it is in, or choose another layer.",
        )
