"""WarpLayout: how the vertices of a warped photograph are numbered, the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import (
    LIDS_LOWER,
    LIDS_UPPER,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.emoportraits.landmark_warp.lids import Lids
from avatar_core.emoportraits.landmark_warp.opening import Opening
from avatar_core.emoportraits.landmark_warp.surroundings import Surroundings

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.geometry.shapes import Float64

EYES = tuple(
    Opening(upper.astype(np.int32), lower.astype(np.int32))
    for upper, lower in zip(LIDS_UPPER, LIDS_LOWER, strict=True)
)
"""The openings of the (left, right) eye."""

MOUTH = Opening(LIPS_UPPER.astype(np.int32), LIPS_LOWER.astype(np.int32))
"""The opening between the lips."""

OPENINGS = (*EYES, MOUTH)
"""In the order of `WarpMesh.layers`, from 1 on."""


@dataclass(frozen=True, slots=True, eq=False)
class WarpLayout:
    """Vertices: landmarks, patches behind openings, soft edges, rows of lids, surroundings.

    Args:
        layers: [V] as `WarpMesh.layers`.
        cover: [V] as `WarpMesh.cover`.
        patches: vertices behind the openings.
        mouth: those of them behind the lips.
        lip_edge: the soft edge of the lower lip, from the person's left.
        rings: [R] landmarks around the openings.
        inside: [F, 3] triangles of the patches.
        edges: [F, 3] triangles of the soft edges.
        skin: [F, 3] all others; those of the lids come last.
        lids: rows of `skin` that are the (left, right) upper lid.
    """

    layers: UInt8
    cover: Float32
    patches: slice
    mouth: slice
    lip_edge: slice
    rings: Int32
    inside: Int32
    edges: Int32
    skin: Int32
    lids: tuple[slice, slice]

    def drawn(self, depths: Float64, lids_nearer: Float64, *, soft: bool) -> Int32:
        """[F, 3] all triangles in the order of drawing: what is inside first, then by depth.

        Args:
            depths: [V] pixels, away from the viewer.
            lids_nearer: [2] how much nearer each upper lid is taken to be: a closed one lies on
                the lower lid.
            soft: whether lids and lips have soft edges.
        """
        depth = depths[self.skin].mean(1)
        for rows, nearer in zip(self.lids, lids_nearer, strict=True):
            depth[rows] -= nearer
        order = np.argsort(-depth, kind="stable")
        edges = self.edges if soft else np.zeros_like(self.edges)
        return np.concatenate([self.inside, edges, self.skin[order]])


@cache
def warp_layout() -> WarpLayout:
    """The layout of every warped photograph."""
    motion = load_face_motion()
    landmarks = len(motion.neutral)
    skin = motion.triangles
    inside, edges, layers = [], [], [np.zeros(landmarks, np.uint8)]
    first = landmarks
    for layer, opening in enumerate(OPENINGS, start=1):
        inside.append(opening.patch_triangles(first))
        layers.append(np.full(opening.patch_size, layer, np.uint8))
        first += opening.patch_size
        skin = skin[~opening.covering(skin)]
    soft = first
    for opening in OPENINGS:
        edges.append(opening.edge_triangles(first))
        first += len(opening.ring)
    lids = Lids.triangles(first)
    around = Surroundings.triangles(first + Lids.row_size)
    count = first + Lids.row_size + Surroundings.size
    cover = np.ones(count, np.float32)
    cover[soft:first] = 0
    half = len(lids) // 2
    return WarpLayout(
        layers=np.concatenate([*layers, np.zeros(count - soft, np.uint8)]),
        cover=cover,
        patches=slice(landmarks, soft),
        mouth=slice(soft - MOUTH.patch_size, soft),
        lip_edge=slice(first - len(LIPS_LOWER) + 2, first),
        rings=np.concatenate([opening.ring for opening in OPENINGS]),
        inside=np.concatenate(inside),
        edges=np.concatenate(edges),
        skin=np.concatenate([around, skin[~Lids.replaced(skin)], lids]),
        lids=(slice(-2 * half, -half), slice(-half, None)),
    )
