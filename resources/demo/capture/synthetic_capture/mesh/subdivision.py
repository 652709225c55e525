"""One Catmull-Clark step, kept fine only where asked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from synthetic_capture.mesh.surface import Surface, blend, mean_row

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Bool, Float
    from synthetic_capture.mesh.surface import Row

Edge: TypeAlias = tuple[int, int]
Corner: TypeAlias = tuple[int, "Float"]


@dataclass(frozen=True)
class Polygons:
    """A manifold patch, with or without border.

    Args:
        corners: MakeHuman vertex ids of each polygon, counter-clockwise.
        uvs: [n, 2] for each polygon, of its corners.
        labels: part name of each polygon.
    """

    corners: list[list[int]]
    uvs: list[Float]
    labels: list[str]


def subdivided(polygons: Polygons, is_refined: Bool) -> Surface:
    """A smooth surface; where `is_refined` [P] is set, with one quadrangle for each corner.

    Other polygons only move their corners. One beside a fine one becomes a fan, so no cracks open.

    Source:
        Catmull and Clark 1978, Recursively generated B-spline surfaces on arbitrary topological
        meshes; border vertices stay where they are.
    """
    return _Subdivision(polygons, is_refined).result()


def edges_of(polygon: list[int]) -> list[Edge]:
    """The polygon's edges as (lower id, higher id), starting at its first corner."""
    loop = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return [(min(a, b), max(a, b)) for a, b in loop]


class _Subdivision:
    def __init__(self, polygons: Polygons, is_refined: Bool) -> None:
        self._polygons = polygons
        self._is_refined = is_refined
        self._faces_of_edge: defaultdict[Edge, list[int]] = defaultdict(list)
        self._faces_of_vertex: defaultdict[int, list[int]] = defaultdict(list)
        self._edges_of_vertex: defaultdict[int, set[Edge]] = defaultdict(set)
        for i, polygon in enumerate(polygons.corners):
            for vertex, edge in zip(polygon, edges_of(polygon), strict=True):
                self._faces_of_edge[edge].append(i)
                self._faces_of_vertex[vertex].append(i)
                for end in edge:
                    self._edges_of_vertex[end].add(edge)
        self._centres = [mean_row(polygon) for polygon in polygons.corners]
        self._out = Surface()
        self._moved: dict[int, int] = {}
        self._middles: dict[Edge, int] = {}

    def result(self) -> Surface:
        border = {v for e, faces in self._faces_of_edge.items() if len(faces) == 1 for v in e}
        for vertex in self._faces_of_vertex:
            row = {vertex: 1.0} if vertex in border else self._moved_row(vertex)
            self._moved[vertex] = self._out.add_vertex(row)
        # The order of this set numbers the vertices: a list would renumber every head made so far.
        split = {
            edge
            for edge, faces in self._faces_of_edge.items()
            if any(self._is_refined[f] for f in faces)
        }
        for edge in split:
            self._middles[edge] = self._out.add_vertex(self._middle_row(edge))
        for i in range(len(self._polygons.corners)):
            for face in self._pieces(i):
                self._out.add_fan(face, self._polygons.labels[i])
        return self._out

    def _moved_row(self, vertex: int) -> Row:
        """Where an inner vertex goes: (mean centre + 2 mean edge middle + (n - 3) itself) / n."""
        faces = self._faces_of_vertex[vertex]
        n = len(faces)
        middles = blend((1 / n, mean_row(edge)) for edge in self._edges_of_vertex[vertex])
        ring = blend((1 / n, self._centres[face]) for face in faces)
        return blend(((1 / n, ring), (2 / n, middles), ((n - 3) / n, {vertex: 1.0})))

    def _middle_row(self, edge: Edge) -> Row:
        """The mean of an edge's ends and, off the border, of the centres beside it."""
        rows = [{vertex: 1.0} for vertex in edge]
        faces = self._faces_of_edge[edge]
        if len(faces) == 2:
            rows += [self._centres[face] for face in faces]
        return blend((1 / len(rows), row) for row in rows)

    def _pieces(self, index: int) -> list[list[Corner]]:
        """The polygons a polygon becomes: itself, four-sided ones, or a fan."""
        loop = self._loop(index)
        if len(loop) == len(self._polygons.corners[index]):
            return [loop]
        n = len(loop)
        hub = (
            self._out.add_vertex(self._centres[index]),
            np.mean(self._polygons.uvs[index], axis=0),
        )
        if self._is_refined[index]:
            return [[hub, loop[k - 1], loop[k], loop[k + 1]] for k in range(0, n, 2)]
        return [[hub, loop[k], loop[(k + 1) % n]] for k in range(n)]

    def _loop(self, index: int) -> list[Corner]:
        """(vertex, uv) around the polygon, middles of split edges included."""
        polygon, uvs = self._polygons.corners[index], self._polygons.uvs[index]
        loop = []
        for k, edge in enumerate(edges_of(polygon)):
            loop.append((self._moved[polygon[k]], uvs[k]))
            if edge in self._middles:
                halfway = (uvs[k] + uvs[(k + 1) % len(uvs)]) / 2
                loop.append((self._middles[edge], halfway))
        return loop
