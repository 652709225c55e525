"""Gaussian hair: laid along the capture's strands, coloured from its views."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.harmonics import BAND_0, GREY, harmonics

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Camera, Float32

    from .capture import View
    from .sightings import Sightings

_OVERLAP = 0.37
"""Standard deviation along a strand, in lengths of a piece."""
_SEEN_ENOUGH = 0.3
_INNER_CHANCE = 0.03
"""How often a strand that no view sees is kept, against one that is well seen."""
_SHADE = 0.7
"""How bright hair is that no view shows, against its neighbours."""


@dataclass(frozen=True)
class HairSettings:
    """How the strands become Gaussians.

    Args:
        strands: how many of the capture's strands are kept whole.
        per_strand: Gaussians along each.
        root_strands: how many more are kept near the scalp, for hairline and parting.
        width_m: standard deviation across the strand where it is thickest.
        opacity: 0..1 of each Gaussian.
        degree: of the spherical harmonics, for the sheen.
        ridge: how strongly the sheen is held back where few views saw a Gaussian.
        rounds: of drawing and correcting.
        caution: how strongly each correction is held back.
    """

    strands: int = 2400
    per_strand: int = 10
    root_strands: int = 1700
    width_m: float = 0.00056
    opacity: float = 0.9
    degree: int = 1
    ridge: float = 0.3
    rounds: int = 4
    caution: float = 0.15


def chosen_strands(
    strands: Float32, sightings: Sightings, settings: HairSettings, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Strands to keep whole, and strands to keep near their roots: rather those that are seen.

    Returns:
        [settings.strands, K, 3] and [settings.root_strands, 5, 3], metres.
    """
    seen, roots_seen = np.zeros(len(strands)), np.zeros(len(strands))
    for index in range(len(sightings.views)):
        shown = sightings.visible(strands[:, ::3].reshape(-1, 3), index)
        seen += shown.reshape(len(strands), -1).mean(axis=1)
        roots_seen += sightings.visible(strands[:, 1], index)
    chance = _INNER_CHANCE + np.minimum(seen / np.percentile(seen, 95), 1)
    whole = rng.choice(len(strands), settings.strands, replace=False, p=chance / chance.sum())
    chance = roots_seen.copy()
    chance[whole] = 0
    short = rng.choice(len(strands), settings.root_strands, replace=False, p=chance / chance.sum())
    return strands[whole], strands[short, :5]


def resampled(strands: Float32, pieces: int) -> Float32:
    """[N, pieces + 1, 3] points along each strand, closer together where it bends."""
    steps = np.diff(strands, axis=1)
    lengths = np.linalg.norm(steps, axis=2)
    along = steps / np.maximum(lengths[:, :, None], 1e-7)
    bend = np.zeros_like(lengths)
    bend[:, 1:] = np.linalg.norm(np.diff(along, axis=1), axis=2)
    bend[:, :-1] += bend[:, 1:]
    # Even steps in length and in turning, half each.
    effort = lengths / lengths.sum(axis=1, keepdims=True)
    effort += 1.2 * bend / np.maximum(bend.sum(axis=1, keepdims=True), 1e-7)
    travelled = np.concatenate([np.zeros((len(strands), 1)), np.cumsum(effort, axis=1)], axis=1)
    out = np.empty((len(strands), pieces + 1, 3), np.float32)
    for index, strand in enumerate(strands):
        wanted = np.linspace(0, travelled[index, -1], pieces + 1)
        for axis in range(3):
            out[index, :, axis] = np.interp(wanted, travelled[index], strand[:, axis])
    return out


def laid_along(strands: Float32, pieces: int, width_m: float, opacity: float) -> GaussianCloud:
    """Grey Gaussians of degree 0 along strands: long, thin, overlapping end to end.

    Args:
        strands: [N, K, 3] from root to tip, metres.
        pieces: Gaussians along each.
        width_m: standard deviation across, where the strand is thickest.
        opacity: 0..1.
    """
    points = resampled(strands, pieces)
    start, end = points[:, :-1].reshape(-1, 3), points[:, 1:].reshape(-1, 3)
    lengths = np.maximum(np.linalg.norm(end - start, axis=1), 5e-4)
    along = (end - start) / lengths[:, None]
    place = np.tile((np.arange(pieces) + 0.5) / pieces, len(strands))
    # Fine at the root; wider at the tip, where too few strands would let the cut look frayed.
    width = width_m * np.clip(0.7 + 2 * place, 0.7, 1) * np.clip(0.6 + 0.6 * place, 1, 1.2)
    # The last one would reach beyond the cut; it is made to end there instead.
    last = place > 1 - 1 / pieces
    reach = np.where(last, 0.7 * _OVERLAP, _OVERLAP) * lengths
    middle = 0.5 * (start + end) - np.where(last, 0.15 * lengths, 0)[:, None] * along
    count = len(start)
    return GaussianCloud(
        means=middle.astype(np.float32),
        quats=_x_axis_to(along),
        scales=np.stack([reach, width, width], axis=1).astype(np.float32),
        opacities=np.full(count, opacity, np.float32),
        sh=np.zeros((count, 1, 3), np.float32),
        flags=np.zeros(count, np.uint8),
    )


