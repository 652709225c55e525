"""Paint for the tests of commands and files: what brushes would have made of a project."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar_core.project import (
    Adjustment,
    BakedPaint,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    Project,
    Raster,
    TexturePart,
)
from avatar_core.project.paint import TILE
from avatar_core.texture.canvas import PaintCanvas, PaintTarget

SIZE = 512


def some_raster(seed: int, channels: int = 4, tiles: tuple[int, ...] = (0, 9, 63)) -> Raster:
    """Noise in some tiles; colours do not exceed their coverage."""
    rng = np.random.default_rng(seed)
    kept = {}
    for index in tiles:
        tile = rng.integers(0, 65536, (TILE, TILE, channels)).astype(np.uint16)
        kept[index] = np.minimum(tile, tile[..., -1:])
    return Raster(SIZE, channels, kept)


def some_painting() -> Painting:
    """Layers of every kind; a group with a mask, in a group; something baked."""
    layers = {
        "1": PaintLayer("Base", raster=some_raster(1)),
        "4": PaintLayer("Flecken ✓", parent="2", raster=some_raster(4), blend=Blend.MULTIPLY),
        "3": PaintLayer(
            "Warm",
            LayerKind.ADJUSTMENT,
            parent="2",
            adjustment=Adjustment(0.5, -0.25, 0.125, 0.0625, 0.75, 1.5),
            opacity=1 / 3,
        ),
        "2": PaintLayer("Skin", LayerKind.GROUP, parent="7", hidden=some_raster(2, 1)),
        "7": PaintLayer("All", LayerKind.GROUP, opacity=0.5, blend=Blend.SOFT_LIGHT),
        "5": PaintLayer(
            "Matt", LayerKind.FILL, TexturePart.GLOSS, is_visible=False, colour=(0.25, 1 / 3, 1.0)
        ),
        "6": PaintLayer("Decal", raster=Raster(SIZE, 4), source="/pictures/decal.png"),
    }
    rng = np.random.default_rng(3)
    baked = BakedPaint(
        texels=np.array([3, 700, 4095], np.int32),
        deltas=rng.normal(0, 0.1, (3, 12)).astype(np.float32),
        kept=rng.random(3).astype(np.float32),
        source="ab" * 32,
    )
    return Painting(SIZE, layers, "4", baked)


def stroke(
    project: Project,
    layer_id: str | None = None,
    target: PaintTarget = PaintTarget.RASTER,
    seed: int = 0,
    tiles: tuple[int, ...] = (9, 10),
) -> Painting:
    """The project's painting with random texels of some tiles painted."""
    canvas = PaintCanvas(project.painting, layer_id, target=target)
    rng = np.random.default_rng(seed)
    for tile in tiles:
        row, column = (each * TILE for each in divmod(tile, canvas.size // TILE))
        places = rng.choice(TILE * TILE, 500, replace=False)
        texels = (row + places // TILE) * canvas.size + column + places % TILE
        paint = rng.random((500, 4)).astype(np.float32)
        paint[:, :3] *= paint[:, 3:]
        canvas.write(texels.astype(np.int32), paint)
    return canvas.result()


def erased(project: Project, layer_id: str, tile: int) -> Painting:
    """The project's painting with one tile of a layer cleared."""
    layer = project.painting.layers[layer_id]
    assert layer.raster is not None
    canvas = PaintCanvas(project.painting, layer_id)
    row, column = (each * TILE for each in divmod(tile, canvas.size // TILE))
    at = np.arange(TILE, dtype=np.int32)
    texels = ((row + at)[:, None] * canvas.size + column + at).ravel().astype(np.int32)
    canvas.write(texels, np.zeros((len(texels), 4), np.float32))
    after = canvas.result()
    return replace(after, active=layer_id)
