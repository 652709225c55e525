"""Triangle surfaces whose vertices are sparse linear combinations of MakeHuman vertices.

Every step (subdivision, cutting) acts on these rows, so whatever moves MakeHuman's vertices,
identity targets and face units alike, carries over exactly: positions = matrix @ vertices.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthetic_capture.mesh.arrays import Float, Int

Row: TypeAlias = dict[int, float]
"""Weights by MakeHuman vertex; they sum to 1."""


@dataclass
class Surface:
    """Triangles under construction.

    Args:
        rows: one for each vertex.
        triangles: vertex ids.
        uvs: [3, 2] for each triangle.
        labels: part name of each triangle.
    """

    rows: list[Row] = field(default_factory=list)
    triangles: list[tuple[int, int, int]] = field(default_factory=list)
    uvs: list[Float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def add_vertex(self, row: Row) -> int:
        """Append a vertex; gives its id."""
        self.rows.append(row)
        return len(self.rows) - 1

    def add_fan(self, polygon: list[tuple[int, Float]], label: str) -> None:
        """Append a convex polygon of (vertex id, uv [2]) as triangles about its first corner."""
        for k in range(1, len(polygon) - 1):
            corners = (polygon[0], polygon[k], polygon[k + 1])
            self.triangles.append((corners[0][0], corners[1][0], corners[2][0]))
            self.uvs.append(np.array([uv for _, uv in corners]))
            self.labels.append(label)

    def positions(self, vertices: Float) -> Float:
        """[V, 3] for MakeHuman vertices [M, 3]."""
        positions: Float = sparse_matrix(self.rows, len(vertices)) @ vertices
        return positions

    def compact(self) -> Surface:
        """The same without vertices that no triangle uses."""
        used = np.unique(self.triangles)
        new_id = {int(old): new for new, old in enumerate(used)}
        triangles = [(new_id[a], new_id[b], new_id[c]) for a, b, c in self.triangles]
        return Surface([self.rows[i] for i in used], triangles, self.uvs, self.labels)


def blend(terms: Iterable[tuple[float, Row]]) -> Row:
    """Weighted sum of rows."""
    total: Row = defaultdict(float)
    for weight, row in terms:
        for column, value in row.items():
            total[column] += weight * value
    return dict(total)


def mean_row(vertices: Iterable[int]) -> Row:
    """The row half way between MakeHuman vertices."""
    ids = list(vertices)
    return blend((1 / len(ids), {i: 1.0}) for i in ids)


def sparse_matrix(rows: list[Row], columns: int) -> sparse.csr_matrix:
    """[len(rows), columns] weights."""
    row = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    column = np.fromiter((c for r in rows for c in r), int)
    value = np.fromiter((v for r in rows for v in r.values()), float)
    return sparse.csr_matrix((value, (row, column)), (len(rows), columns))


def affine_rows(points: Float, anchors: Float, ids: Int) -> list[Row]:
    """Rows that carry points with the least-squares affine map of some MakeHuman vertices.

    Args:
        points: [N, 3] in the base mesh.
        anchors: [M, 3] base positions of the MakeHuman vertices `ids` [M].
        ids: the vertices that lead.
    """
    homogeneous = np.c_[points, np.ones(len(points))]
    weights = homogeneous @ np.linalg.pinv(np.c_[anchors, np.ones(len(anchors))])
    return [dict(zip(ids.tolist(), row.tolist(), strict=True)) for row in weights]
