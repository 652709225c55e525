"""Which Gaussians a camera can show, and in which order."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.gaussians.projection import LEAST_ALPHA
from avatar_core.render.sorting import depth_order

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32
    from avatar_core.render.sorting import UInt32

WIDEST_SIGMAS = float(np.sqrt(2 * np.log(1.0 / LEAST_ALPHA)))
"""Standard deviations after which the most opaque Gaussian falls below the faintest alpha."""


_MARGIN_PX = 1


class HairOrder:
    """The drawing order of one cloud from any camera.

    Hidden, deleted and fully faint Gaussians are left out for good, those outside the view for
    the camera at hand.
    """

    def __init__(self, cloud: GaussianCloud) -> None:
        shown = (cloud.flags & (HIDDEN | DELETED)) == 0
        shown &= cloud.opacities >= LEAST_ALPHA
        self._shown = np.flatnonzero(shown).astype(np.uint32)
        # Column by column: 20 times as fast as numpy's maximum along short rows.
        largest = functools.reduce(np.maximum, cloud.scales.T)
        self._reach_m = (WIDEST_SIGMAS * largest)[self._shown]

    def from_camera(self, means: Float32, camera: Camera) -> UInt32:
        """Indices of the Gaussians to draw, farthest first.

        Args:
            means: [N, 3] metres, world.
            camera: where it is seen from.
        """
        if len(self._shown) == 0:
            return self._shown
        # Broken places need no care: a NaN fails every comparison and falls out.
        with np.errstate(invalid="ignore"):
            local = means[self._shown] @ camera.view[:3, :3].T + camera.view[:3, 3]
            depths = np.ascontiguousarray(local[:, 2], np.float32)
            inside = (depths > camera.near_m) & (depths < camera.far_m)
            for axis, size_px in ((0, camera.width_px), (1, camera.height_px)):
                across = local[:, axis]
                inside &= _between_planes(across, depths, self._reach_m, camera, axis, size_px)
        visible = np.flatnonzero(inside)
        if len(visible) == len(depths):
            return self._shown[depth_order(depths)]
        return self._shown[visible[depth_order(depths[visible])]]


def covered_box(points: Float32, camera: Camera) -> tuple[int, int, int, int]:
    """The rectangle of the picture that a body can cover.

    Args:
        points: [V, 3] metres, world; the body lies within their convex hull.
        camera: where it is seen from.

    Returns:
        left, bottom, width and height in pixels, y up; no width where nothing shows, the whole
        picture where the body reaches behind the camera.
    """
    width, height = camera.width_px, camera.height_px
    pixels, depths = camera.project(points)
    if not len(points) or not np.isfinite(pixels).all() or depths.min() < camera.near_m:
        return 0, 0, width, height
    low = np.clip(np.floor(pixels.min(axis=0)) - _MARGIN_PX, 0, (width, height)).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0)) + _MARGIN_PX, 0, (width, height)).astype(int)
    across, down = high - low
    return int(low[0]), int(height - high[1]), int(across), int(down)


def depth_range_m(frame: AvatarFrame, camera: Camera) -> tuple[float, float]:
    """Distances of the nearest and the farthest point of an avatar along the camera's axis."""
    points = np.concatenate([frame.vertices, frame.hair_means])
    z_m = points @ camera.view[2, :3] + camera.view[2, 3]
    return float(z_m.min()), float(z_m.max())


def _between_planes(
    across: Float32, depths: Float32, reach_m: Float32, camera: Camera, axis: int, size_px: int
) -> np.ndarray:
    """Whether balls of radius `reach_m` touch the wedge between two opposite image borders."""
    focal, centre = float(camera.intrinsics[axis, axis]), float(camera.intrinsics[axis, 2])
    # A pixel of margin for the dilation that every Gaussian gets in the image.
    low, high = (-centre - 2.0) / focal, (size_px - centre + 2.0) / focal
    below = (low * depths - across) <= reach_m * np.hypot(1.0, low)
    above = (across - high * depths) <= reach_m * np.hypot(1.0, high)
    touching: np.ndarray = below & above
    return touching
