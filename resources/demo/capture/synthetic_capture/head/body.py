"""Skin of head, neck and bust out of MakeHuman's body, with its labels and its garment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.atlas import HIDDEN_ISLANDS, ISLANDS, skin_island
from synthetic_capture.head.regions import above_neckline, hairline, inside_bust, is_ear, jaw_line
from synthetic_capture.mesh.cutting import cut
from synthetic_capture.mesh.subdivision import Polygons, edges_of, subdivided
from synthetic_capture.mesh.surface import blend

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import BaseMesh, MakeHuman
    from synthetic_capture.mesh.arrays import Bool, Float
    from synthetic_capture.mesh.surface import Surface

_LOWEST_Y = 4.2
_WIDEST_X = 2.4
_BUST_TOP_Y = 5.6
_COARSE_EDGE = 0.21
_FINE_EDGE = 0.085
_NEVER = 9.0
"""Longest mean edges (dm) that are not refined: on the bust, on the head, where nothing is seen."""


def body_surface(data: MakeHuman) -> Surface:
    """Skin down to a rounded bust, labelled; the garment is the skin below the neckline.

    The last vertex is the middle of the cap that closes the bust.
    """
    base = data.base_mesh
    points = base.vertices
    chosen = [i for i in base.group_polygons("body") if _is_on_bust(points[base.polygons[i]])]
    corners = [base.polygons[i] for i in chosen]
    uvs = [base.uvs[base.uv_polygons[i]] for i in chosen]
    islands = [skin_island(uv) for uv in uvs]
    polygons = Polygons(
        corners=corners,
        uvs=[ISLANDS[name].placed(uv) for name, uv in zip(islands, uvs, strict=True)],
        labels=_labels(data, corners, uvs, islands),
    )
    surface = subdivided(polygons, _is_refined(base, corners, islands))
    surface = cut(surface, inside_bust(surface.positions(points)), None)
    surface = cut(surface, above_neckline(surface.positions(points)), "garment")
    _close_bust(surface, points)
    return surface


def _is_on_bust(corners: Float) -> bool:
    return bool(corners[:, 1].min() > _LOWEST_Y and np.abs(corners[:, 0]).max() < _WIDEST_X)


def _labels(
    data: MakeHuman, corners: list[list[int]], uvs: list[Float], islands: list[str]
) -> list[str]:
    centres = np.array([data.base_mesh.vertices[polygon].mean(0) for polygon in corners])
    centre_uvs = np.array([uv.mean(0) for uv in uvs])
    y, z = centres[:, 1], centres[:, 2]
    island = np.array(islands)
    is_outside = np.isin(island, ["head", "bust"])
    labels = np.select(
        [
            island == "cavity",
            data.region_mask("lips", centre_uvs) > 0.5,
            (data.region_mask("ears", centre_uvs) > 0.5) | is_ear(centres),
            y > hairline(z),
            (y < jaw_line(z)) & (z < 1.3) & is_outside,
        ],
        ["mouth_inside", "lips", "ear", "scalp", "neck"],
        default="skin",
    )
    names: list[str] = labels.tolist()
    return names


def _is_refined(base: BaseMesh, corners: list[list[int]], islands: list[str]) -> Bool:
    """Whether each polygon is too coarse for its place."""
    centre_y = np.array([base.vertices[polygon].mean(0)[1] for polygon in corners])
    limits = np.where(centre_y < _BUST_TOP_Y, _COARSE_EDGE, _FINE_EDGE)
    limits[np.isin(islands, HIDDEN_ISLANDS)] = _NEVER
    sizes = np.array([_mean_edge(base.vertices, polygon) for polygon in corners])
    return np.asarray(sizes > limits)


def _mean_edge(points: Float, polygon: list[int]) -> float:
    ends = points[np.array(edges_of(polygon))]
    return float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).mean())


def _close_bust(surface: Surface, points: Float) -> None:
    """Add a cone of garment triangles below the bust; all of it shows one uv of its rim."""
    positions = surface.positions(points)
    directed = dict.fromkeys((t[k], t[(k + 1) % 3]) for t in surface.triangles for k in range(3))
    border = [
        edge
        for edge in directed
        if (edge[1], edge[0]) not in directed and inside_bust(positions[list(edge)]).max() < 0.08
    ]
    uv_of = {
        vertex: uv[k]
        for triangle, uv, label in zip(surface.triangles, surface.uvs, surface.labels, strict=True)
        if label == "garment"
        for k, vertex in enumerate(triangle)
    }
    ring = sorted({vertex for edge in border for vertex in edge})
    middle = surface.add_vertex(blend((1 / len(ring), surface.rows[v]) for v in ring))
    for a, b in border:
        surface.triangles.append((b, a, middle))
        surface.uvs.append(np.array([uv_of[b], uv_of[a], uv_of[a]]))
        surface.labels.append("garment")
