"""What a head of hair is asked to look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["falling", "short", "bun"]

POINTS = 24
"""Points of a hair strand."""


@dataclass(frozen=True)
class HairStyle:
    """Lengths in dm.

    Args:
        kind: hanging down around the face, combed over the skull, or gathered at the back.
        count: strands on the scalp.
        guides: strands that the others are drawn to.
        length: of a strand before its end is cut.
        ends_y: height at which falling hair is cut, relative to the eyes; None leaves it long.
        parting_x: where falling hair parts.
        lift: thickness of the layer of hair.
        curl: radius of the curls at the tips.
        frizz: how far each point strays.
        clumping: 0 leaves strands apart, 1 draws their tips onto the guides.
        radius_root: half a strand's thickness at the root.
        radius_tip: half its thickness at the tip.
        seed: of everything random.
    """

    kind: Kind = "falling"
    count: int = 15000
    guides: int = 420
    length: float = 3.6
    ends_y: float | None = -1.28
    parting_x: float = 0.16
    lift: float = 0.17
    curl: float = 0.012
    frizz: float = 0.0025
    clumping: float = 0.5
    radius_root: float = 0.0022
    radius_tip: float = 0.0013
    seed: int = 0
