"""FaceAtlas: what painting needs to know of an avatar, worked out in the background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.mega.diffuse import diffuse_look
from avatar_core.mega.plain import neutral_vertices
from avatar_core.texture.bare import bare_face, composed

if TYPE_CHECKING:
    from app.workers.tasks import TaskContext
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.project import AvatarAsset, BakedPaint, Painting
    from avatar_core.texture.atlas import AtlasMap
    from avatar_core.texture.bleed import SeamBleed
    from avatar_core.texture.composite import Compositor
    from avatar_core.texture.symmetry import MirrorMap

PATIENCE_S = 15.0
"""How long the window waits for a step of background work when it closes."""

_COMPILED = (
    "avatar_core.hair.picking_kernels",
    "avatar_core.texture.stamp_kernels",
    "avatar_core.texture.surface_kernels",
    "avatar_core.texture.scattered_kernels",
    "avatar_core.raster.mesh_kernels",
)
_MOST_LINES_SIDE = 2048
_INNER, _RIM = 70, 230
_DIMMED = 4


@dataclass(frozen=True, slots=True, eq=False)
class FaceAtlas:
    """What brushes and the picture of a painting stand on.

    Args:
        bare: the avatar it is of.
        cloned: skin that was copied on it.
        asset: the avatar with that skin.
        map: which triangle each texel belongs to.
        mirror: the other side of the face.
        bleed: texels beyond the rims of charts.
        base: [S, S, 3] display RGB of the bare face.
        shown: the same, dark where there is no skin.
        compositor: the layers over it, up to date with the painting that was told.
        lines: [L, L] how much the edges of triangles cover a picture of the atlas.
        densities: [F] how dense texels lie on each triangle, per metre.
    """

    bare: AvatarAsset
    cloned: BakedPaint | None
    asset: AvatarAsset
    map: AtlasMap
    mirror: MirrorMap
    bleed: SeamBleed
    base: UInt8
    shown: UInt8
    compositor: Compositor
    lines: UInt8
    densities: Float32

    @property
    def size(self) -> int:
        return self.map.size


def face_atlas(bare: AvatarAsset, painting: Painting, task: TaskContext) -> FaceAtlas:
    """Find out all of it.

    Args:
        bare: the avatar, without any paint.
        painting: its paint, and skin that was copied on it.
        task: hears of the progress and may stop it.
    """
    from avatar_core.mega.cloned_skin import skin_of
    from avatar_core.texture.atlas import AtlasMap
    from avatar_core.texture.bleed import SeamBleed
    from avatar_core.texture.symmetry import MirrorMap

    topology, vertices, size = bare.head.topology, neutral_vertices(bare), painting.size
    task.step(0.0, "Looking at the atlas")
    atlas = AtlasMap.of(topology, size, vertices)
    task.step(0.4, "Finding the other side of the face")
    mirror = MirrorMap.of(topology, vertices)
    task.step(0.6, "Laying out seams")
    bleed = SeamBleed(atlas.bleed_texels, atlas.bleed_sources, size)
    task.step(0.7, "Drawing the triangles")
    lines = atlas_lines(atlas)
    task.step(0.8, "Getting the brushes ready")
    _compile_brushes()
    task.step(0.85, "Laying paint over the face")
    asset = skin_of(bare, painting)
    base = bare_face(diffuse_look(asset, size), size)
    shown = np.where(atlas.owners[..., None] < 0, base // _DIMMED, base).astype(np.uint8)
    return FaceAtlas(
        bare=bare,
        cloned=painting.cloned,
        asset=asset,
        map=atlas,
        mirror=mirror,
        bleed=bleed,
        base=base,
        shown=shown,
        compositor=composed(asset, base, painting),
        lines=lines,
        densities=atlas.texels_per_m(vertices),
    )


def _compile_brushes() -> None:
    """Import the compiled loops that strokes need: each is ready once its module is."""
    for name in _COMPILED:
        import_module(name)


def painted_face(atlas: FaceAtlas, painting: Painting) -> UInt8:
    """[S, S, 3] display RGB of the face with all of its paint, baked or not."""
    paint = composed(atlas.asset, atlas.base, replace(painting, baked=None)).maps.colour
    left_over = (255 - paint[..., 3:]).astype(np.uint16)
    seen = paint[..., :3] + (left_over * atlas.base + 127) // 255
    return np.minimum(seen, 255).astype(np.uint8)


def atlas_lines(atlas: AtlasMap) -> UInt8:
    """[L, L] the edges of all triangles, and the rims of charts stronger."""
    import cv2

    side = min(atlas.size, _MOST_LINES_SIDE)
    corners = (atlas.corners + 0.5) * (side / atlas.size) - 0.5
    starts = corners.reshape(-1, 2)
    ends = corners[:, [1, 2, 0]].reshape(-1, 2)
    keys = np.sort(np.round(np.stack([starts, ends], 1) * 8).astype(np.int64), axis=1)
    flat = keys.reshape(-1, 4)
    _, rows, counts = np.unique(flat, axis=0, return_index=True, return_counts=True)
    lines = np.zeros((side, side), np.uint8)
    shift = 4
    whole = np.round(np.stack([starts, ends], 1) * (1 << shift)).astype(np.int32)
    for chosen, strength in ((rows[counts > 1], _INNER), (rows[counts == 1], _RIM)):
        cv2.polylines(lines, list(whole[chosen]), False, strength, 1, cv2.LINE_AA, shift)
    return lines
