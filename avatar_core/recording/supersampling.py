"""Pictures that were drawn larger, averaged to their size."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_core.geometry import UInt8, expect_shapes


def averaged(image: UInt8, width: int, height: int) -> UInt8:
    """A picture [H, W, 3 or 4] at a size that it has, or a whole part of it.

    Colour that is premultiplied by alpha stays so.

    Raises:
        ShapeError: neither [H, W, 3] nor [H, W, 4].
    """
    expect_shapes(image=(image, "H W *"))
    if image.shape[:2] == (height, width):
        return np.ascontiguousarray(image)
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