def joined(first: GaussianCloud, second: GaussianCloud) -> GaussianCloud:
    """The Gaussians of two clouds of the same degree, in order."""
    fields = ("means", "quats", "scales", "opacities", "sh", "flags")
    return GaussianCloud(
        *(np.concatenate([getattr(first, name), getattr(second, name)]) for name in fields)
    )


class ColourFit:
    """Harmonics of each Gaussian from its colours in several views, by ridge regression.

    Args:
        cloud: the Gaussians.
        settings: degree and ridge.
    """

    def __init__(self, cloud: GaussianCloud, settings: HairSettings) -> None:
        count = (settings.degree + 1) ** 2
        self._cloud, self._settings = cloud, settings
        self._normal = np.zeros((len(cloud), count, count))
        self._right = np.zeros((len(cloud), count, 3))
        self.weight = np.zeros(len(cloud))

    def add(self, camera: Camera, seen: Float32, values: Float32) -> None:
        """Take in one view: how much of each Gaussian it shows [N], and the values there [N, 3]."""
        ways = self._cloud.means - camera.position
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        basis = harmonics(ways, self._settings.degree)
        self._normal += seen[:, None, None] * basis[:, :, None] * basis[:, None, :]
        self._right += seen[:, None, None] * basis[:, :, None] * values[:, None, :]
        self.weight += seen

    def solved(self, constant_ridge: float) -> Float32:
        """[N, K, 3] coefficients; zero where nothing was seen."""
        ridge = [constant_ridge] + [self._settings.ridge] * (self._normal.shape[1] - 1)
        solution: Float32 = np.linalg.solve(self._normal + np.diag(ridge), self._right)
        return solution.astype(np.float32)


def coloured(cloud: GaussianCloud, sightings: Sightings, settings: HairSettings) -> GaussianCloud:
    """The Gaussians with the colours that the views show at their places.

    Those no picture shows clearly take the mean of their nearest seen neighbours; darker where they
    lie inside, since that is in shade.
    """
    fit = ColourFit(cloud, settings)
    outside = np.zeros(len(cloud), bool)
    for index, view in enumerate(sightings.views):
        seen, colour = sightings.of_gaussians(cloud, index, view.image)
        fit.add(view.camera, seen, colour - GREY)
        outside |= sightings.visible(cloud.means, index)
    sh = fit.solved(constant_ridge=1e-4)
    known = fit.weight > _SEEN_ENOUGH
    _, near = cKDTree(cloud.means[known]).query(cloud.means[~known], k=6)
    base = GREY + BAND_0 * sh[known][:, 0]
    sh[~known] = 0
    shade = np.where(outside[~known], 1.0, _SHADE)[:, None]
    sh[~known, 0] = (shade * base[near].mean(axis=1) - GREY) / BAND_0
    return replace(cloud, sh=sh)


def refined(
    cloud: GaussianCloud,
    sightings: Sightings,
    settings: HairSettings,
    draw: Callable[[GaussianCloud, View], tuple[Float32, Float32]],
) -> GaussianCloud:
    """Colours corrected until the drawn hair looks like the views: layers no longer dim each other.

    Args:
        cloud: coloured Gaussians.
        sightings: what the views show.
        settings: degree, ridge and rounds.
        draw: draws the avatar with the given hair as a view shows it, without a background:
            colour times cover [S, S, 3] and cover [S, S, 1], 0..1.
    """
    for _ in range(settings.rounds):
        fit = ColourFit(cloud, settings)
        for index, view in enumerate(sightings.views):
            drawn, cover = draw(cloud, view)
            difference = view.image * cover - drawn
            seen, change = sightings.of_gaussians(cloud, index, difference)
            fit.add(view.camera, seen, change)
        sh = cloud.sh + fit.solved(constant_ridge=settings.caution)
        base = np.clip(GREY + BAND_0 * sh[:, 0], 0.02, 0.95)
        sh[:, 0] = (base - GREY) / BAND_0
        cloud = replace(cloud, sh=_even_along_strands(sh, settings).astype(np.float32))
    return cloud


def _even_along_strands(sh: Float32, settings: HairSettings) -> Float32:
    """Colours with a little of the neighbours' on the same strand, which hides the joints."""
    whole = settings.strands * settings.per_strand
    strands = sh[:whole].reshape(settings.strands, settings.per_strand, *sh.shape[1:])
    padded = np.concatenate([strands[:, :1], strands, strands[:, -1:]], axis=1)
    even = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return np.concatenate([even.reshape(whole, *sh.shape[1:]), sh[whole:]])


def _x_axis_to(directions: Float32) -> Float32:
    """Quaternions [N, 4] wxyz that turn the x axis to unit directions [N, 3] by the short way."""
    x, y, z = directions.T
    # Half way between the axis and the direction; opposite ones turn about y.
    quats = np.stack([1 + x, np.zeros_like(x), -z, y], axis=1)
    quats[x < -0.99999] = (0, 0, 1, 0)
    unit: Float32 = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    return unit.astype(np.float32)
