"""How well hair covers a scalp, and Gaussians for the places where it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry import (
    Float32,
    Int32,
    expect_shapes,
    matrix_from_quat,
    quat_multiply,
)
from avatar_core.heads import neutral_parameters
from avatar_core.project.clearance import out_of_head

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.heads import HeadTopology, ParametricHead

_FOOTPRINT = 24
"""Places of the scalp that a Gaussian may lie over."""

_LOWEST_M = -0.002
_COVERED, _BARE = 0.75, 0.5
"""Opacities of hair that hides the skin, and of hair that shows it."""

_MOST_BARE = 0.5
"""Where more than this share is bare, the hair is meant to be so: a tuft, shaven sides."""

_PATCH = 10
"""Gaussians copied into each bare place."""

_OUTLYING = 2.5
"""Colours are unlike hair from this many times the median distance to its middle colour."""

_ROOTS_M = 0.008
_PATCH_HEIGHT_M = 0.012
_LONGEST_M = 0.004
"""Copies are shortened to this standard deviation, so that they end with the hair they replace."""


@dataclass(frozen=True, slots=True, eq=False)
class ScalpPlaces:
    """Places spread evenly over a scalp: the middles of its triangles.

    Args:
        corners: [P, 3, 3] of the triangles, metres.
        normals: [P, 3] unit, outwards.
    """

    corners: Float32
    normals: Float32

    @property
    def points(self) -> Float32:
        """[P, 3] the middles."""
        return np.asarray(self.corners.mean(axis=1), np.float32)

    @classmethod
    def of(cls, vertices: Float32, topology: HeadTopology) -> ScalpPlaces:
        """The triangles of a head's scalp; vertices [V, 3]."""
        on_scalp = np.zeros(len(vertices), bool)
        on_scalp[topology.scalp_vertex_ids] = True
        corners = vertices[topology.faces[on_scalp[topology.faces].all(axis=1)]]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.linalg.norm(normals, axis=1)
        sound = lengths > 0
        outwards = normals[sound] / lengths[sound, None]
        return cls(corners[sound].astype(np.float32), outwards.astype(np.float32))


def standing_in(hair: GaussianCloud, own: GaussianCloud, head: ParametricHead) -> GaussianCloud:
    """Foreign hair made to cover a scalp as well as the hair it replaces.

    Args:
        hair: [F] on the head at rest, out of its skin.
        own: [N] what it replaces, there too; deleted Gaussians do not count.
        head: the head.

    Returns:
        [F + n] the same without the colour of another's skin, and behind it what closes the places
        that were covered and no longer are.
    """
    vertices = head.pose(neutral_parameters(head))
    places = ScalpPlaces.of(vertices, head.topology)
    hair = with_hair_colour(hair, places)
    wanted = cover(own.subset((own.flags & DELETED) == 0), places)
    closing = undercoat(hair, places, wanted)
    means, kept = out_of_head(closing.means, vertices, head.topology)
    return hair.followed_by(replace(closing, means=means).subset(kept))


def cover(cloud: GaussianCloud, places: ScalpPlaces) -> Float32:
    """[P] 0..1, the opacity of the hair over each place, looked at along its normal.

    Every Gaussian counts with its greatest density on the line of sight, as it does when drawn.
    """
    from scipy.spatial import cKDTree

    count = len(places.points)
    if not count or not len(cloud):
        return np.zeros(count, np.float32)
    near = min(_FOOTPRINT, count)
    _, found = cKDTree(places.points).query(cloud.means, k=range(1, near + 1))
    targets = np.asarray(found).ravel()
    rows = np.repeat(np.arange(len(cloud)), near)
    axes = matrix_from_quat(cloud.quats) / cloud.scales[:, None, :]
    axes = axes[rows]
    offsets = places.points[targets] - cloud.means[rows]
    start = np.einsum("nia,ni->na", axes, offsets)
    along = np.einsum("nia,ni->na", axes, places.normals[targets])
    closest = -(start * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12)
    # Beneath the skin nothing is seen.
    closest = np.maximum(closest, _LOWEST_M)
    squares = ((start + closest[:, None] * along) ** 2).sum(axis=1)
    alphas = np.minimum(cloud.opacities[rows] * np.exp(-0.5 * squares), 0.99)
    passed = np.bincount(targets, np.log1p(-alphas), minlength=count)
    return np.asarray(1 - np.exp(passed), np.float32)


