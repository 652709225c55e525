"""Highlight: paints streaks, some strands and not their neighbours, more towards the tips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption
from avatar_core.hair.brushes.dye import KEEP_LIGHTNESS, DyeBrush
from avatar_core.hair.dye import ramp, strands_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.strands import Strands

SHARE = BrushOption(
    "share", "Share", "How many of the strands are painted.",
    0.05, 1.0, 0.35, decimals=0, scale=100, suffix=" %",
)  # fmt: skip
WIDTH = BrushOption(
    "width", "Width", "How broad streaks are at the roots.",
    0.001, 0.03, 0.004, decimals=0, scale=1000, suffix=" mm",
)  # fmt: skip
TIPS = BrushOption(
    "tips", "Towards tips", "How far the roots are left out.",
    0.0, 1.0, 0.5, decimals=0, scale=100, suffix=" %",
)  # fmt: skip

_PRIMES = np.array([73856093, 19349663, 83492791], np.uint32)


class HighlightBrush(DyeBrush):
    """A stroke of dye on some strands: always the same ones, so that strokes go on with streaks."""

    def limits(self, canvas: HairCanvas) -> Float32:
        """[M] 0..1, how much each takes of the dye at most.

        Raises:
            AssetError: the strands of the hair are not known yet.
        """
        strands = strands_of(canvas)
        streaks = streak_weights(strands, self.option(SHARE), self.option(WIDTH))
        roots = self.option(TIPS)
        along = ramp(strands.progress / np.float32(max(roots, 1e-3))) if roots > 0 else 1.0
        return streaks * along


def streak_weights(strands: Strands, share: float, width_m: float) -> Float32:
    """How much each Gaussian belongs to strands picked out of all.

    Args:
        strands: of the hair.
        share: 0..1 of the strands; those of a smaller share are among those of a larger one.
        width_m: strands whose roots are about so near are picked together.

    Returns:
        [M] 0..1.
    """
    cells = np.floor(strands.guides[:, 0] / np.float32(max(width_m, 1e-4))).astype(np.int32)
    picked = (_numbers(cells) < share).astype(np.float32)
    weights = np.einsum("nj,nj->n", strands.shares, picked[strands.guide_ids])
    # Streaks with an edge: a Gaussian between two strands is mostly one's or the other's.
    return ramp(2 * weights - np.float32(0.5))


def _numbers(cells: NDArray[np.int32]) -> Float32:
    """Numbers 0..1 that look like chance, but are always the same for a cell [G, 3]."""
    mixed = np.bitwise_xor.reduce(cells.astype(np.uint32) * _PRIMES, axis=1)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    numbers: Float32 = mixed.astype(np.float32) / np.float32(2**32)
    return numbers


HIGHLIGHT = BrushKind(
    "highlight",
    "Highlight",
    "Paint streaks into the hair; with Ctrl wash them out.",
    HighlightBrush,
    radius_m=0.05,
    strength=0.8,
    options=(SHARE, WIDTH, TIPS, KEEP_LIGHTNESS),
    has_colour=True,
)
