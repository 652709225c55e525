"""Grounds: what one paints on, the picture of the atlas or the posed head.

A point is where the middle of a brush is: [2] column and row of the atlas, or [3] metres in the
world. A place of the skin (`SkinPlace`) is the same on both and stays where it is when the head
moves.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from avatar_core.texture.stamp import (
    Reach,
    Stamp,
    SurfaceBrush,
    brush_frame,
    stamp_in_uv,
    stamp_on_surface,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.atlas import AtlasMap
    from avatar_core.texture.symmetry import MirrorMap, UvTwins
    from avatar_core.texture.tip import Tip


class SkinPlace(NamedTuple):
    """A triangle and barycentrics [3] in it."""

    face: int
    weights: Float64


class PaintGround(Protocol):
    """What one paints on at one moment."""

    @property
    def atlas(self) -> AtlasMap: ...

    def stamp(
        self, point: Float64, radius: float, tip: Tip, angle_rad: float, is_twin: bool
    ) -> Stamp:
        """What lies under a brush, or on the other side of the head."""
        ...

    def passing(self, texels: Int32, is_twin: bool) -> Float32 | None:
        """[n] 0..1, how much paint reaches texels, after all that lies between; None for all."""
        ...

    def radius(self, point: Float64, radius: float) -> float:
        """Of a brush at a point, in the unit of points."""
        ...

    def place(self, point: Float64) -> SkinPlace | None:
        """The skin at a point, None beside it."""
        ...

    def point(self, place: SkinPlace) -> Float64:
        """Where a place of the skin is."""
        ...

    def onto(self, point: Float64) -> Float64:
        """The nearest point of the ground."""
        ...

    def shift(self, offset: Float64) -> Float64:
        """The nearest offset by which pictures can be moved without blur."""
        ...

    def plane(self, point: Float64) -> Float64:
        """[2, k] right and up of a brush at a point, unit vectors."""
        ...

    def points(self, texels: Int32, is_twin: bool) -> Float32:
        """[n, k] where texels are, or what lies on the other side of them."""
        ...


class UvGround:
    """The picture of the atlas.

    Args:
        atlas: of the painting's size.
        mirror: for strokes with a twin.
        densities: [F] texels per metre on each triangle, which brushes of metres are as large by;
            None for brushes of texels.
    """

    def __init__(
        self,
        atlas: AtlasMap,
        mirror: MirrorMap | None = None,
        densities: Float32 | None = None,
    ) -> None:
        self.atlas = atlas
        self._mirror = mirror
        self._densities = densities

    def stamp(
        self, point: Float64, radius: float, tip: Tip, angle_rad: float, is_twin: bool
    ) -> Stamp:
        size = self.atlas.size
        uv = (float((point[0] + 0.5) / size), float(1 - (point[1] + 0.5) / size))
        if is_twin:
            return self._twins.stamp(uv, radius, tip, angle_rad)
        return stamp_in_uv(self.atlas, uv, radius, tip, angle_rad)

    def passing(self, texels: Int32, is_twin: bool) -> Float32 | None:
        return None

    def radius(self, point: Float64, radius: float) -> float:
        """By how dense texels lie on the skin there; beside all charts, on most of the head."""
        if self._densities is None:
            return radius
        face = self._face_at(point)
        return radius * (self._median if face < 0 else float(self._densities[face]))

    def place(self, point: Float64) -> SkinPlace | None:
        from avatar_core.texture.atlas_kernels import weights_at

        face = self._face_at(point)
        if face < 0:
            return None
        x, y = point.tolist()
        return SkinPlace(face, np.array(weights_at(self.atlas.corners, face, x, y)))

    def point(self, place: SkinPlace) -> Float64:
        point: Float64 = place.weights @ self.atlas.corners[place.face]
        return point

    def onto(self, point: Float64) -> Float64:
        return point

    def shift(self, offset: Float64) -> Float64:
        return np.round(offset)

    def plane(self, point: Float64) -> Float64:
        return np.array([[1.0, 0.0], [0.0, -1.0]])

    def points(self, texels: Int32, is_twin: bool) -> Float32:
        if not is_twin:
            rows, columns = np.divmod(texels, self.atlas.size)
            return np.stack([columns, rows], axis=-1).astype(np.float32)
        corners = self._twins.charts.reshape(-1, 3, 3)[self.atlas.faces_of(texels), :, :2]
        points: Float32 = np.einsum("nk,nkc->nc", self.atlas.weights_of(texels), corners)
        return points

    def _face_at(self, point: Float64) -> int:
        """The triangle at a point, -1 beside all charts."""
        column, row = np.floor(point + 0.5).astype(int)
        if not (0 <= column < self.atlas.size and 0 <= row < self.atlas.size):
            return -1
        return int(self.atlas.owners[row, column])

    @cached_property
    def _median(self) -> float:
        return 1.0 if self._densities is None else float(np.median(self._densities))

    @cached_property
    def _twins(self) -> UvTwins:
        if self._mirror is None:
            raise ValueError("mirror: a stroke with a twin needs one")
        return self._mirror.in_uv(self.atlas)


class Sieve(Protocol):
    """What lies between the eye and the head."""

    def __call__(self, places: Float32) -> Float32:
        """[n] 0..1, how much paint passes to places [n, 3]."""
        ...


class HeadGround:
    """The head as posed. Cheap to make, so make it anew when the head moves.

    Args:
        atlas: of the painting's size.
        vertices: [V, 3] metres, world.
        eye: [3] of the camera.
        up: [3] what points up on the screen.
        reach: what of the surface a brush meets.
        mirror: for strokes with a twin.
        sieve: what keeps paint off, such as a stencil, or None. It lets nothing pass to skin
            that is turned away.
    """

    def __init__(
        self,
        atlas: AtlasMap,
        vertices: Float32,
        eye: Float32,
        up: Float32,
        reach: Reach | None = None,
        mirror: MirrorMap | None = None,
        sieve: Sieve | None = None,
    ) -> None:
        self.atlas = atlas
        self._sieve = sieve
        self._fronts: dict[bool, NDArray[np.bool_]] = {}
        self._vertices = np.ascontiguousarray(vertices, np.float32)
        self._eye, self._up = eye.astype(np.float64), up
        self._reach = reach or Reach()
        self._mirror = mirror

    def stamp(
        self, point: Float64, radius: float, tip: Tip, angle_rad: float, is_twin: bool
    ) -> Stamp:
        brush = SurfaceBrush(
            place=point.astype(np.float32),
            radius_m=radius,
            view=self._view(point).astype(np.float32),
            up=self._up,
            tip=tip,
            angle_rad=angle_rad,
            reach=self._reach,
        )
        vertices = self._image if is_twin else self._vertices
        return stamp_on_surface(self.atlas, vertices, brush, is_mirrored=is_twin)

    def passing(self, texels: Int32, is_twin: bool) -> Float32 | None:
        """The twin's texels lie where their other side is: both sides get the same."""
        if self._sieve is None:
            return None
        is_front = self._front(is_twin)[self.atlas.faces_of(texels)]
        return np.where(is_front, self._sieve(self.points(texels, is_twin)), np.float32(0))

    def radius(self, point: Float64, radius: float) -> float:
        return radius

    def place(self, point: Float64) -> SkinPlace | None:
        from avatar_core.texture.surface_kernels import nearest_face

        there = np.ascontiguousarray(point, np.float64)
        return SkinPlace(*nearest_face(self._vertices, self.atlas.faces, there))

    def point(self, place: SkinPlace) -> Float64:
        point: Float64 = place.weights @ self._vertices[self.atlas.faces[place.face]]
        return point

    def onto(self, point: Float64) -> Float64:
        place = self.place(point)
        return point if place is None else self.point(place)

    def shift(self, offset: Float64) -> Float64:
        return offset

    def plane(self, point: Float64) -> Float64:
        return brush_frame(self._view(point), self._up)[:2]

    def points(self, texels: Int32, is_twin: bool) -> Float32:
        return self.atlas.places_of(texels, self._image if is_twin else self._vertices)

    def _front(self, is_twin: bool) -> NDArray[np.bool_]:
        """[F] which triangles are turned towards the eye."""
        known = self._fronts.get(is_twin)
        if known is None:
            a, b, c = (self._image if is_twin else self._vertices)[self.atlas.faces.T]
            outwards = np.cross(b - a, c - a) * (-1 if is_twin else 1)
            known = self._fronts[is_twin] = ((self._eye - a) * outwards).sum(axis=1) > 0
        return known

    def _view(self, point: Float64) -> Float64:
        offset = point - self._eye
        view: Float64 = offset / max(float(np.linalg.norm(offset)), 1e-12)
        return view

    @cached_property
    def _image(self) -> Float32:
        """The mirror image of the head."""
        if self._mirror is None:
            raise ValueError("mirror: a stroke with a twin needs one")
        return self._mirror.mirrored(self._vertices)
