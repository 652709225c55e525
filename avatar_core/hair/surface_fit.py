"""Hair without a scalp on a head: by its inner surface, whatever its axes and its scale.

Head and hair are both looked at from a point in the middle of the head, as distances in some
hundred directions. The hair's inner surface is what is nearest in each direction. It should lie
on the scalp, and there should be none in the face.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import (
    Float32,
    matrix_from_axis_angle,
    matrix_from_quat,
    similarity_fit,
)
from avatar_core.project.hairstyle import Similarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry.shapes import Float64
    from avatar_core.hair.head_radii import HeadRadii

_FEWEST, _MOST = 100, 1000
_SEEN = 0.3
"""Gaussians of less opacity are no surface."""

_INNER = 0.1
"""The inner surface: this share of what lies in a direction is still nearer."""

_WORST = 0.25
"""Errors above this share of the head's size count the same."""

_LOOSE = 0.4
"""Hair above the scalp is this much less wrong than hair as far beneath it."""

_DEEP, _HIGH, _UPWARDS = 0.1, 0.6, 0.4
"""Hair deeper in the head than this share of its size is wrong; so is hair as far above its top."""

_SCALES = (1.0, 0.8, 0.62)
"""The head's width, in widths of the hair: cropped, loose, or thick."""

_FORWARDS = (-0.4, 0.0, 0.4)
"""Where the middle of the hair may be before that of the head, in sizes of it."""

_FRONT = np.array([0.0, 0.0, 1.0])
_STEPS, _KEPT = 6, 0.75
"""Rounds of closest points, and the share of pairs that each round goes by."""

_IMPROVED, _REFINED = 30, 6
"""How many starts go on to closest points, and how many to the refinement."""

_FEW, _MANY = 100, 500
"""Trials of a refinement."""

_OTHERWISE_RAD = 0.6
"""Poses that differ by less are the same found twice."""


class SurfaceFit(NamedTuple):
    """A fit, how far the hair's inner surface is from the scalp (median), how sure it is, 0..1."""

    similarity: Similarity
    residual_m: float
    certainty: float


def fit_to_scalp(hair: GaussianCloud, head: HeadRadii) -> SurfaceFit:
    """Find turn, size and place of hair on a head.

    All 24 ways to name and point three axes are tried at several scales; each is improved by
    iterating closest points, without the worst pairs; the best few are refined.

    Args:
        hair: hair alone, without a head or shoulders, in any right-handed axes and any unit.
        head: where it is to lie.

    Raises:
        AssetError: fewer than a hundred visible Gaussians, or all in one place.

    Source:
        Besl and McKay 1992, A Method for Registration of 3-D Shapes; Chetverikov et al. 2002, The
        Trimmed Iterative Closest Point Algorithm.
    """
    points = _sample(hair)
    middle, extent = np.median(points, axis=0), _extent(points)
    unit = (points - middle) / extent
    promising = _best(_starts(unit, head), unit, head)[:_IMPROVED]
    improved = _best((_improved(unit, head, pose) for pose in promising), unit, head)
    refined = [_refined(unit, head, pose, _FEW) for pose in _distinct(improved)]
    first, *others = _best(refined, unit, head)
    rivals = [first, *others[:1], _turned_round(first, head)]
    best, *others = _best((_refined(unit, head, each, _MANY) for each in rivals), unit, head)
    error = _error(unit, head, best)
    otherwise = [
        _error(unit, head, pose) for pose in others if _angle(pose.turn, best.turn) > _OTHERWISE_RAD
    ]
    certainty = 1 - error / max(min(otherwise), 1e-9) if otherwise else 1.0
    scale = best.scale / extent
    shift = best.shift - scale * (best.turn @ middle)
    similarity = Similarity(float(scale), best.turn.astype(np.float32), shift.astype(np.float32))
    return SurfaceFit(similarity, _residual_m(unit, head, best), float(np.clip(certainty, 0, 1)))


