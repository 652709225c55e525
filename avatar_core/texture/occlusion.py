"""DepthGuard: keeps paint from what is hidden by ears, nose or hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32, Int32

_MOST_PX = 512
_BANDS = 4
_BEHIND_M = 0.003
"""So far behind what is seen skin counts as seen: pixels here are coarse."""

_HIDING = 0.5
"""Share of a pixel that hair must cover to hide what is behind it."""


class DepthGuard:
    """What a camera sees of a posed head. Cheap to make, so make it anew when the head moves.

    Args:
        camera: of the picture in which one paints.
        vertices: [V, 3] posed, metres, in the space of the camera.
        faces: [F, 3].
        hair: [M] posed, which hides too; None for hair that paint goes through.
    """

    def __init__(
        self, camera: Camera, vertices: Float32, faces: Int32, hair: GaussianCloud | None = None
    ) -> None:
        from avatar_core.raster.mesh_kernels import fill_bands

        expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
        scale = min(1.0, _MOST_PX / max(camera.width_px, camera.height_px))
        width, height = (max(1, round(scale * px)) for px in (camera.width_px, camera.height_px))
        self._camera = camera.resized(width, height)
        depths = np.empty((height, width), np.float32)
        face_ids = np.empty((height, width), np.int32)
        weights = np.empty((height, width, 3), np.float32)
        pixels, vertex_depths = self._camera.project(vertices)
        fill_bands(
            pixels, vertex_depths, np.ascontiguousarray(faces, np.int32), _BANDS, face_ids, weights,
            depths,
        )  # fmt: skip
        depths[depths <= 0] = np.inf
        if hair is not None:
            depths = np.minimum(depths, self._hair_depths(hair, depths))
        self._depths = _farthest_around(depths)

    def sees(self, places: Float32) -> NDArray[np.bool_]:
        """[n] whether places [n, 3] of the head are seen; those off the picture are not."""
        pixels, depths = self._camera.project(places)
        columns, rows = np.floor(pixels).astype(np.int64).T
        height, width = self._depths.shape
        is_inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        seen = self._depths[rows.clip(0, height - 1), columns.clip(0, width - 1)]
        visible: NDArray[np.bool_] = is_inside & (depths > 0) & (depths <= seen + _BEHIND_M)
        return visible

    def _hair_depths(self, hair: GaussianCloud, skin: Float32) -> Float32:
        """[H, W] mean depth of the hair in front of the skin where it is dense; inf elsewhere."""
        pixels, depths = self._camera.project(hair.means)
        columns, rows = np.floor(pixels).astype(np.int64).T
        height, width = skin.shape
        keep = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height) & (depths > 0)
        cells = rows[keep] * width + columns[keep]
        depths = depths[keep]
        is_before = depths < skin.ravel()[cells] - _BEHIND_M
        cells, depths = cells[is_before], depths[is_before]
        lengths = np.sort(hair.scales[keep][is_before], axis=1)[:, 1:].prod(axis=1)
        focal = float(self._camera.intrinsics[1, 1])
        # The ellipse of two standard deviations, in pixels.
        areas = hair.opacities[keep][is_before] * np.pi * 4 * lengths * (focal / depths) ** 2
        cover = np.bincount(cells, areas, height * width)
        sums = np.bincount(cells, areas * depths, height * width)
        mean = np.where(cover >= _HIDING, sums / np.maximum(cover, 1e-12), np.inf)
        return mean.reshape(height, width).astype(np.float32)


def _farthest_around(depths: Float32) -> Float32:
    """The farthest of each pixel and its neighbours where there are any but the background."""
    padded = np.pad(np.where(np.isinf(depths), -np.inf, depths), 1, constant_values=-np.inf)
    height, width = depths.shape
    shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    farthest: Float32 = np.max(shifted, axis=0).astype(np.float32)
    return farthest
