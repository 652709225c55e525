"""Compositor: all layers of a painting as one picture over a face, kept up to date by tiles."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, UInt8, expect_shapes
from avatar_core.project.paint import TILE, Painting, TexturePart
from avatar_core.texture.baked import BakedShares
from avatar_core.texture.blending import Ground
from avatar_core.texture.changes import WHOLE, changed_areas
from avatar_core.texture.content import content_digest
from avatar_core.texture.stack import LayerStack, blend_all, cut, nodes_of
from avatar_core.texture.tiles import tile_set, tiles_of

if TYPE_CHECKING:
    from avatar_core.texture.changes import Area

AS_IT_IS = 128
"""Byte of a share that changes nothing; 0 is none, and 256 would be twice."""

SHARES = (TexturePart.GLOSS, TexturePart.WRINKLES, TexturePart.SCULPT)
"""Texture parts in the order of the channels of `PaintMaps.shares`."""

_GREY = 0.5
_SHARED_OUT = 3 * TILE * TILE
"""So many texels and more are composed by several threads."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintMaps:
    """What the renderer shows, [S, S, 4] uint8, top row first; written in place by `Compositor`.

    Args:
        colour: premultiplied paint, display RGB, and how much of the face it covers.
        shares: gloss, wrinkles, sculpt, 255. A share is byte / `AS_IT_IS`: 1 is as it is. For
            sculpt, (share - 1) * `SCULPT_RANGE_M` is the way along the normal.
    """

    colour: UInt8
    shares: UInt8


