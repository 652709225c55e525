"""What is wrong with a cloud that came from elsewhere, and a cloud without it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians.cloud import GaussianCloud
    from avatar_core.geometry import Float32, Int32

_ENOUGH_TO_KNOW_THE_SIZE = 32


class Flaw(StrEnum):
    """Kinds of trouble, worst first."""

    PLACE = "place"
    SIZE = "size"
    HUGE = "huge"
    COLOUR = "colour"
    OPACITY = "opacity"
    ROTATION = "rotation"


_SENTENCES: dict[Flaw, str] = {
    Flaw.PLACE: "have no place, since a coordinate is not a number",
    Flaw.SIZE: "have no size, or an endless one",
    Flaw.HUGE: "are larger than everything else together",
    Flaw.COLOUR: "have a colour that is not a number",
    Flaw.OPACITY: "have an opacity outside 0 to 1",
    Flaw.ROTATION: "have a rotation that is zero or not a number",
}
_REPAIRABLE = {Flaw.COLOUR, Flaw.OPACITY, Flaw.ROTATION}


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One kind of trouble and where it is.

    Args:
        flaw: what is wrong.
        indices: [M] Gaussians concerned, rising.
    """

    flaw: Flaw
    indices: Int32

    @property
    def is_repairable(self) -> bool:
        """Whether `repaired` mends the Gaussians; the others it leaves out."""
        return self.flaw in _REPAIRABLE

    def __str__(self) -> str:
        count = len(self.indices)
        noun = "Gaussian" if count == 1 else "Gaussians"
        return f"{count} {noun} {_SENTENCES[self.flaw]}."


def lint(cloud: GaussianCloud) -> tuple[Finding, ...]:
    """Everything that would draw wrongly or not at all; nothing for a sound cloud."""
    masks = _masks(cloud)
    return tuple(
        Finding(flaw, np.flatnonzero(masks[flaw]).astype(np.int32))
        for flaw in Flaw
        if masks[flaw].any()
    )


def repaired(cloud: GaussianCloud) -> tuple[GaussianCloud, Int32]:
    """A sound cloud: mended where that is harmless, without what cannot be drawn.

    Colours that are not numbers become grey, opacities are cut to 0..1 (not a number: 0), lost
    rotations become none; Gaussians without a place or a sensible size are left out.

    Returns:
        The cloud, and [M] the rows of the old one that it keeps.
    """
    masks = _masks(cloud)
    lost = masks[Flaw.PLACE] | masks[Flaw.SIZE] | masks[Flaw.HUGE]
    kept = np.flatnonzero(~lost).astype(np.int32)
    identity = np.array([1, 0, 0, 0], np.float32)
    mended = replace(
        cloud,
        sh=np.where(masks[Flaw.COLOUR][:, None, None], np.float32(0), cloud.sh),
        opacities=np.clip(np.nan_to_num(cloud.opacities, nan=0.0), 0, 1).astype(np.float32),
        quats=np.where(masks[Flaw.ROTATION][:, None], identity, cloud.quats),
    )
    return mended.subset(kept), kept


def _masks(cloud: GaussianCloud) -> dict[Flaw, NDArray[np.bool_]]:
    placed = _all_finite(cloud.means)
    sized = _all_finite(cloud.scales) & (cloud.scales.min(axis=1, initial=np.inf) > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.linalg.norm(cloud.quats, axis=1)
        faded = (cloud.opacities >= 0) & (cloud.opacities <= 1)
    return {
        Flaw.PLACE: ~placed,
        Flaw.SIZE: ~sized,
        Flaw.HUGE: sized & (cloud.scales.max(axis=1, initial=0) > _whole_size(cloud, placed)),
        Flaw.COLOUR: ~_all_finite(cloud.sh),
        Flaw.OPACITY: ~faded,
        Flaw.ROTATION: ~(np.isfinite(norms) & (norms > 0)),
    }


def _all_finite(array: Float32) -> NDArray[np.bool_]:
    """Whether everything of each Gaussian is a number."""
    finite = np.isfinite(array).reshape(len(array), math.prod(array.shape[1:]))
    whole: NDArray[np.bool_] = np.logical_and.reduce(finite, axis=1)
    return whole


def _whole_size(cloud: GaussianCloud, placed: NDArray[np.bool_]) -> float:
    """Metres across nearly all of the cloud; endless when too few Gaussians tell."""
    if placed.sum() < _ENOUGH_TO_KNOW_THE_SIZE:
        return float("inf")
    low, high = np.percentile(cloud.means[placed], [2, 98], axis=0)
    return float(np.linalg.norm(high - low)) or float("inf")
