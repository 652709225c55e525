"""HeadCollider: how far hair is from the skin of the posed head, and which way is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.geometry.topology import vertex_normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_M = 0.003
REACH_M = 0.04
"""Hair farther than this outside the skin is told nothing of it."""

_MOST_PARTS = 8
"""Into how many parts the edges of large triangles are cut."""

_FRINGE_M, _STEEPEST = 0.01, 0.5
"""Farther than this, a place must lie about above or below its piece of skin (cosine): what is
beside the open edge of a mesh is neither outside nor inside."""

_ROUNDS = 3


class Skin(NamedTuple):
    """What compiled loops read of a head.

    Args:
        cells: [X, Y, Z] the point of the skin nearest to each cell, -1 far outside.
        origin: [3] corner of the first cell, metres.
        places: [P, 3] points of the skin as posed.
        normals: [P, 3] their smooth unit normals.
    """

    cells: Int32
    origin: Float32
    places: Float32
    normals: Float32


NO_SKIN = Skin(
    np.full((1, 1, 1), -1, np.int32),
    np.zeros(3, np.float32),
    np.zeros((1, 3), np.float32),
    np.zeros((1, 3), np.float32),
)
"""For hair without a head."""


class HeadCollider:
    """The skin of a head that moves, asked for many points at a time.

    A grid around the neutral head tells the nearest of many points spread over the skin; the height
    is measured above the plane that touches the skin there. Near the skin this is right to some
    tenths of a millimetre.

    Args:
        vertices: [V, 3] the neutral head, metres.
        faces: [F, 3] vertex ids, counter-clockwise from outside; leave out what hair never meets
            (eyes, teeth, the inside of the mouth).
    """

    def __init__(self, vertices: Float32, faces: Int32) -> None:
        expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
        self._faces = faces
        self._corners, self._weights = _spread(vertices, faces)
        places, normals = self._placed(vertices)
        is_empty = not len(self._corners)
        cells, origin = NO_SKIN[:2] if is_empty else _nearest_points(places, normals)
        self.skin = Skin(cells, origin, places, normals)

    def posed(self, vertices: Float32) -> Self:
        """The same head in another pose, [V, 3] in the space of the neutral head; cheap."""
        expect_shapes(vertices=(vertices, "V 3"))
        other = type(self).__new__(type(self))
        other._faces, other._corners, other._weights = self._faces, self._corners, self._weights
        places, normals = self._placed(vertices)
        other.skin = self.skin._replace(places=places, normals=normals)
        return other

    def heights(self, points: Float32) -> Float32:
        """[n] metres of points [n, 3] above the skin, negative beneath; +inf far away from it."""
        nearest = self._nearest(points)
        above = points - self.skin.places[nearest]
        heights = np.einsum("ni,ni->n", above, self.skin.normals[nearest])
        return np.where(nearest >= 0, heights, np.float32(np.inf)).astype(np.float32)

    def outwards(self, points: Float32) -> Float32:
        """[n, 3] unit normals of the skin nearest to points [n, 3]; zero far away from it."""
        nearest = self._nearest(points)
        outwards: Float32 = self.skin.normals[nearest]
        outwards[nearest < 0] = 0
        return outwards

    def kept_out(self, points: Float32, least_m: Float32 | float) -> Float32:
        """Points [n, 3] lifted to at least the height(s) `least_m` above the skin."""
        lifted = np.array(points, np.float32)
        least = np.broadcast_to(np.asarray(least_m, np.float32), len(lifted))
        low = np.arange(len(lifted))
        # What is lifted may find itself above another piece of skin.
        for _ in range(_ROUNDS):
            rises = least[low] - self.heights(lifted[low])
            low, rises = low[rises > 0], rises[rises > 0]
            if not len(low):
                break
            lifted[low] += rises[:, None] * self.outwards(lifted[low])
        return lifted

    def _placed(self, vertices: Float32) -> tuple[Float32, Float32]:
        """Points of the skin [P, 3] and their normals [P, 3] in a pose."""
        if not len(self._corners):
            return NO_SKIN.places, NO_SKIN.normals
        smooth = vertex_normals(vertices, self._faces)
        places = np.einsum("pc,pci->pi", self._weights, vertices[self._corners])
        normals = np.einsum("pc,pci->pi", self._weights, smooth[self._corners])
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        normals /= np.maximum(lengths, np.float32(1e-8))
        return places.astype(np.float32), normals.astype(np.float32)

    def _nearest(self, points: Float32) -> NDArray[np.int64]:
        """[n] rows of the skin's points, -1 far away."""
        expect_shapes(points=(points, "n 3"))
        cells, origin = self.skin.cells, self.skin.origin
        # Limited before they become whole numbers, which know no infinity.
        indices = np.nan_to_num((points - origin) / np.float32(CELL_M), nan=-1.0)
        inside = ((indices >= 0) & (indices < cells.shape)).all(axis=1)
        nearest = np.full(len(points), -1, np.int64)
        x, y, z = indices[inside].astype(np.int64).T
        nearest[inside] = cells[x, y, z]
        return nearest


def _spread(vertices: Float32, faces: Int32) -> tuple[Int32, Float32]:
    """Points spread over triangles, about a cell apart: corners [P, 3] and their weights [P, 3]."""
    corners = vertices[faces]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1, initial=0)
    parts = np.clip(np.ceil(edges / (2 * CELL_M)), 1, _MOST_PARTS).astype(int)
    ids, weights = [np.zeros((0, 3), np.int32)], [np.zeros((0, 3), np.float32)]
    for count in np.unique(parts):
        chosen = faces[parts == count]
        first, second = np.mgrid[0:count, 0:count].reshape(2, -1)
        lattice = np.stack([first, second, count - 1 - first - second], -1)
        lattice = lattice[lattice[:, 2] >= 0] + 1 / 3
        ids.append(np.repeat(chosen, len(lattice), axis=0))
        weights.append(np.tile(lattice / count, (len(chosen), 1)))
    return np.concatenate(ids), np.concatenate(weights).astype(np.float32)


def _nearest_points(places: Float32, normals: Float32) -> tuple[Int32, Float32]:
    """The grid of nearest points [X, Y, Z] and its origin [3]."""
    from scipy.ndimage import distance_transform_edt

    margin = REACH_M + CELL_M
    origin = places.min(axis=0) - np.float32(margin)
    size = np.ceil((places.max(axis=0) + margin - origin) / CELL_M).astype(int)
    owners = np.full(size, -1, np.int32)
    owners[tuple(((places - origin) / np.float32(CELL_M)).astype(int).T)] = np.arange(len(places))
    nearest = distance_transform_edt(owners < 0, return_distances=False, return_indices=True)
    cells = owners[tuple(np.asarray(nearest))]
    for x in range(len(cells)):  # by slices, to stay in the cache
        middles = np.stack(np.meshgrid(x, *map(np.arange, size[1:]), indexing="ij"), -1)[0] + 0.5
        above = middles.astype(np.float32) * np.float32(CELL_M) + origin - places[cells[x]]
        distances = np.linalg.norm(above, axis=-1)
        heights = np.einsum("yzi,yzi->yz", above, normals[cells[x]])
        is_beside = (distances > _FRINGE_M) & (np.abs(heights) < _STEEPEST * distances)
        cells[x][is_beside | ((distances > REACH_M) & (heights > 0))] = -1
    return cells, origin