@dataclass(slots=True, eq=False)
class Compositor:
    """The layers of one painting over one face.

    What was baked and is as it was baked is left to the texture, but for the share that stays
    paint. Where paint changed since, it covers the face wholly, so that what is baked below it
    does not show twice; see `BakedShares`.

    Args:
        base: [S, S, 3] display colours of the bare face, 0..1 or bytes, top row first.
        texture_size: side of the avatar's own texture, which paint is baked into; 0 for none.

    Raises:
        ShapeError: not square, or no whole tiles.
    """

    base: Float32 | UInt8
    texture_size: int = 0
    maps: PaintMaps = field(init=False)
    _painting: Painting = field(init=False)
    _baked: BakedShares | None = field(init=False, default=None)
    _stale: set[int] = field(init=False, default_factory=set)
    _stacks: dict[TexturePart, LayerStack] = field(init=False)

    def __post_init__(self) -> None:
        size = expect_shapes(base=(self.base, "S S 3"))["S"]
        self._painting = Painting(size)
        shares = np.full((size, size, 4), AS_IT_IS, np.uint8)
        shares[..., 3] = 255
        self._stacks = {part: LayerStack() for part in TexturePart}
        self.maps = PaintMaps(np.zeros((size, size, 4), np.uint8), shares)

    @property
    def size(self) -> int:
        return self._painting.size

    def update(self, painting: Painting, tiles: set[int] | None = None) -> set[int]:
        """Bring the maps up to date.

        Args:
            painting: of the size of the base.
            tiles: where it may differ from the painting before; None for wherever it does. While
                these are given, what is baked is taken to be stale where the picture changed.

        Returns:
            The tiles in which the maps were written.

        Raises:
            ValueError: the painting has another size.
        """
        if painting.size != self.size:
            raise ValueError(f"painting: expected size {self.size}, got {painting.size}")
        before, self._painting = self._painting, painting
        written: set[int] = set()
        for part in TexturePart:
            areas = changed_areas(before, painting, part, tiles)
            if part is TexturePart.COLOUR:
                other = self._follow_bake(before, painting, set(areas), tiles is None)
                areas |= dict.fromkeys(other, WHOLE)
            if areas:
                self._stacks[part].follow(nodes_of(painting, part))
            self._write_all(part, areas)
            written |= areas.keys()
        return written

    def seen(
        self,
        painting: Painting,
        texels: Int32,
        part: TexturePart = TexturePart.COLOUR,
        below: str | None = None,
    ) -> Float32:
        """[n, 3] how one texture part looks with all layers, or with those below one.

        Args:
            painting: of the size of the base; it need not be the one that was last updated.
            texels: [n] flat places.
            part: which texture part.
            below: a layer that does not count, nor what is above it; None to count all.
        """
        nodes = nodes_of(painting, part, below)
        places = tiles_of(texels, self.size)
        row, column = np.divmod(texels, np.int32(self.size))
        within = (row % TILE) * TILE + column % TILE
        colours = np.empty((len(texels), 3), np.float32)
        for tile in tile_set(texels, self.size):
            rows = np.flatnonzero(places == tile)
            ground = Ground.of(self._base_of(part, tile))
            blend_all(nodes, tile, ground)
            colours[rows] = ground.colours[within[rows], :3]
        return colours

    def _write_all(self, part: TexturePart, areas: dict[int, Area]) -> None:
        count = sum(_texels_in(area) for area in areas.values())
        if count < _SHARED_OUT:
            for tile, area in areas.items():
                self._write(part, tile, area)
            return
        # Tiles know nothing of one another, and blending lets other threads run.
        with ThreadPoolExecutor(min(len(areas), os.cpu_count() or 1), "compose") as pool:
            for _ in pool.map(lambda each: self._write(part, *each), areas.items()):
                pass

    def _write(self, part: TexturePart, tile: int, area: Area) -> None:
        base = self._base_of(part, tile)
        ground = self._stacks[part].composed(tile, base, area)
        place = _place(tile, self.size, area)
        shape = [each.stop - each.start for each in area]
        if part is not TexturePart.COLOUR:
            share = np.rint(_lightness(ground.colours) * (2 * AS_IT_IS)).clip(0, 255)
            self.maps.shares[(*place, SHARES.index(part))] = share.reshape(shape)
            return
        covered = ground.covered
        if self._baked is not None:
            covered[:] = self._baked.left(tile, covered, tile in self._stale, area)
        paint = ground.paint_over(cut(base, area))
        self.maps.colour[place] = paint.reshape(*shape, 4)

    def _base_of(self, part: TexturePart, tile: int) -> Float32:
        if part is not TexturePart.COLOUR:
            return np.full((TILE * TILE, 3), _GREY, np.float32)
        base = self.base[_place(tile, self.size)].reshape(-1, 3)
        if base.dtype == np.uint8:
            return base * np.float32(1 / 255)
        return np.ascontiguousarray(base, np.float32)

    def _follow_bake(
        self, before: Painting, painting: Painting, changed: set[int], is_whole: bool
    ) -> set[int]:
        """Tiles that look different because of what is baked, or no longer is."""
        old = set() if self._baked is None else self._baked.tiles
        was_stale = self._stale
        if before.baked is not painting.baked:
            self._baked = None
            if painting.baked is not None and self.texture_size:
                self._baked = BakedShares(painting.baked, self.texture_size, self.size)
            self._stale = set()
            is_whole = True
        if self._baked is None or painting.baked is None:
            return old
        is_other = before.baked is not painting.baked
        now = self._baked.tiles
        if not is_whole:
            self._stale = was_stale | (changed & now)
        elif content_digest(painting) == painting.baked.source:
            self._stale = set()
        else:
            self._stale = set(now) if is_other else was_stale | (changed & now)
        return old | now if is_other else was_stale ^ self._stale


def _place(tile: int, size: int, area: Area = WHOLE) -> Area:
    """Rows and columns of the picture that an area of a tile is."""
    top, left = (each * TILE for each in divmod(tile, size // TILE))
    rows, columns = (
        slice(first + span.start, first + span.stop)
        for first, span in zip((top, left), area, strict=True)
    )
    return rows, columns


def _texels_in(area: Area) -> int:
    rows, columns = area
    return int((rows.stop - rows.start) * (columns.stop - columns.start))


def _lightness(colours: Float32) -> Float32:
    """[n] 0..1; channel by channel, so that no texel hangs on how many there are."""
    red, green, blue = np.float32(0.3), np.float32(0.59), np.float32(0.11)
    light: Float32 = red * colours[:, 0] + green * colours[:, 1] + blue * colours[:, 2]
    return light