def _best(poses: Iterable[_Pose], points: Float64, head: HeadRadii) -> list[_Pose]:
    """All of them, those of the least error first."""
    return sorted(poses, key=lambda pose: _error(points, head, pose))


class _Pose(NamedTuple):
    """x' = scale * turn @ x + shift, in double precision."""

    scale: float
    turn: Float64
    shift: Float64

    def points(self, points: Float64) -> Float64:
        moved: Float64 = self.scale * points @ self.turn.T + self.shift
        return moved


class _Inner(NamedTuple):
    """The inner surface of hair: in which directions [d] there is any, and how far away [d]."""

    bins: NDArray[np.int64]
    radii: Float64


def _sample(hair: GaussianCloud) -> Float64:
    """[n, 3] points of visible Gaussians: their middles, and where they are long their ends."""
    rows = np.flatnonzero(hair.opacities > _SEEN)
    rows = rows[:: max(1, len(rows) // _MOST)]
    if len(rows) < _FEWEST:
        raise _unlike_hair()
    axes = matrix_from_quat(hair.quats[rows])
    longest = hair.scales[rows].argmax(axis=1)
    halves = np.take_along_axis(axes, longest[:, None, None], axis=2)[..., 0]
    halves = halves * hair.scales[rows].max(axis=1, keepdims=True)
    means = hair.means[rows].astype(np.float64)
    points = np.concatenate([means - halves, means, means + halves])
    if not _extent(points) > 0:
        raise _unlike_hair()
    return points


def _unlike_hair() -> AssetError:
    return AssetError(
        "There are too few visible Gaussians to tell how they would lie on a head.",
        "Choose a file that holds a whole head of hair.",
    )


def _extent(points: Float64) -> float:
    low, high = np.percentile(points, [2, 98], axis=0)
    return float(np.linalg.norm(high - low))


def _starts(points: Float64, head: HeadRadii) -> Iterator[_Pose]:
    """The head's middle below the top of the hair, for each naming of the axes and each scale."""
    for turn in _axis_turns():
        turned = points @ turn.T
        top = np.percentile(turned[:, 1], 99)
        sides = np.percentile(turned, [2, 98], axis=0)
        for share in _SCALES:
            scale = head.width_m / (share * (sides[1, 0] - sides[0, 0]))
            depth = head.size_m / scale / share
            upper = turned[turned[:, 1] > top - 1.2 * depth]
            middle = np.percentile(upper, [2, 98], axis=0).mean(axis=0)
            middle[1] = top - depth
            for forward in _FORWARDS:
                shift = head.centre - scale * middle
                yield _Pose(scale, turn, shift + forward * head.size_m * _FRONT)


def _axis_turns() -> Iterator[Float64]:
    """The 24 turns that carry axes onto axes."""
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            turn = np.zeros((3, 3))
            turn[range(3), order] = signs
            if np.linalg.det(turn) > 0:
                yield turn


def _improved(points: Float64, head: HeadRadii, pose: _Pose) -> _Pose:
    """Closest points, iterated: the hair's inner surface onto the scalp."""
    for _ in range(_STEPS):
        inner = _inner_surface(*head.seen(pose.points(points)), head)
        chosen = head.on_scalp[inner.bins]
        bins, radii = inner.bins[chosen], inner.radii[chosen]
        if len(bins) < 12:
            break
        left = np.abs(radii - head.radii[bins])
        kept = left <= np.quantile(left, _KEPT)
        rays = head.directions[bins[kept]]
        source = (radii[kept, None] * rays).astype(np.float32)
        target = (head.radii[bins[kept], None] * rays).astype(np.float32)
        scale, turn, shift = similarity_fit(source, target)
        scale = float(np.clip(scale, 0.8, 1.25))
        pose = _Pose(
            scale * pose.scale,
            turn @ pose.turn,
            head.centre + shift + scale * (turn @ (pose.shift - head.centre)),
        )
    return pose


def _inner_surface(bins: NDArray[np.int64], radii: Float64, head: HeadRadii) -> _Inner:
    """Of points in these directions [n], this far away [n]."""
    counts = np.bincount(bins, minlength=len(head.directions))
    farthest = 1.001 * max(float(radii.max()), 1e-12)
    # Sorted by direction, in each by distance: one sort of sums is faster than one of pairs.
    ordered = np.sort(bins + radii / farthest)
    found = np.flatnonzero(counts)
    first = (np.cumsum(counts) - counts)[found]
    nearest = ordered[first + (_INNER * counts[found]).astype(int)]
    return _Inner(found, (nearest - found) * farthest)


def _error(points: Float64, head: HeadRadii, pose: _Pose) -> float:
    """How badly hair lies on a head: 0 on the scalp everywhere, above 0.25 hardly."""
    bins, radii = head.seen(pose.points(points))
    inner = _inner_surface(bins, radii, head)
    off = np.where(head.on_scalp, _WORST, 0.0)
    above = (inner.radii - head.radii[inner.bins]) / head.size_m
    apart = np.where(above > 0, _LOOSE * above, -above)
    # Over the face hair is wrong, unless it hangs clear in front of it.
    wrong = np.where(head.on_scalp[inner.bins], apart, _WORST - apart)
    off[inner.bins] = wrong.clip(0, _WORST)
    depth = 1 - radii / np.maximum(head.radii[bins], 1e-9)
    inside = np.mean((depth > _DEEP) & (head.on_scalp | head.in_face)[bins])
    # Hair falls; it seldom towers.
    towering = np.mean((depth < -_HIGH) & (head.directions[bins, 1] > _UPWARDS))
    return float(
        off[head.on_scalp].mean() + 0.5 * off[head.in_face].mean() + 0.3 * (inside + towering)
    )


def _residual_m(points: Float64, head: HeadRadii, pose: _Pose) -> float:
    inner = _inner_surface(*head.seen(pose.points(points)), head)
    left = np.abs(inner.radii - head.radii[inner.bins])[head.on_scalp[inner.bins]]
    return float(np.median(left)) if len(left) else float("inf")


def _refined(points: Float64, head: HeadRadii, pose: _Pose, trials: int) -> _Pose:
    """The pose nearby of the least error; the error is not smooth, so without derivatives."""
    from scipy.optimize import fmin

    middle = points.mean(axis=0)

    def nearby(values: Float64) -> _Pose:
        turn = matrix_from_axis_angle(values[:3].astype(np.float32)) @ pose.turn
        scale = pose.scale * float(np.exp(values[3]))
        place = pose.points(middle[None])[0] + values[4:]
        return _Pose(scale, turn, place - scale * (turn @ middle))

    steps = np.diag([0.15, 0.15, 0.15, 0.08, 0.01, 0.01, 0.01])
    simplex = np.concatenate([np.zeros((1, 7)), steps])

    def error(values: Float64) -> float:
        return _error(points, head, nearby(values))

    found = fmin(
        error,
        np.zeros(7),
        xtol=1e-3,
        ftol=1e-5,
        maxfun=trials,
        initial_simplex=simplex,
        disp=False,
    )
    return nearby(np.asarray(found))


def _turned_round(pose: _Pose, head: HeadRadii) -> _Pose:
    """Front to back, what hair is most easily mistaken for."""
    turn = np.diag([-1.0, 1.0, -1.0])
    return _Pose(pose.scale, turn @ pose.turn, head.centre + turn @ (pose.shift - head.centre))


def _distinct(poses: list[_Pose]) -> list[_Pose]:
    """The best few, each turned otherwise than those before."""
    chosen: list[_Pose] = []
    for pose in poses:
        if all(_angle(pose.turn, other.turn) > _OTHERWISE_RAD for other in chosen):
            chosen.append(pose)
        if len(chosen) == _REFINED:
            break
    return chosen


def _angle(turn: Float64 | Float32, other: Float64 | Float32) -> float:
    """Between two turns, radians."""
    return float(np.arccos(np.clip((np.trace(turn @ other.T) - 1) / 2, -1, 1)))
