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

_GIANT = 8.0
"""Medians of both larger axes."""

_COMPANY = 4
_FLOATING, _APART = 8.0, 0.05
"""The neighbour of this order is farther away than so many medians, and than this share of the
whole cloud's size."""

_FAINT = 1 / 255


class Flaw(StrEnum):
    """Kinds of trouble, worst first."""

    PLACE = "place"
    SIZE = "size"
    HUGE = "huge"
    GIANT = "giant"
    FLOATER = "floater"
    COLOUR = "colour"
    OPACITY = "opacity"
    ROTATION = "rotation"
    INVISIBLE = "invisible"


_SENTENCES: dict[Flaw, str] = {
    Flaw.PLACE: "have no place, since a coordinate is not a number",
    Flaw.SIZE: "have no size, or an endless one",
    Flaw.HUGE: "are larger than everything else together",
    Flaw.GIANT: "are far larger than the usual one",
    Flaw.FLOATER: "float far from all others",
    Flaw.COLOUR: "have a colour that is not a number",
    Flaw.OPACITY: "have an opacity outside 0 to 1",
    Flaw.ROTATION: "have a rotation that is zero or not a number",
    Flaw.INVISIBLE: "are too faint to be seen",
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


def lint(cloud: GaussianCloud, *, as_hair: bool = False) -> tuple[Finding, ...]:
    """Everything that would draw wrongly or not at all; nothing for a sound cloud.

    Args:
        cloud: from elsewhere.
        as_hair: also what is sound by itself and yet no hair: giants, floaters, and what is too
            faint to be seen. A scene may have all three on purpose.
    """
    masks = _masks(cloud, as_hair)
    return tuple(
        Finding(flaw, np.flatnonzero(masks[flaw]).astype(np.int32))
        for flaw in Flaw
        if flaw in masks and masks[flaw].any()
    )


def repaired(cloud: GaussianCloud, *, as_hair: bool = False) -> tuple[GaussianCloud, Int32]:
    """A sound cloud: mended where that is harmless, without what cannot be drawn.

    Colours that are not numbers become grey, opacities are cut to 0..1 (not a number: 0), lost
    rotations become none; Gaussians without a place or a sensible size are left out, and with
    `as_hair` giants, floaters and what is too faint to be seen.

    Returns:
        The cloud, and [M] the rows of the old one that it keeps.
    """
    masks = _masks(cloud, as_hair)
    lost = np.zeros(len(cloud), bool)
    for flaw in masks.keys() - _REPAIRABLE:
        np.logical_or(lost, masks[flaw], out=lost)
    kept = np.flatnonzero(~lost).astype(np.int32)
    return _mended_by(cloud, masks).subset(kept), kept


def mended(cloud: GaussianCloud) -> GaussianCloud:
    """The same rows, mended as by `repaired`; those that cannot be drawn stay as they are."""
    return _mended_by(cloud, _masks(cloud, as_hair=False))


def _mended_by(cloud: GaussianCloud, masks: dict[Flaw, NDArray[np.bool_]]) -> GaussianCloud:
    identity = np.array([1, 0, 0, 0], np.float32)
    return replace(
        cloud,
        sh=np.where(masks[Flaw.COLOUR][:, None, None], np.float32(0), cloud.sh),
        opacities=np.clip(np.nan_to_num(cloud.opacities, nan=0.0), 0, 1).astype(np.float32),
        quats=np.where(masks[Flaw.ROTATION][:, None], identity, cloud.quats),
    )


def _masks(cloud: GaussianCloud, as_hair: bool) -> dict[Flaw, NDArray[np.bool_]]:
    placed = _all_finite(cloud.means)
    sized = _all_finite(cloud.scales) & (cloud.scales.min(axis=1, initial=np.inf) > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.linalg.norm(cloud.quats, axis=1)
        faded = (cloud.opacities >= 0) & (cloud.opacities <= 1)
    whole_size = _whole_size(cloud, placed)
    huge = sized & (cloud.scales.max(axis=1, initial=0) > whole_size)
    masks = {
        Flaw.PLACE: ~placed,
        Flaw.SIZE: ~sized,
        Flaw.HUGE: huge,
        Flaw.COLOUR: ~_all_finite(cloud.sh),
        Flaw.OPACITY: ~faded,
        Flaw.ROTATION: ~(np.isfinite(norms) & (norms > 0)),
    }
    if as_hair:
        sound = placed & sized & ~huge
        masks[Flaw.GIANT] = sound & _giants(cloud, sound)
        masks[Flaw.FLOATER] = sound & _floaters(cloud, sound, whole_size)
        masks[Flaw.INVISIBLE] = sound & faded & (cloud.opacities < _FAINT)
    return masks


def _giants(cloud: GaussianCloud, sound: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each is many times thicker and longer than the usual one: a blob, not a long hair."""
    if sound.sum() < _ENOUGH_TO_KNOW_THE_SIZE:
        return np.zeros(len(cloud), bool)
    sizes = np.sort(cloud.scales, axis=1)
    usual = np.median(sizes[sound], axis=0)
    giant: NDArray[np.bool_] = np.logical_and.reduce(sizes[:, 1:] > _GIANT * usual[1:], axis=1)
    return giant


def _floaters(
    cloud: GaussianCloud, sound: NDArray[np.bool_], whole_size: float
) -> NDArray[np.bool_]:
    """Whether each is farther from its neighbours than nearly all others are, and than hair is."""
    from scipy.spatial import cKDTree

    floating = np.zeros(len(cloud), bool)
    rows = np.flatnonzero(sound)
    if len(rows) < _ENOUGH_TO_KNOW_THE_SIZE or not math.isfinite(whole_size):
        return floating
    means = cloud.means[rows]
    gaps = np.asarray(cKDTree(means).query(means, k=[_COMPANY + 1])[0])[:, 0]
    floating[rows] = gaps > max(_FLOATING * float(np.median(gaps)), _APART * whole_size)
    return floating


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
