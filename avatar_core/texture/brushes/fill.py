"""Fill: colours a part of the head, a chart, or all that has nearly the same colour."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.texture.brush import Gesture, PaintBrushKind, PaintOption

if TYPE_CHECKING:
    from avatar_core.geometry import Int32
    from avatar_core.texture.atlas import AtlasMap
    from avatar_core.texture.brush import PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas


class Extent(IntEnum):
    """How far a fill or a gradient goes."""

    PART = 0
    """The part of the head: skin, lips, a brow."""
    ISLAND = 1
    """The chart of the atlas."""
    COLOUR = 2
    """What is connected to the place in the atlas and has nearly its colour."""


EXTENT = PaintOption(
    "extent", "Fill", "How far it goes from where you click.", 0, 2, 0,
    choices=("Part of the head", "Chart", "Similar colour"),
)  # fmt: skip
TOLERANCE = PaintOption(
    "tolerance", "Tolerance", "How much colours may differ to count as similar.", 0.0, 1.0, 0.1
)


class Fill:
    """One click fills.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._extent = Extent(int(EXTENT.of(settings)))
        self._tolerance = TOLERANCE.of(settings)

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """Fill from the middle of the brush; nothing beside the head."""
        seed = dab.middle
        if seed is None:
            return
        atlas = dab.ground.atlas
        if self._extent is Extent.COLOUR:
            texels = similar_texels(canvas, atlas, seed, self._tolerance)
        else:
            texels = extent_texels(atlas, seed, self._extent)
        passing = dab.passing(texels)
        texels, passing = texels[passing > 0], passing[passing > 0]
        whole = np.ones(len(texels), np.float32)
        covered = canvas.cover(texels, whole, np.float32(dab.opacity) * passing)[:, None]
        colour = np.array([*dab.colour, 1], np.float32)
        canvas.write(texels, (1 - covered) * canvas.original(texels) + covered * colour)

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


def extent_texels(atlas: AtlasMap, seed: int, extent: Extent) -> Int32:
    """[n] rising: the texels of the part or the chart that a texel is in; none outside of all."""
    face = int(atlas.owners.reshape(-1)[seed])
    if face < 0:
        return np.zeros(0, np.int32)
    if extent is Extent.PART:
        return atlas.texels_of_part(int(atlas.face_part[face]))
    return atlas.texels_of_island(int(atlas.face_island[face]))


def similar_texels(canvas: PaintCanvas, atlas: AtlasMap, seed: int, tolerance: float) -> Int32:
    """[n] rising: texels of a chart that hang together with one and have nearly its colour.

    Args:
        canvas: tells the colours of all layers.
        atlas: of the painting's size.
        seed: the texel, inside a chart.
        tolerance: by how much each channel may differ, display values 0..1.
    """
    from scipy.ndimage import label

    texels = extent_texels(atlas, seed, Extent.ISLAND)
    colours = canvas.seen(texels)
    wanted = colours[np.searchsorted(texels, seed)]
    is_like = np.abs(colours - wanted).max(axis=1) <= tolerance
    rows, columns = np.divmod(texels[is_like], atlas.size)
    top, left = rows.min(), columns.min()
    picture = np.zeros((rows.max() - top + 1, columns.max() - left + 1), bool)
    picture[rows - top, columns - left] = True
    labels = np.asarray(label(picture)[0], np.int32)[rows - top, columns - left]
    row, column = divmod(seed, atlas.size)
    here = int(np.flatnonzero((rows == row) & (columns == column))[0])
    found: Int32 = texels[is_like][labels == labels[here]]
    return found


FILL = PaintBrushKind(
    "fill", "Fill", "Click to fill a part of the head, a chart, or a colour.", Fill,
    gesture=Gesture.CLICK, options=(EXTENT, TOLERANCE), has_colour=True,
)  # fmt: skip
