"""Stamp: the texels under a brush at one moment, in the picture or on the posed head."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.texture.tip import Tip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.atlas import AtlasMap

_FADE_RAD = 0.35
"""Over so much of an angle paint fades out towards what is turned away."""

_DEPTH, _BALL_DEPTH = 3.0, 1.5
"""How far along the view a projected brush and a ball reach to and fro, radii."""

_LEAST = 1.0 / 1024
"""Weights below it leave nothing."""


class Stamp(NamedTuple):
    """What lies under a brush.

    Args:
        texels: [n] each once, row * size + column.
        weights: [n] 0..1, how far the brush covers each.
        places: [n, 2] where in the brush, -1..1 to its right and up.
        grains: [n] how long each texel is, radii.
    """

    texels: Int32
    weights: Float32
    places: Float32
    grains: Float32

    @property
    def grain(self) -> float:
        """How long texels are on average, radii; 1 where there is none."""
        return float(self.grains.mean()) if len(self.grains) else 1.0

    @property
    def middle(self) -> int | None:
        """The texel in the middle of the brush, None where there is none."""
        if not len(self.texels):
            return None
        return int(self.texels[(self.places**2).sum(axis=1).argmin()])

    def weakened(self, shares: Float32) -> Stamp:
        """With shares [n] of the weights; those that are left with none are dropped."""
        weights = self.weights * shares
        return self._replace(weights=weights).where(weights > 0)

    def where(self, keep: NDArray[np.bool_]) -> Stamp:
        """Only some of them."""
        rows = np.flatnonzero(keep)
        return Stamp(
            self.texels.take(rows), self.weights.take(rows), self.places.take(rows, axis=0),
            self.grains.take(rows),
        )  # fmt: skip


class Guard(Protocol):
    """Who knows what is seen."""

    def sees(self, places: Float32) -> NDArray[np.bool_]:
        """[n] whether places [n, 3] of the posed head are seen."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a surface a brush in space meets.

    Args:
        is_projected: it is seen as a disc and works along the view; else it is a ball.
        is_connected: it stops where the surface does: at the lips, at the eyelids.
        limit_rad: skin that is turned further away from the eye takes nothing; beyond a right
            angle there is no limit.
        guard: keeps paint from what is hidden, or None.
    """

    is_projected: bool = True
    is_connected: bool = True
    limit_rad: float = 1.4
    guard: Guard | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceBrush:
    """A brush in space.

    Args:
        place: [3] its middle, on the surface, metres.
        radius_m: of it.
        view: [3] unit vector from the eye to it.
        up: [3] what points up on the screen.
        tip: what it leaves.
        angle_rad: by which the tip is turned, counter-clockwise as one sees it.
        reach: what it meets.
    """

    place: Float32
    radius_m: float
    view: Float32
    up: Float32 = field(default_factory=lambda: np.array([0, 1, 0], np.float32))
    tip: Tip = field(default_factory=Tip)
    angle_rad: float = 0.0
    reach: Reach = field(default_factory=Reach)

    def __post_init__(self) -> None:
        expect_shapes(place=(self.place, "3"), view=(self.view, "3"), up=(self.up, "3"))


def stamp_in_uv(
    atlas: AtlasMap,
    centre_uv: tuple[float, float],
    radius_texels: float,
    tip: Tip,
    angle_rad: float = 0.0,
) -> Stamp:
    """The texels of charts under a brush in the picture of the atlas.

    Args:
        atlas: of the painting's size.
        centre_uv: middle of the brush; anywhere.
        radius_texels: of the brush; nothing is met at 0 or less.
        tip: what it leaves.
        angle_rad: by which the tip is turned, counter-clockwise.
    """
    if not (radius_texels > 0 and np.isfinite([*centre_uv, radius_texels]).all()):
        return _nothing()
    column, row = centre_uv[0] * atlas.size - 0.5, (1 - centre_uv[1]) * atlas.size - 0.5
    far = radius_texels + 1
    columns, rows = (_run(middle, far, atlas.size) for middle in (column, row))
    texels = (rows[:, None] * atlas.size + columns).ravel()
    within = np.stack(
        np.broadcast_arrays((columns - column)[None, :], (row - rows)[:, None]), axis=-1
    ).reshape(-1, 2)
    away = np.hypot(within[:, 0], within[:, 1])
    is_met = (away <= radius_texels + 0.5) & (atlas.owners.reshape(-1)[texels] >= 0)
    measures = np.empty((int(is_met.sum()), 2), np.float32)
    measures[:, 0], measures[:, 1] = away[is_met] / radius_texels, 1 / radius_texels
    places = np.ascontiguousarray(within[is_met] / radius_texels, np.float32)
    weights = _weights(measures, places, tip, angle_rad)
    stamp = Stamp(texels[is_met].astype(np.int32), weights, places, measures[:, 1])
    return stamp.where(weights > _LEAST)


def stamp_on_surface(
    atlas: AtlasMap, vertices: Float32, brush: SurfaceBrush, *, is_mirrored: bool = False
) -> Stamp:
    """The texels whose place on the posed head lies within a brush, over all seams of charts.

    Args:
        atlas: of the painting's size.
        vertices: [V, 3] posed, metres.
        brush: nothing is met with a radius of 0 or less.
        is_mirrored: the vertices are a mirror image, see `MirrorMap.mirrored`.
    """
    expect_shapes(vertices=(vertices, f"{len(atlas.welded)} 3"))
    return stamp_on_triangles(atlas, vertices, atlas.faces, brush, is_mirrored=is_mirrored)


def stamp_on_triangles(
    atlas: AtlasMap,
    vertices: Float32,
    faces: Int32,
    brush: SurfaceBrush,
    *,
    is_mirrored: bool = False,
) -> Stamp:
    """The same where the triangles of the atlas lie anywhere else.

    Args:
        atlas: of the painting's size.
        vertices: [n, 3].
        faces: [F, 3] corners of each of the atlas's triangles.
        brush: in the space of the vertices.
        is_mirrored: triangles are wound clockwise, seen from outside.
    """
    from avatar_core.texture.stamp_kernels import faces_under, seen_by_brush, texels_under

    radius, reach = float(brush.radius_m), brush.reach
    middle, frame = brush.place.astype(np.float64), brush_frame(brush.view, brush.up)
    if not (radius > 0 and np.isfinite(radius) and np.isfinite(middle).all()):
        return _nothing()
    depth = _DEPTH if reach.is_projected else _BALL_DEPTH
    local = seen_by_brush(np.ascontiguousarray(vertices, np.float32), middle, frame, radius)
    candidates = faces_under(atlas.corners, local, faces, depth)
    texels, places, measures, points = texels_under(
        candidates, atlas.texels, atlas.starts, atlas.size, atlas.corners, local, faces, depth,
        reach.is_projected,
    )  # fmt: skip
    # Right, up and view are a left-handed system, in which normals point inwards.
    cosines = -measures[:, 2] if is_mirrored else measures[:, 2]
    weights = _weights(measures, places, brush.tip, brush.angle_rad)
    weights *= _facing(cosines, reach.limit_rad)
    keep = weights > _LEAST
    if reach.guard is not None:
        seen = middle + radius * points[keep] @ frame
        keep[keep] = reach.guard.sees(seen.astype(np.float32))
    if reach.is_connected and len(texels):
        nearest = int((points**2).sum(axis=1).argmin())
        keep &= _connected(atlas, candidates, texels, nearest)
    return Stamp(texels, weights, places, measures[:, 1]).where(keep)


def brush_frame(view: Float64 | Float32, up: Float64 | Float32) -> Float64:
    """[3, 3] unit rows: a brush's right and up on the screen, and the way one looks.

    Args:
        view: [3] from the eye.
        up: [3] what points up on the screen.
    """
    view = view.astype(np.float64) / max(float(np.linalg.norm(view)), 1e-12)
    right = _cross(view, up)
    if np.linalg.norm(right) < 1e-6:
        right = _cross(view, np.eye(3)[np.abs(view).argmin()])
    right /= np.linalg.norm(right)
    return np.array([right, _cross(right, view), view])


def without(stamp: Stamp, other: Stamp) -> Stamp:
    """What a stamp covers beyond another, so that both together cover as the stronger one.

    A brush and its mirrored twin overlap at the middle of the face.
    """
    order = np.argsort(other.texels, kind="stable")
    rows = np.searchsorted(other.texels, stamp.texels, sorter=order)
    rows = order[np.minimum(rows, max(len(order) - 1, 0))] if len(order) else rows[:0]
    if not len(rows):
        return stamp
    shared = np.where(other.texels[rows] == stamp.texels, other.weights[rows], np.float32(0))
    left = np.maximum(stamp.weights - shared, 0) / np.maximum(1 - shared, np.float32(1e-6))
    weights = left.astype(np.float32)
    return stamp._replace(weights=weights).where(weights > _LEAST)


def _cross(a: Float64, b: Float64 | Float32) -> Float64:
    """[3] of two vectors; `np.cross` takes ten times as long for these."""
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _nothing() -> Stamp:
    none = np.zeros(0, np.float32)
    return Stamp(np.zeros(0, np.int32), none, np.zeros((0, 2), np.float32), none)


def _run(middle: float, far: float, size: int) -> NDArray[np.int64]:
    """The whole numbers 0..size - 1 around a middle."""
    first, last = np.clip([np.ceil(middle - far), np.floor(middle + far) + 1], 0, size)
    return np.arange(int(first), int(last))


def _weights(measures: Float32, places: Float32, tip: Tip, angle_rad: float) -> Float32:
    from avatar_core.texture.stamp_kernels import tip_weights

    image = np.zeros((0, 0), np.float32) if tip.image is None else tip.image
    image = np.ascontiguousarray(image, np.float32)
    weights: Float32 = tip_weights(measures, places, tip.hardness, image, angle_rad)
    return weights


def _facing(cosines: Float32, limit_rad: float) -> Float32:
    """[n] 0..1, by the angle between normal and eye."""
    if limit_rad > np.pi / 2:
        return np.ones(len(cosines), np.float32)
    angles = np.arccos(np.clip(cosines, -1, 1))
    return np.clip((limit_rad - angles) / _FADE_RAD, 0, 1).astype(np.float32)


def _connected(
    atlas: AtlasMap, candidates: Int32, texels: Int32, nearest: int
) -> NDArray[np.bool_]:
    """[n] which texels lie on what the surface around one of them reaches within the brush."""
    from avatar_core.texture.stamp_kernels import connected_faces

    owners = atlas.faces_of(texels)
    seed = int(np.searchsorted(candidates, owners[nearest]))
    corners, count = atlas.welded_faces, int(atlas.welded.max()) + 1
    is_met = np.zeros(len(atlas.faces), bool)
    is_met[connected_faces(candidates, corners, count, seed)] = True
    met: NDArray[np.bool_] = is_met[owners]
    return met
