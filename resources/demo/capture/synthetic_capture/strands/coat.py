"""A coat of hair before it grows: roots and what is random about each strand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from synthetic_capture.strands.roots import Roots, scalp_roots

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float, Int
    from synthetic_capture.strands.style import HairStyle

_GUIDE_STRETCH = (1.2, 1, 1)
"""Guides lead farther along the skull than across it."""


@dataclass(frozen=True)
class Coat:
    """One row for each of N strands.

    Args:
        style: what is asked for.
        roots: where the strands start.
        guide_ids: [G] strands that lead others.
        guide_of: [N] index into `guide_ids`.
        jitter: [N, 3] a direction of its own, shared in part with the guide.
        scatter: [N, 3] a direction for the first steps; less at the forehead.
        layer: [N] dm above the skin at which it lies.
        length: [N] dm.
        side: [N] 1 or -1, the side of the parting it falls to.
        frontness: [N] 1 at the forehead, 0 behind the crown.
        eye: [3] dm, the middle between the eyes.
    """

    style: HairStyle
    roots: Roots
    guide_ids: Int
    guide_of: Int
    jitter: Float
    scatter: Float
    layer: Float
    length: Float
    side: Float
    frontness: Float
    eye: Float

    @property
    def count(self) -> int:
        """N."""
        return len(self.guide_of)


def planted(model: HeadModel, style: HairStyle, generator: np.random.Generator) -> Coat:
    """The coat of a style on a head. The order of the draws below is part of every capture."""
    roots = scalp_roots(model, style.count, generator)
    n, position = len(roots.positions), roots.positions
    guide_ids = generator.choice(n, min(style.guides, n), replace=False)
    guide_of = cKDTree(position[guide_ids] * _GUIDE_STRETCH).query(position * _GUIDE_STRETCH)[1]
    shared_jitter = (generator.normal(size=(len(guide_ids), 3)) * 0.5)[guide_of]
    jitter = shared_jitter + 0.12 * generator.normal(size=(n, 3))
    low, range_ = (0.3, 0.8) if style.kind == "short" else (0.25, 0.85)
    layer = style.lift * (low + range_ * generator.random(n))
    length = style.length * (1 + 0.06 * generator.normal(size=n))
    parting = style.parting_x + 0.018 * generator.normal(size=n) + 0.02 * np.sin(9 * position[:, 2])
    frontness = np.clip((roots.base_positions[:, 2] - 0.2) / 0.9, 0, 1)
    is_eye = np.isin(model.topology.part_of_vertex, ["eye_left", "eye_right"])
    return Coat(
        style=style,
        roots=roots,
        guide_ids=guide_ids,
        guide_of=guide_of,
        jitter=jitter,
        scatter=0.12 * generator.normal(size=(n, 3)) * (1 - frontness)[:, None],
        layer=layer,
        length=length,
        side=np.where(position[:, 0] > parting, 1.0, -1.0),
        frontness=frontness,
        eye=model.points_dm[is_eye].mean(0),
    )
