"""SideBySideTap: one clip of the avatar and, at its right, the portraits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.viewport.ports import ClipTap
    from avatar_core.geometry import UInt8


class SideBySideTap:
    """Stands in for a clip's tap in the avatar's view: asks for its half, and adds the other.

    Args:
        whole: takes the pictures of both.
        beside: draws the portraits at a width and height, [H, W, 3]; None where it cannot.
    """

    def __init__(self, whole: ClipTap, beside: Callable[[int, int], UInt8 | None]) -> None:
        self._whole = whole
        self._beside = beside

    @property
    def width_px(self) -> int:
        return self._whole.width_px - self._beside_px

    @property
    def height_px(self) -> int:
        return self._whole.height_px

    @property
    def fps(self) -> float:
        return self._whole.fps

    @property
    def has_alpha(self) -> bool:
        return self._whole.has_alpha

    def wants(self, captured_s: float) -> bool:
        """Whether the clip has room for a picture of this moment."""
        return self._whole.wants(captured_s)

    def submit(self, image: UInt8, captured_s: float) -> None:
        """Take the avatar's half; the portraits beside it are those of now."""
        size = self._beside_px, self.height_px
        beside = self._beside(*size)
        if beside is None:
            beside = np.zeros((size[1], size[0], 3), np.uint8)
        missing = image.shape[2] - beside.shape[2]
        if missing:  # portraits are seen whole
            beside = np.pad(beside, ((0, 0), (0, 0), (0, missing)), constant_values=255)
        self._whole.submit(np.hstack([image, beside]), captured_s)

    @property
    def _beside_px(self) -> int:
        return self._whole.width_px // 2
