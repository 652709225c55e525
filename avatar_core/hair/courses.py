"""Courses: the way that each Gaussian's own strand takes, from its root to beyond its tip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.canvas import HairCanvas

COLUMNS = 1024
"""Columns across a guide, in each direction."""

_SMALL = 1e-9

_LAST_PART = 5
"""The last fifth of a guide tells which way its strands go on."""


class Courses:
    """Strands through the Gaussians of a canvas as it is now, beside the guides they follow most.

    A strand runs beside its guide at a distance that turns with it. Distances along it are told
    along the guide, from the root on, metres; beyond the tip it goes on straight.

    Args:
        canvas: hair with strands.

    Raises:
        AssetError: its strands are not known.
    """

    def __init__(self, canvas: HairCanvas) -> None:
        strands = canvas.strands
        if strands is None:
            raise AssetError(
                "The strands of this hair are not known yet.", "Wait until they have been found."
            )
        self._canvas = canvas
        offsets = canvas.edited.offsets[strands.node_rows]
        self.nodes: Float32 = strands.guides + offsets.mean(axis=2)
        """[G, K, 3] of the guides, where the Gaussians around them are by now."""
        last = max(self.nodes.shape[1] // _LAST_PART, 1)
        self.ends: Float32 = _unit(self.nodes[:, -1] - self.nodes[:, -1 - last])
        """[G, 3] unit vectors in which guides go on beyond their tips."""
        self.node_tangents, self._normals = _carried_frames(self.nodes)
        """[G, K, 3] unit vectors towards the tips, and others across that turn with the guides."""
        steps = np.linalg.norm(np.diff(self.nodes, axis=1), axis=2)
        self.node_arcs_m: Float32 = np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
        """[G, K] distances of the nodes from the root."""
        most = strands.shares.argmax(axis=1)[:, None]
        self.guides: Int32 = np.take_along_axis(strands.guide_ids, most, 1)[:, 0]
        """[M] the guide that each Gaussian follows most."""
        self._places = np.take_along_axis(strands.places, most, 1)[:, 0]

    def arcs_m(self, rows: Int32) -> Float32:
        """[n] how far from the root Gaussians lie along their strands."""
        return self.arcs_at(self.guides[rows], self._places[rows])

    def arcs_at(self, guides: Int32, places: Float32) -> Float32:
        """[n] how far from the root places [n], 0 .. K - 1, on guides [n] are."""
        segment = np.floor(places).clip(0, max(self.node_arcs_m.shape[1] - 2, 0)).astype(np.int32)
        return _between(self.node_arcs_m, guides, segment, (places - segment).clip(0, 1))

    def guide_points(self, guides: Int32, arcs_m: Float32) -> Float32:
        """[n, 3] places on guides [n], at distances [n] from the root."""
        segment, t = self._segments(guides, arcs_m)
        points = _between(self.nodes, guides, segment, t)
        beyond = np.maximum(arcs_m - self.node_arcs_m[guides, -1], 0)[:, None]
        points += beyond * self.ends[guides]
        points += np.minimum(arcs_m, 0)[:, None] * self.node_tangents[guides, 0]
        return points

    def most(self, rows: Int32, values: Float32) -> Float32:
        """[G] the largest of values [n] of the Gaussians that follow each guide most; 0 if none."""
        largest = np.zeros(len(self.nodes), np.float32)
        np.maximum.at(largest, self.guides[rows], values)
        return largest

    def offsets(self, rows: Int32) -> Float32:
        """[n, 3] from the guide to Gaussians: along it, and in two directions across."""
        points, frames = self._along(self.guides[rows], self.arcs_m(rows))
        offsets: Float32 = np.einsum("nji,nj->ni", frames, self._canvas.means[rows] - points)
        return offsets

    def columns(self, rows: Int32, width_m: float) -> NDArray[np.int64]:
        """[n] numbers of the columns beside their guides in which the strands of Gaussians run.

        Columns of one guide are so wide; the numbers of neighbours differ by 1 or `COLUMNS`.
        """
        across = np.floor(self.offsets(rows)[:, 1:] / np.float32(width_m)).astype(np.int64)
        across = (across + COLUMNS // 2).clip(1, COLUMNS - 2)
        numbers: NDArray[np.int64] = self.guides[rows] * COLUMNS**2 + across @ [COLUMNS, 1]
        return numbers

    def points(self, rows: Int32, arcs_m: Float32) -> tuple[Float32, Float32]:
        """Places on the strands of Gaussians.

        Args:
            rows: [n].
            arcs_m: [n] distances from the root.

        Returns:
            [n, 3] the places and [n, 3, 3] the axes there as columns: along, and two across.
        """
        points, frames = self._along(self.guides[rows], arcs_m)
        return points + np.einsum("nij,nj->ni", frames, self.offsets(rows)), frames

    def heights_over(self, rows: Int32, point: Float32, normal: Float32) -> tuple[Float32, Float32]:
        """How far the strands of Gaussians lie beyond a plane, node by node.

        Returns:
            [n, K] metres beyond it, and [n, K] the distances from the root these are at.
        """
        guides = self.guides[rows]
        axes = np.stack([self.node_tangents, self._normals, self._crosses()], -2) @ normal
        along_guides = (self.nodes - point) @ normal
        heights = along_guides[guides] + np.einsum("nki,ni->nk", axes[guides], self.offsets(rows))
        return heights, self.node_arcs_m[guides]

    def _along(self, guides: Int32, arcs_m: Float32) -> tuple[Float32, Float32]:
        """Points [n, 3] of guides and the axes there [n, 3, 3], at distances from the root."""
        segment, t = self._segments(guides, arcs_m)
        along = _unit(_between(self.node_tangents, guides, segment, t))
        across = _between(self._normals, guides, segment, t)
        across = _unit(across - (across * along).sum(1, keepdims=True) * along)
        frames = np.stack([along, across, np.cross(along, across)], -1)
        return self.guide_points(guides, arcs_m), frames

    def _segments(self, guides: Int32, arcs_m: Float32) -> tuple[Int32, Float32]:
        """[n] the nodes before places on guides, and how far on to the next, 0..1."""
        inner = self.node_arcs_m[:, 1:-1]
        segment = (inner[guides] <= arcs_m[:, None]).sum(axis=1, dtype=np.int32)
        start = self.node_arcs_m[guides, segment]
        end = self.node_arcs_m[guides, np.minimum(segment + 1, self.nodes.shape[1] - 1)]
        t: Float32 = ((arcs_m - start) / np.maximum(end - start, _SMALL)).clip(0, 1)
        return segment, t.astype(np.float32)

    def _crosses(self) -> Float32:
        return np.cross(self.node_tangents, self._normals)


def _carried_frames(nodes: Float32) -> tuple[Float32, Float32]:
    """Unit tangents and normals [G, K, 3] that turn no more than the guides bend."""
    tangents = _unit(np.gradient(nodes, axis=1).astype(np.float32))
    normals = np.empty_like(tangents)
    helper = np.eye(3, dtype=np.float32)[np.abs(tangents[:, 0]).argmin(axis=1)]
    normals[:, 0] = _unit(np.cross(tangents[:, 0], helper))
    for node in range(1, nodes.shape[1]):
        before, along = normals[:, node - 1], tangents[:, node]
        normals[:, node] = _unit(before - (before * along).sum(1, keepdims=True) * along)
    return tangents, normals


def _between(values: Float32, guides: Int32, segment: Int32, t: Float32) -> Float32:
    """Values [G, K, ...] of nodes, taken between node `segment` [n] and the next of guides [n]."""
    one = values[guides, segment]
    other = values[guides, np.minimum(segment + 1, values.shape[1] - 1)]
    t = t.reshape(-1, *[1] * (values.ndim - 2))
    result: Float32 = ((1 - t) * one + t * other).astype(np.float32)
    return result


def _unit(vectors: Float32) -> Float32:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Float32 = (vectors / np.maximum(lengths, _SMALL)).astype(np.float32)
    return unit
