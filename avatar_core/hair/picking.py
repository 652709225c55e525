"""SurfacePicker: the surface under the cursor, where a brush rests, and what hair is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.geometry import Float32, Int32, expect_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera
    from avatar_core.geometry.shapes import Float64

_NEAR_PX, _FAR_PX = 8.0, 24.0
"""Hair so close to the cursor makes up the surface there; where there is nothing, a wider look."""

_MOST_SHARE = 0.25
"""Of the area around the cursor that one Gaussian may cover, so that none is a surface alone."""

_LEAST_COVER_OF_FACE = 0.3
"""Thinner hair lets the face behind it be met."""

_BEHIND_SKIN_M = 0.002
"""Roots lie so deep in the skin and count."""

_CELL_PX = 6.0
_SEEN_M = 0.006
"""How far behind the foremost hair one is still seen."""

_UNSEEN = DELETED | HIDDEN


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceHit:
    """Where the ray through the cursor meets hair or skin.

    Args:
        position: [3] on the ray, world, metres.
        depth_m: along the camera's z axis.
        hair_row: the Gaussian there; None on the skin.
        normal: [3] unit: towards the eye on hair, the triangle's on skin, facing the eye.
    """

    position: Float32
    depth_m: float
    hair_row: int | None
    normal: Float32


class SurfacePicker:
    """Hair and head at one moment. Cheap to make, so make it anew when they move.

    Args:
        hair: [M] as posed, world; hidden and deleted Gaussians are not there.
        vertices: [V, 3] posed head, world, metres.
        faces: [F, 3] vertex ids.
    """

    def __init__(self, hair: GaussianCloud, vertices: Float32, faces: Int32) -> None:
        expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
        self._hair = hair
        self._means = np.ascontiguousarray(hair.means, np.float32)
        self._flags = np.ascontiguousarray(hair.flags, np.uint8)
        self._vertices = np.ascontiguousarray(vertices, np.float32)
        self._faces = np.ascontiguousarray(faces, np.int32)

    def pick(self, camera: Camera, pixel: tuple[float, float]) -> SurfaceHit | None:
        """The surface that is seen at a place of the picture, or None beside the avatar.

        Hair is met at the median of what its Gaussians around the cursor show, front to back:
        neither at a stray one before it, nor at the far side of the head.

        Args:
            camera: of the picture.
            pixel: column and row; the middle of the top left pixel is (0.5, 0.5).
        """
        from avatar_core.hair.picking_kernels import first_face

        origin, direction = camera.ray(*pixel)
        slant = float(direction @ camera.forward)
        face, along = first_face(
            origin.astype(np.float64), direction.astype(np.float64), self._vertices, self._faces
        )
        skin_m = along * slant if face >= 0 else None
        hair = self._hair_at(camera, pixel, skin_m)
        if hair is not None:
            row, depth_m = hair
            position = origin + np.float32(depth_m / slant) * direction
            return SurfaceHit(position.astype(np.float32), depth_m, row, -direction)
        if skin_m is None:
            return None
        position = origin + np.float32(along) * direction
        return SurfaceHit(position.astype(np.float32), skin_m, None, self._facing(face, direction))

    def visible_rows(self, camera: Camera) -> NDArray[np.bool_]:
        """[M] which Gaussians are seen: the foremost hair, before the head, in the picture."""
        from avatar_core.hair.picking_kernels import seen_from

        size = np.array([camera.width_px, camera.height_px]) / _CELL_PX
        columns, rows = np.ceil(size).astype(int)
        seen: NDArray[np.bool_] = seen_from(
            self._means,
            np.ascontiguousarray(self._hair.opacities, np.float32),
            self._flags,
            _UNSEEN,
            self._vertices,
            self._faces,
            np.diag([1 / _CELL_PX, 1 / _CELL_PX, 1.0]) @ _pixels_from_world(camera),
            int(columns),
            int(rows),
            camera.near_m,
            _SEEN_M,
        )
        return seen

    def _hair_at(
        self, camera: Camera, pixel: tuple[float, float], skin_m: float | None
    ) -> tuple[int, float] | None:
        """The Gaussian halfway through the hair at a pixel, and its depth."""
        from avatar_core.hair.picking_kernels import near_pixel

        rows, away_px, depths_m = near_pixel(
            self._means, self._flags, _UNSEEN, _pixels_from_world(camera),
            np.array(pixel, np.float64), _FAR_PX, camera.near_m,
        )  # fmt: skip
        if skin_m is not None:
            keep = depths_m <= skin_m + _BEHIND_SKIN_M
            rows, away_px, depths_m = rows[keep], away_px[keep], depths_m[keep]
        is_near = away_px <= _NEAR_PX
        if is_near.any():
            rows, depths_m = rows[is_near], depths_m[is_near]
        elif skin_m is not None or not len(rows):
            return None
        order = np.argsort(depths_m, kind="stable")
        rows, depths_m = rows[order], depths_m[order]
        alpha = self._covers(rows, depths_m, float(camera.intrinsics[1, 1]))
        shown = alpha * np.cumprod(np.concatenate([[1.0], 1 - alpha[:-1]]))
        covered = np.cumsum(shown)
        if covered[-1] < (0 if skin_m is None else _LEAST_COVER_OF_FACE):
            return None
        median = min(int(np.searchsorted(covered, 0.5 * covered[-1])), len(rows) - 1)
        return int(rows[median]), float(depths_m[median])

    def _covers(self, rows: Int32, depths_m: Float32, focal_px: float) -> Float32:
        """[n] how much of the circle around the cursor each hides, 0..1."""
        two_longest = np.sort(self._hair.scales[rows], axis=1)[:, 1:]
        areas = two_longest.prod(axis=1) * (focal_px / depths_m) ** 2 / _NEAR_PX**2
        covers: Float32 = self._hair.opacities[rows] * np.minimum(areas, _MOST_SHARE)
        return covers

    def _facing(self, face: int, direction: Float32) -> Float32:
        """[3] unit normal of a triangle on the side a ray comes from."""
        a, b, c = self._vertices[self._faces[face]].astype(np.float64)
        normal = np.cross(b - a, c - a)
        normal *= -np.sign(normal @ direction) / max(np.linalg.norm(normal), 1e-15)
        return np.asarray(normal, np.float32)


def _pixels_from_world(camera: Camera) -> Float64:
    """[3, 4] homogeneous pixels of homogeneous points."""
    matrix: Float64 = camera.intrinsics.astype(np.float64) @ camera.view[:3].astype(np.float64)
    return np.ascontiguousarray(matrix)
