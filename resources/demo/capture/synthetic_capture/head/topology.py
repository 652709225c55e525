"""What all identities share: vertices as sparse sums of MakeHuman's, faces, atlas and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.body import body_surface
from synthetic_capture.head.organs import organs
from synthetic_capture.head.regions import PARTS
from synthetic_capture.mesh.surface import sparse_matrix

if TYPE_CHECKING:
    from scipy import sparse

    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.mesh.arrays import Bool, Float, Int, Names
    from synthetic_capture.mesh.surface import Surface


@dataclass(frozen=True)
class Topology:
    """The head without a shape.

    Args:
        weights: [V, M] sparse; times MakeHuman vertices [M, 3] gives the head's.
        faces: [F, 3], counter-clockwise from outside.
        uv_corners: [F, 3, 2] atlas coordinates.
        labels: [F] part of each face.
        part_of_vertex: [V] part each vertex belongs to.
        is_cloth: [V] the garment but for the inner rim of its collar, which stays on the skin.
        is_upper_gum: [V].
        cap_centre: the vertex in the middle of the cap that closes the bust.
        base_points: [V, 3] dm on the unmodified base mesh, for procedural patterns.
    """

    weights: sparse.csr_matrix
    faces: Int
    uv_corners: Float
    labels: Names
    part_of_vertex: Names
    is_cloth: Bool
    is_upper_gum: Bool
    cap_centre: int
    base_points: Float

    def faces_of(self, *parts: str) -> Int:
        """[K, 3] faces with one of these labels."""
        return self.faces[np.isin(self.labels, parts)]


def build_topology(data: MakeHuman) -> Topology:
    """Merge skin, garment, eyes, teeth, gums and tongue."""
    surface = body_surface(data)
    cap_centre = len(surface.rows) - 1
    cloth = _detach_garment(surface)
    upper_gums: list[int] = []
    for organ in organs(data.base_mesh):
        start = len(surface.rows)
        surface.rows += organ.rows
        surface.triangles += [(a, b, c) for a, b, c in (organ.triangles + start).tolist()]
        surface.uvs += list(organ.uvs)
        surface.labels += [organ.label] * len(organ.triangles)
        if organ.label == "gums" and organ.is_upper:
            upper_gums += range(start, len(surface.rows))
    base = data.base_mesh.vertices
    faces, labels = np.array(surface.triangles), np.array(surface.labels)
    weights = sparse_matrix(surface.rows, len(base))
    return Topology(
        weights=weights,
        faces=faces,
        uv_corners=np.array(surface.uvs),
        labels=labels,
        part_of_vertex=_part_of_vertex(faces, labels, len(surface.rows)),
        is_cloth=_marked(cloth, len(surface.rows)),
        is_upper_gum=_marked(upper_gums, len(surface.rows)),
        cap_centre=cap_centre,
        base_points=weights @ base,
    )


def _detach_garment(surface: Surface) -> list[int]:
    """Double the vertices along the neckline and close the gap with a strip, the collar's edge.

    Returns:
        The vertices of the garment without that strip.
    """
    cloth = [i for i, label in enumerate(surface.labels) if label == "garment"]
    skin = [i for i, label in enumerate(surface.labels) if label != "garment"]
    vertices_of_cloth = {v for i in cloth for v in surface.triangles[i]}
    shared = sorted({v for i in skin for v in surface.triangles[i]} & vertices_of_cloth)
    double = {vertex: surface.add_vertex(surface.rows[vertex]) for vertex in shared}
    rim = {
        edge
        for i in skin
        for edge in _directed_edges(surface.triangles[i])
        if edge[0] in double and edge[1] in double
    }
    for i in cloth:
        triangle, uv = surface.triangles[i], surface.uvs[i]
        for k, (a, b) in enumerate(_directed_edges(triangle)):
            if (b, a) in rim:
                uv_a, uv_b = uv[k], uv[(k + 1) % 3]
                surface.triangles += [(double[b], double[a], a), (double[b], a, b)]
                surface.uvs += [np.array([uv_b, uv_a, uv_a]), np.array([uv_b, uv_a, uv_b])]
                surface.labels += ["garment", "garment"]
        a, b, c = (double.get(v, v) for v in triangle)
        surface.triangles[i] = (a, b, c)
    return sorted({v for i in cloth for v in surface.triangles[i]})


def _directed_edges(triangle: tuple[int, int, int]) -> list[tuple[int, int]]:
    a, b, c = triangle
    return [(a, b), (b, c), (c, a)]


def _part_of_vertex(faces: Int, labels: Names, count: int) -> Names:
    """Where parts meet, the later one of `PARTS` owns the vertex."""
    owner = np.full(count, "skin", dtype="<U16")
    for part in PARTS:
        owner[np.unique(faces[labels == part])] = part
    return owner


def _marked(ids: list[int], count: int) -> Bool:
    marks = np.zeros(count, bool)
    marks[ids] = True
    return marks
