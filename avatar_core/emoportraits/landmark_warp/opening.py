"""What shows between lids and lips: a patch of surface behind each opening, and its soft edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.strips import strip_triangles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Int32
    from avatar_core.geometry.shapes import Float64

_SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
_DOWN_IN_PICTURE = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """An opening in the skin between two chains of landmarks that share their ends.

    Args:
        upper: [C] landmarks along the upper edge, from the person's right.
        lower: [C] along the lower edge.
    """

    upper: Int32
    lower: Int32

    @property
    def patch_size(self) -> int:
        """How many vertices `patch` gives."""
        return len(self.upper) * (len(_SHARES) + 2)

    @property
    def patch_shares(self) -> Float64:
        """[P] how far each vertex of `patch` is on the way from the upper to the lower edge."""
        return np.repeat(np.concatenate([[0.0], _SHARES, [1.0]]), len(self.upper))

    @property
    def ring(self) -> Int32:
        """[R] landmarks once around: along the upper edge and back along the lower."""
        ring: Int32 = np.concatenate([self.upper, self.lower[-2:0:-1]])
        return ring

    def patch(self, points: Float64, overlap: float) -> Float64:
        """[P, 3] rows of vertices from the upper to the lower edge and a little beyond.

        Args:
            points: [478, 3] landmarks before the camera.
            overlap: how far it reaches beyond the edges, in the same unit.
        """
        upper, lower = points[self.upper], points[self.lower]
        rows = [upper + share * (lower - upper) for share in _SHARES]
        down = overlap * _across(upper[-1] - upper[0])
        return np.concatenate([upper - down, *rows, lower + down])

    def patch_triangles(self, first: int) -> Int32:
        """[F, 3] over the vertices of `patch`, the first of which is numbered `first`."""
        return strip_triangles(first + np.arange(self.patch_size).reshape(-1, len(self.upper)))

    def edge(self, points: Float64, width: float) -> Float64:
        """[R, 3] the ring moved into the opening by a width, at most to where both edges meet."""
        upper, lower = points[self.upper], points[self.lower]
        gap = lower - upper
        length = np.linalg.norm(gap, axis=1, keepdims=True)
        inward = gap * np.minimum(width / np.maximum(length, 1e-9), 0.5)
        return np.concatenate([upper + inward, (lower - inward)[-2:0:-1]])

    def edge_triangles(self, first: int) -> Int32:
        """[F, 3] between the ring and the vertices of `edge`, numbered from `first` on."""
        ring = self.ring
        edge = first + np.arange(len(ring))
        both = np.stack([ring, edge])
        return strip_triangles(np.concatenate([both, both[:, :1]], axis=1))

    def covering(self, triangles: Int32) -> NDArray[np.bool_]:
        """[F] which triangles lie within the opening."""
        return np.asarray(np.isin(triangles, self.ring).all(axis=1), np.bool_)


def _across(along: Float64) -> Float64:
    """Unit vector in the picture at right angles to a line from the person's right to the left."""
    down = np.array([along[1], -along[0], 0.0])
    length = float(np.linalg.norm(down))
    return down / length if length > 1e-6 else _DOWN_IN_PICTURE