def undercoat(cloud: GaussianCloud, places: ScalpPlaces, wanted: Float32) -> GaussianCloud:
    """Gaussians for the places that hair should cover and does not.

    Each bare place gets copies of the lowest hair of the nearest covered one, as high above the
    skin, lying as that lies and shortened, so that a hairline ends where it should.

    Args:
        cloud: the hair.
        places: P places of the scalp it lies on.
        wanted: [P] 0..1, how well each should be covered.

    Returns:
        [n] the copies; none where nothing is bare, or more than half is.
    """
    from scipy.spatial import cKDTree

    expect_shapes(normals=(places.normals, "P 3"), wanted=(wanted, "P"))
    now = cover(cloud, places)
    bare = np.flatnonzero((wanted > _BARE) & (now < _BARE)).astype(np.int32)
    if len(bare) > _MOST_BARE * (wanted > _BARE).sum():
        return cloud.subset(slice(0, 0))
    solid = np.flatnonzero((cloud.opacities > _BARE) & ~skin_like(cloud))
    if not len(bare) or not len(solid):
        return cloud.subset(slice(0, 0))
    heights, below = cKDTree(places.points).query(cloud.means[solid])
    is_low = np.asarray(heights) < _PATCH_HEIGHT_M
    solid, below = solid[is_low], np.asarray(below)[is_low]
    donors = np.unique(below[now[below] > _COVERED])
    if not len(donors):
        return cloud.subset(slice(0, 0))
    _, nearest = cKDTree(places.points[donors]).query(places.points[bare])
    chosen = donors[np.asarray(nearest)].astype(np.int32)
    count = min(_PATCH, len(solid))
    distances, found = cKDTree(cloud.means[solid]).query(
        places.points[chosen], k=range(1, count + 1)
    )
    is_close = np.asarray(distances).ravel() < _PATCH_HEIGHT_M
    copies = np.repeat(np.arange(len(bare)), count)[is_close]
    patches = cloud.subset(solid[np.asarray(found).ravel()[is_close]])
    return _carried(patches, places, chosen[copies], bare[copies])


def skin_like(cloud: GaussianCloud) -> NDArray[np.bool_]:
    """[N] which Gaussians have a colour that is far from that of the hair.

    Training gives hair along the hairline and the parting the colour of that person's skin.
    """
    if not len(cloud):
        return np.zeros(0, bool)
    colours = cloud.sh[:, 0]
    apart = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    far: NDArray[np.bool_] = apart > _OUTLYING * np.median(apart)
    return far


def with_hair_colour(cloud: GaussianCloud, places: ScalpPlaces) -> GaussianCloud:
    """Hair whose roots have lost the colour of another person's skin.

    Gaussians close to the scalp that are `skin_like` take the mean colour of the nearest others.
    """
    from scipy.spatial import cKDTree

    skin = skin_like(cloud)
    if not len(places.points) or not skin.any() or skin.all():
        return cloud
    heights = np.asarray(cKDTree(places.points).query(cloud.means)[0])
    rows, others = np.flatnonzero(skin & (heights < _ROOTS_M)), np.flatnonzero(~skin)
    count = min(_PATCH, len(others))
    _, found = cKDTree(cloud.means[others]).query(cloud.means[rows], k=range(1, count + 1))
    sh = cloud.sh.copy()
    sh[rows] = cloud.sh[others[np.asarray(found)]].mean(axis=1)
    return replace(cloud, sh=sh)


def _carried(
    cloud: GaussianCloud, places: ScalpPlaces, source: Int32, target: Int32
) -> GaussianCloud:
    """Gaussians carried from places [n] of the scalp to others [n], turned as it is."""
    turns = _turns_between(places.normals[source], places.normals[target])
    matrices = matrix_from_quat(turns)
    offsets = cloud.means - places.points[source]
    return replace(
        cloud,
        means=places.points[target] + np.einsum("nij,nj->ni", matrices, offsets),
        quats=quat_multiply(turns, cloud.quats),
        scales=np.minimum(cloud.scales, np.float32(_LONGEST_M)),
        sh=rotated_sh(cloud.sh, matrices) if len(cloud) else cloud.sh,
    )


def _turns_between(first: Float32, second: Float32) -> Float32:
    """[n, 4] the smallest turns of unit vectors onto others."""
    turns = np.concatenate(
        [1 + (first * second).sum(axis=1, keepdims=True), np.cross(first, second)], axis=1
    )
    lengths = np.linalg.norm(turns, axis=1, keepdims=True)
    turns /= np.maximum(lengths, 1e-6)
    turns[lengths[:, 0] < 1e-4] = (0, 1, 0, 0)  # opposite: any half turn will do
    return np.asarray(turns, np.float32)
