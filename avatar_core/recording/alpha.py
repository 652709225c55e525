"""From colour premultiplied by alpha, as it is drawn, to straight colour, as files keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.recording.film_format import FilmImage

    UInt16 = NDArray[np.uint16]

FULL = 65535
_SURE_ALPHA = 8 / 255
"""Below this, eight bits of premultiplied colour say little about the colour itself."""
_SMALLEST_PX = 2


def straight(image: FilmImage) -> UInt16:
    """Colour as it is, not darkened by transparency: what PNG asks for, and editors expect.

    `colour * alpha + (1 - alpha) * background` is then what `image + (1 - alpha) * background`
    was, to within a step of 16 bits. Where alpha is 0 the colour is black.

    Args:
        image: [H, W, 4], colour premultiplied by alpha, uint8 or uint16.

    Returns:
        [H, W, 4] uint16.

    Raises:
        ShapeError: other shapes.
    """
    expect_shapes(image=(image, "H W 4"))
    premultiplied = _floats(image)
    alpha = premultiplied[..., 3:]
    colour = premultiplied[..., :3] / np.maximum(alpha, 1 / FULL)
    return _whole(np.concatenate([colour, alpha], axis=2))


def spread(image: FilmImage) -> UInt16:
    """Straight colour that goes on where nothing is to be seen; for codecs that lose detail.

    What a codec mixes from the neighbours of an edge is then the edge's own colour, so no dark
    fringe appears. Colours where alpha is very small are taken from around, too.

    Args:
        image: as for `straight`.

    Returns:
        [H, W, 4] uint16.
    """
    expect_shapes(image=(image, "H W 4"))
    premultiplied = _floats(image)
    alpha = premultiplied[..., 3:]
    colour = premultiplied[..., :3] / np.maximum(alpha, 1 / FULL)
    sure = np.minimum(alpha / _SURE_ALPHA, 1)
    if sure.min(initial=1) < 1:
        colour = sure * colour + (1 - sure) * _around(premultiplied)
    return _whole(np.concatenate([colour, alpha], axis=2))


def _around(premultiplied: Float32) -> Float32:
    """Mean colour [H, W, 3] of the visible surroundings of each pixel.

    Means over ever larger squares fill what smaller ones leave open.
    """
    height, width = premultiplied.shape[:2]
    size = (max(width // 2, 1), max(height // 2, 1))
    smaller = np.asarray(
        cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA), np.float32
    ).reshape(size[1], size[0], 4)
    alpha = smaller[..., 3:]
    if min(size) <= _SMALLEST_PX:
        total = smaller.reshape(-1, 4).sum(axis=0)
        rest = np.broadcast_to(total[:3] / max(float(total[3]), 1 / FULL), smaller[..., :3].shape)
    else:
        rest = _around(smaller)
    filled = np.ascontiguousarray(smaller[..., :3] + (1 - alpha) * rest)
    larger = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger, np.float32).reshape(height, width, 3)


def _floats(image: FilmImage) -> Float32:
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


def _whole(image: Float32) -> UInt16:
    return np.rint(np.clip(image, 0, 1) * FULL).astype(np.uint16)
