"""Other hair on this head, as an edit: all of it or a part, wholly or blended with its own.

Foreign Gaussians ride on the nearest ones of the hairstyle and deform as these do. The network that
deforms a MeGA avatar's hair answers for the places it was trained at, under that person's
expressions; another head model has other parameters, and even on the same one a document keeps
plain data, no second network to evaluate at every frame. What the parents do (follow the scalp,
settle in speech) is what hair on this head does; the foreign network's own wiggles are lost.
Choosing a hairstyle for the whole avatar works the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.dissolve import arrived, root_turns, strands_of
from avatar_core.heads import neutral_parameters
from avatar_core.project.clearance import LEAST_M
from avatar_core.project.cover import ScalpPlaces, standing_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.scalp_fit import HairFit
    from avatar_core.heads import ParametricHead

_SOLID, _THINNEST_M = 0.3, 1e-4
"""Only Gaussians of this opacity and thickness carry others: size and opacity are passed on as
ratios."""

_INVISIBLE = 1 / 255


class SwapMode(StrEnum):
    """What becomes of the hair that is there."""

    REPLACE = "replace"
    """It goes as the other comes."""
    ADD = "add"
    """It stays."""


@dataclass(frozen=True, slots=True, eq=False)
class Transplant:
    """Foreign hair that lies on a head, ready to be put in with any share.

    Args:
        cloud: [F] the Gaussians around the neutral head, with as many harmonics as the hairstyle.
        parents: [F] rows of the hairstyle [N] that they ride on.
        turns: [F] 0..1, when each comes as the share grows.
        own_turns: [N] when each Gaussian of the hairstyle goes.
    """

    cloud: GaussianCloud
    parents: Int32
    turns: Float32
    own_turns: Float32


def transplant(
    base: GaussianCloud, head: ParametricHead, hair: GaussianCloud, fit: HairFit
) -> Transplant:
    """Put hair onto a head: fitted, out of the skin, its bare places closed.

    Takes about a second, for a background task; `swap_into` is then quick at every share. Strands
    of both that grow from the same place change at the same time, so that no hole opens halfway.

    Args:
        base: the hairstyle that the avatar wears, N Gaussians.
        head: its head.
        hair: the foreign Gaussians.
        fit: how they come onto the head, see `scalp_fit.fit_hair`.
    """
    worn = standing_in(with_harmonics(fit.fitted(hair, head), base.sh.shape[1]), base, head)
    places = ScalpPlaces.of(head.pose(neutral_parameters(head)), head.topology)
    roots, turns = root_turns(places.corners)
    return Transplant(
        cloud=worn,
        parents=_carriers(base, worn.means),
        turns=turns[strands_of(worn, roots)],
        own_turns=turns[strands_of(base, roots)],
    )


def swap_into(
    canvas: HairCanvas,
    foreign: Transplant,
    share: float = 1.0,
    mode: SwapMode = SwapMode.REPLACE,
) -> Int32:
    """Blend foreign hair into the layer of a canvas, where its mask allows.

    Strand by strand the own hair goes and the other comes: at share 0 all is as it was, at 0.5 half
    of the strands of each are there, at 1 the own hair is gone. Foreign Gaussians come where the
    nearest own ones may be changed. For another share start again from a canvas without the first.

    Args:
        canvas: over the hairstyle that `foreign` was made for.
        foreign: the other hair.
        share: 0..1.
        mode: what becomes of the own hair.

    Returns:
        [n] the rows of the Gaussians that came.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share: expected 0..1, got {share}")
    presence = arrived(share, foreign.turns) * _openness(canvas, foreign.cloud.means)
    if mode is SwapMode.REPLACE:
        gone = arrived(share, foreign.own_turns[canvas.edited.rows]) * canvas.mask
        rows = np.flatnonzero(gone > 0).astype(np.int32)
        canvas.fade(rows, gone[rows])
    come = np.flatnonzero(presence * foreign.cloud.opacities > _INVISIBLE)
    if not len(come):
        return np.zeros(0, np.int32)
    cloud = foreign.cloud.subset(come)
    cloud = replace(cloud, opacities=cloud.opacities * presence[come])
    if canvas.head is not None:
        cloud = replace(cloud, means=canvas.head.kept_out(cloud.means, LEAST_M))
    return canvas.add(cloud, foreign.parents[come])


def with_harmonics(cloud: GaussianCloud, coefficients: int) -> GaussianCloud:
    """The cloud with so many harmonics: the highest left out, or missing ones zero."""
    sh = np.zeros((len(cloud), coefficients, 3), np.float32)
    shared = min(coefficients, cloud.sh.shape[1])
    sh[:, :shared] = cloud.sh[:, :shared]
    return replace(cloud, sh=sh)


def _carriers(base: GaussianCloud, means: Float32) -> Int32:
    """[n] for each place the nearest Gaussian of the hairstyle that can carry another."""
    is_sound = (base.opacities > _SOLID) & (base.scales.min(axis=1) > _THINNEST_M)
    return _nearest_rows(base.means, is_sound if is_sound.any() else ~is_sound, means)


def _openness(canvas: HairCanvas, means: Float32) -> Float32:
    """[n] 0..1, how far the own hair nearest to each place may be changed."""
    is_there = (canvas.edited.cloud.flags & DELETED) == 0
    if not is_there.any() or not len(means):
        return np.ones(len(means), np.float32)
    return canvas.mask[_nearest_rows(canvas.means, is_there, means)]


def _nearest_rows(points: Float32, allowed: NDArray[np.bool_], targets: Float32) -> Int32:
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(allowed)
    return rows[np.asarray(cKDTree(points[rows]).query(targets)[1])].astype(np.int32)
