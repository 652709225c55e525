"""Which triangle each texel of the atlas shows, and what is known there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from synthetic_capture.head.atlas import HEAD_BOTTOM, ISLANDS
from synthetic_capture.head.regions import PARTS

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.head.topology import Topology
    from synthetic_capture.mesh.arrays import Bool, Float, Float32, Int, Int32


@dataclass(frozen=True)
class Texels:
    """The N texels that the head uses.

    Args:
        is_used: [S, S], bottom row first.
        atlas: [N, 2] their centres, 0..1.
        part: [N] index into `PARTS`.
        points: [N, 3] their places on the base mesh, dm.
        lips, ears: [N] how far they belong to these regions, 0..1.
    """

    is_used: Bool
    atlas: Float
    part: Int
    points: Float
    lips: Float32
    ears: Float32

    def of(self, part: str) -> Bool:
        """[N] whether they belong to a part."""
        return np.asarray(self.part == PARTS.index(part))


def texels(data: MakeHuman, topology: Topology, size_px: int) -> Texels:
    """The texels of an atlas of size_px x size_px."""
    face, barycentrics = atlas_faces(topology.uv_corners, size_px)
    is_used = face >= 0
    used_face = face[is_used]
    row, column = np.nonzero(is_used)
    atlas = np.stack([(column + 0.5) / size_px, (row + 0.5) / size_px], 1)
    corners = topology.base_points[topology.faces[used_face]]
    part = np.array([PARTS.index(label) for label in topology.labels])[used_face]
    is_cavity = part == PARTS.index("mouth_inside")
    is_head = atlas[:, 1] > HEAD_BOTTOM
    uv = ISLANDS["head"].own(atlas)
    uv[is_cavity] = ISLANDS["cavity"].own(atlas[is_cavity])
    return Texels(
        is_used=is_used,
        atlas=atlas,
        part=part,
        points=np.einsum("nk,nkc->nc", barycentrics[is_used], corners),
        lips=np.where(is_head | is_cavity, data.region_mask("lips", uv), 0),
        ears=np.where(is_head, data.region_mask("ears", uv), 0),
    )


def atlas_faces(uv_corners: Float, size_px: int) -> tuple[Int32, Float]:
    """Triangles drawn into the atlas, later ones over earlier ones.

    Args:
        uv_corners: [F, 3, 2], 0..1.
        size_px: side of the atlas.

    Returns:
        Face ids [S, S], -1 where there is none, and barycentric weights [S, S, 3]; row 0 is the
        bottom, v = 0.
    """
    face = np.full((size_px, size_px), -1, np.int32)
    barycentrics = np.zeros((size_px, size_px, 3))
    _fill(uv_corners * size_px, face, barycentrics)
    return face, barycentrics


@numba.njit
def _fill(corners: Any, face: Any, barycentrics: Any) -> None:
    size = face.shape[0]
    for f in range(corners.shape[0]):
        ax, ay = corners[f, 0, 0], corners[f, 0, 1]
        bx, by = corners[f, 1, 0], corners[f, 1, 1]
        cx, cy = corners[f, 2, 0], corners[f, 2, 1]
        area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, int(min(ax, bx, cx)) - 1), min(size - 1, int(max(ax, bx, cx)) + 1)
        low, high = max(0, int(min(ay, by, cy)) - 1), min(size - 1, int(max(ay, by, cy)) + 1)
        for y in range(low, high + 1):
            for x in range(left, right + 1):
                u = ((by - cy) * (x + 0.5 - cx) + (cx - bx) * (y + 0.5 - cy)) / area
                v = ((cy - ay) * (x + 0.5 - cx) + (ax - cx) * (y + 0.5 - cy)) / area
                if u >= -1e-6 and v >= -1e-6 and u + v <= 1 + 1e-6:
                    face[y, x] = f
                    barycentrics[y, x, 0] = u
                    barycentrics[y, x, 1] = v
                    barycentrics[y, x, 2] = 1 - u - v
