"""Eyes, teeth, gums and tongue as parts whose vertices follow MakeHuman's helpers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.atlas import ISLANDS
from synthetic_capture.head.eyeballs import eyeball
from synthetic_capture.head.teeth import gum_row, tooth_row
from synthetic_capture.mesh.surface import affine_rows
from synthetic_capture.mesh.triangles import vertex_normals

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import BaseMesh
    from synthetic_capture.mesh.arrays import Float, Int
    from synthetic_capture.mesh.surface import Row

_EYE_SHARE = 0.97
"""Radius of the eyeball in radii of the helper eye, so the lids do not cut into it."""


@dataclass(frozen=True)
class Organ:
    """A closed piece: rows of its vertices, triangles [F, 3] and their uvs [F, 3, 2], its label."""

    rows: list[Row]
    triangles: Int
    uvs: Float
    label: str
    is_upper: bool = False


def organs(base: BaseMesh) -> list[Organ]:
    """All of them, in the order of their vertices in the head."""
    eyes = [_eye(base, side, label) for side, label in (("l", "eye_left"), ("r", "eye_right"))]
    mouth = [maker(base, is_upper) for is_upper in (True, False) for maker in (_teeth, _gums)]
    return [*eyes, *mouth, _tongue(base)]


def _eye(base: BaseMesh, side: str, label: str) -> Organ:
    ids = base.eye_vertices(side)
    anchors = base.vertices[ids]
    low, high = anchors.min(0), anchors.max(0)
    points, triangles, uv = eyeball((low + high) / 2, _EYE_SHARE * (high - low)[:2].max() / 2)
    uvs = ISLANDS[label].placed(uv)[triangles]
    return Organ(affine_rows(points, anchors, ids), triangles, uvs, label)


def _teeth(base: BaseMesh, is_upper: bool) -> Organ:
    name = "upper" if is_upper else "lower"
    points, triangles, uv = tooth_row(is_upper)
    uvs = ISLANDS[f"teeth_{name}"].placed(uv)[triangles]
    return Organ(_rows_on_teeth(base, points, name), triangles, uvs, f"teeth_{name}", is_upper)


def _gums(base: BaseMesh, is_upper: bool) -> Organ:
    name = "upper" if is_upper else "lower"
    points, triangles, uv = gum_row(is_upper)
    uvs = ISLANDS[f"gums_{name}"].placed(uv)[triangles]
    return Organ(_rows_on_teeth(base, points, name), triangles, uvs, "gums", is_upper)


def _rows_on_teeth(base: BaseMesh, points: Float, name: str) -> list[Row]:
    ids = base.group_vertices(f"helper-{name}-teeth")
    return affine_rows(points, base.vertices[ids], ids)


def _tongue(base: BaseMesh) -> Organ:
    """MakeHuman's own tongue, seen from above and from below in the atlas."""
    ids = base.group_vertices("helper-tongue")
    polygons = [base.polygons[i] for i in base.group_polygons("helper-tongue")]
    fans = [(p[0], p[k], p[k + 1]) for p in polygons for k in range(1, len(p) - 1)]
    triangles = np.searchsorted(ids, np.array(fans))
    points = base.vertices[ids]
    flat = ((points - points.min(0)) / np.ptp(points, axis=0))[:, [0, 2]]
    is_top = vertex_normals(points, triangles)[triangles].mean(1)[:, 1] > 0
    top, bottom = (ISLANDS[f"tongue_{face}"].placed(flat)[triangles] for face in ("top", "bottom"))
    uvs = np.where(is_top[:, None, None], top, bottom)
    return Organ([{int(v): 1.0} for v in ids], triangles, uvs, "tongue")
