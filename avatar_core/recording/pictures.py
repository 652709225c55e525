"""Pictures brought to the size of the clip."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_core.geometry import UInt8, expect_shapes


def fitted(image: UInt8, width: int, height: int) -> UInt8:
    """The image in a picture of another size.

    One column or row that is missing is made by repeating the last one, so that an odd size
    becomes even without resampling. Any other size is scaled to fit, with black bars.

    Args:
        image: [H, W, 3] sRGB.
        width: wanted, pixels.
        height: wanted, pixels.

    Returns:
        [height, width, 3], contiguous; the image itself where it fits already.

    Raises:
        ShapeError: not [H, W, 3].
    """
    sizes = expect_shapes(image=(image, "H W 3"))
    missing_rows, missing_columns = height - sizes["H"], width - sizes["W"]
    if missing_rows in (0, 1) and missing_columns in (0, 1):
        if missing_rows or missing_columns:
            image = np.pad(image, ((0, missing_rows), (0, missing_columns), (0, 0)), mode="edge")
        return np.ascontiguousarray(image)
    return _scaled_with_bars(image, width, height)


def _scaled_with_bars(image: UInt8, width: int, height: int) -> UInt8:
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_width = max(1, round(scale * image.shape[1]))
    inner_height = max(1, round(scale * image.shape[0]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    inner = cv2.resize(image, (inner_width, inner_height), interpolation=method)
    picture = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    picture[top : top + inner_height, left : left + inner_width] = inner
    return picture
