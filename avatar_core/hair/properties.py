"""Numbers by which Gaussians can be told apart: for a histogram, and for selecting on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.colour import oklab_from_srgb
from avatar_core.hair.edited import basic_colours

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.strands import Strands


class HairProperty(StrEnum):
    """What can be measured of a Gaussian."""

    OPACITY = "opacity"
    SIZE = "size"
    LENGTH = "length"
    PROGRESS = "progress"
    LIGHTNESS = "lightness"


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """How a property is called and written.

    Args:
        label: its name.
        tip: one sentence.
        unit: behind the number.
        scale: the number is value * scale.
        decimals: of the number.
        needs_strands: whether nothing is known before the strands are.
    """

    label: str
    tip: str
    unit: str
    scale: float
    decimals: int
    needs_strands: bool = False

    def written(self, value: float) -> str:
        """A value with its unit."""
        return f"{value * self.scale:.{self.decimals}f} {self.unit}"


PROPERTIES: dict[HairProperty, PropertyInfo] = {
    HairProperty.OPACITY: PropertyInfo("Opacity", "How solid it is.", "%", 100, 0),
    HairProperty.SIZE: PropertyInfo("Size", "Its longest half axis.", "mm", 1000, 2),
    HairProperty.LENGTH: PropertyInfo(
        "Length", "How far from the scalp, along the hair.", "cm", 100, 1, needs_strands=True
    ),
    HairProperty.PROGRESS: PropertyInfo(
        "Root to tip", "Where on its strand: 0 % at the scalp.", "%", 100, 0, needs_strands=True
    ),
    HairProperty.LIGHTNESS: PropertyInfo("Lightness", "From black to white.", "%", 100, 0),
}
"""In the order of a list."""


def property_values(
    cloud: GaussianCloud, strands: Strands | None, measured: HairProperty
) -> Float32:
    """One number for each Gaussian.

    Args:
        cloud: [M] the hair as edited, around the neutral head, see `EditedHair.cloud`.
        strands: of its first rows, or of all; None while they are not known.
        measured: which; sizes and lengths are metres, the others 0..1.

    Returns:
        [M] NaN where it is not known, and for what is deleted.
    """
    values = np.full(len(cloud), np.nan, np.float32)
    if measured is HairProperty.OPACITY:
        values[:] = cloud.opacities
    elif measured is HairProperty.SIZE:
        values[:] = cloud.scales.max(axis=1, initial=0)
    elif measured is HairProperty.LIGHTNESS:
        values[:] = oklab_from_srgb(basic_colours(cloud.sh))[:, 0].clip(0, 1)
    elif strands is not None:
        known = strands.depths_m if measured is HairProperty.LENGTH else strands.progress
        values[: len(known)] = known
    values[(cloud.flags & DELETED) != 0] = np.nan
    return values


def histogram(values: Float32, bins: int, rows: Int32 | None = None) -> tuple[Int32, Float32]:
    """How many Gaussians have which values.

    Args:
        values: [M] NaN where unknown: those are not counted.
        bins: at least 1, equally wide from the least value to the greatest.
        rows: those that count; None for all.

    Returns:
        Counts [bins] and edges [bins + 1]; edges from 0 to 1 where there is no value.
    """
    known = values if rows is None else values[rows]
    known = known[np.isfinite(known)]
    counts, edges = np.histogram(known, bins)
    return counts.astype(np.int32), edges.astype(np.float32)
