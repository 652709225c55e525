"""Pictures brought to the size of the clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import cv2
import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import UInt8
    from avatar_core.recording.film_format import FilmImage


@overload
def fitted(image: UInt8, width: int, height: int) -> UInt8: ...
@overload
def fitted(image: FilmImage, width: int, height: int) -> FilmImage: ...
def fitted(image: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """The image in a picture of another size.

    One column or row that is missing is made by repeating the last one, so that an odd size
    becomes even without resampling. Any other size is scaled to fit, with black bars.

    Args:
        image: [H, W, 3] sRGB or [H, W, 4] with premultiplied alpha, uint8 or uint16.
        width: wanted, pixels.
        height: wanted, pixels.

    Returns:
        [height, width, 3 or 4], contiguous; the image itself where it fits already.

    Raises:
        ShapeError: other shapes.
    """
    sizes = expect_shapes(image=(image, "H W 4" if image.shape[2:] == (4,) else "H W 3"))
    missing_rows, missing_columns = height - sizes["H"], width - sizes["W"]
    if missing_rows in (0, 1) and missing_columns in (0, 1):
        if missing_rows or missing_columns:
            image = np.pad(image, ((0, missing_rows), (0, missing_columns), (0, 0)), mode="edge")
        return np.ascontiguousarray(image)
    return _scaled_with_bars(image, width, height)


def _scaled_with_bars(image: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_width = max(1, round(scale * image.shape[1]))
    inner_height = max(1, round(scale * image.shape[0]))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    inner = cv2.resize(image, (inner_width, inner_height), interpolation=method)
    picture = np.zeros((height, width, image.shape[2]), image.dtype)
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    picture[top : top + inner_height, left : left + inner_width] = inner
    return picture
