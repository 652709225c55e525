"""Which hair each picture shows, and in what colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numba
import numpy as np

from .capture import HAIR
from .raster import rasterized_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera, Float32, Int32

    from .capture import View

_BUFFER_PX = 1024
_IN_FRONT_M = 0.0025
"""Hair this far behind the nearest strand still shows between its neighbours."""
_STEPS = (-0.9, -0.45, 0.0, 0.45, 0.9)
"""Where along a Gaussian the pictures are read, in standard deviations."""
_SOFTNESS_PX = 0.8


@numba.njit(cache=True)
def _line_depths(pixels: Any, depths: Any, buffer: Any) -> None:
    size = buffer.shape[0]
    for strand in range(pixels.shape[0]):
        for k in range(pixels.shape[1] - 1):
            ax, ay, az = pixels[strand, k, 0], pixels[strand, k, 1], depths[strand, k]
            bx, by, bz = pixels[strand, k + 1, 0], pixels[strand, k + 1, 1], depths[strand, k + 1]
            steps = int(max(abs(bx - ax), abs(by - ay))) + 1
            for step in range(steps + 1):
                t = step / steps
                x, y = int(ax + t * (bx - ax)), int(ay + t * (by - ay))
                if 0 <= x < size and 0 <= y < size:
                    buffer[y, x] = min(buffer[y, x], az + t * (bz - az))


class Sightings:
    """Which hair the views show.

    Args:
        strands: [M, K, 3] all the hair there is; the front of it hides the rest.
        views: the pictures.
        faces: [F, 3] of the head, which hides hair too.
    """

    def __init__(self, strands: Float32, views: list[View], faces: Int32) -> None:
        self.views = views
        self._cameras = [view.camera.resized(_BUFFER_PX, _BUFFER_PX) for view in views]
        self._fronts = [
            _front(strands, view.vertices, faces, camera)
            for view, camera in zip(views, self._cameras, strict=True)
        ]

    def visible(self, points: Float32, index: int) -> NDArray[np.bool_]:
        """[N] whether each point lies at the front of the hair in one view."""
        pixels, depths = self._cameras[index].project(points)
        columns, rows = np.floor(pixels).astype(int).T
        inside = (columns >= 0) & (columns < _BUFFER_PX) & (rows >= 0) & (rows < _BUFFER_PX)
        rows, columns = (np.clip(place, 0, _BUFFER_PX - 1) for place in (rows, columns))
        front = self._fronts[index][rows, columns]
        shown: NDArray[np.bool_] = inside & (depths < front + _IN_FRONT_M)
        return shown

    def of_gaussians(
        self, cloud: GaussianCloud, index: int, picture: Float32
    ) -> tuple[Float32, Float32]:
        """How much of each Gaussian a view shows [N] 0..1, and a picture's mean there [N, 3].

        Args:
            cloud: the Gaussians.
            index: which view.
            picture: [S, S, 3] of the view's size.
        """
        view = self.views[index]
        along = _x_axis(cloud.quats) * cloud.scales[:, :1]
        size = view.camera.height_px
        is_hair = view.parsing == HAIR
        soft = _blurred_within(picture, is_hair)
        seen, total = np.zeros(len(cloud)), np.zeros((len(cloud), 3))
        for step in _STEPS:
            points = (cloud.means + step * along).astype(np.float32)
            pixels, _ = view.camera.project(points)
            columns, rows = np.clip(np.floor(pixels).astype(int), 0, size - 1).T
            shown = self.visible(points, index) & is_hair[rows, columns]
            seen += shown
            total += shown[:, None] * soft[rows, columns]
        total /= np.maximum(seen, 1)[:, None]
        return (seen / len(_STEPS)).astype(np.float32), total.astype(np.float32)


def _blurred_within(picture: Float32, mask: NDArray[np.bool_]) -> Float32:
    """A picture softened a little, without what lies outside the mask bleeding in."""
    share = mask[:, :, None].astype(np.float32)
    total = cv2.GaussianBlur(picture * share, (0, 0), _SOFTNESS_PX)
    weight = cv2.GaussianBlur(share, (0, 0), _SOFTNESS_PX)[:, :, None]
    return np.asarray(total / np.maximum(weight, 1e-3), np.float32)


def _front(strands: Float32, vertices: Float32, faces: Int32, camera: Camera) -> Float32:
    """Depth [S, S] of the nearest strand, minus infinity where the head hides it."""
    pixels, depths = camera.project(strands.reshape(-1, 3))
    buffer = np.full((_BUFFER_PX, _BUFFER_PX), np.inf, np.float32)
    _line_depths(pixels.reshape(*strands.shape[:2], 2), depths.reshape(strands.shape[:2]), buffer)
    # Strands are drawn a pixel wide; the minimum around closes the gaps between them.
    nearest = cv2.erode(buffer, np.ones((3, 3), np.uint8))
    _, _, head = rasterized_view(vertices, faces, camera)
    return np.where(nearest < head + _IN_FRONT_M, nearest, -np.inf).astype(np.float32)


def _x_axis(quats: Float32) -> Float32:
    """[N, 3] the first axis of rotations given as quaternions [N, 4] wxyz."""
    w, x, y, z = quats.T
    return np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)], axis=1)
