"""The guided filter: a coarse mask drawn to the edges of the picture it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8

_WORKING_PX = 1024
"""The longest side at which coefficients are found; they vary slowly, the picture does not."""

_ROWS = 256
"""So many rows are brought to full size at a time, which bounds the memory of large pictures."""


def guided_by(image: UInt8, mask: Float32, radius: float, smoothness: float) -> Float32:
    """A mask at the size of a picture, its edges those of the picture.

    In every small window the mask becomes a linear function of the picture's colours.

    Args:
        image: [H, W, 3] uint8 RGB, the guide.
        mask: [h, w] 0..1 of the same view, usually coarser.
        radius: of the windows, in longer sides of the picture.
        smoothness: the variance of colours (0..1) below which a window counts as flat.

    Returns:
        [H, W] 0..1.

    Source:
        He, Sun and Tang 2010, Guided Image Filtering, section 3.4 for colours; He and Sun 2015,
        Fast Guided Filter, arXiv:1505.00996, for coefficients found at a smaller size.
    """
    height, width = image.shape[:2]
    shrink = min(1.0, _WORKING_PX / max(height, width))
    size = max(1, round(shrink * width)), max(1, round(shrink * height))
    guide = _floats(cv2.resize(image, size, interpolation=cv2.INTER_AREA)) / np.float32(255)
    coarse = _floats(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR))
    reach = max(1, round(radius * max(size)))
    slopes, offsets = _coefficients(guide, coarse, reach, smoothness)
    return _applied(image, slopes, offsets)


def _coefficients(
    guide: Float32, mask: Float32, reach: int, smoothness: float
) -> tuple[Float32, Float32]:
    """Slopes [h, w, 3] and offsets [h, w]: slope · colour + offset is the mask; window means."""

    def mean(values: Float32) -> Float32:
        window = (2 * reach + 1, 2 * reach + 1)
        return _floats(cv2.blur(values, window, borderType=cv2.BORDER_REFLECT))

    mean_guide, mean_mask = mean(guide), mean(mask)
    shared = mean(guide * mask[..., None]) - mean_guide * mean_mask[..., None]
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    rr, rg, rb, gg, gb, bb = (
        mean(guide[..., i] * guide[..., k])
        - mean_guide[..., i] * mean_guide[..., k]
        + (smoothness if i == k else 0.0)
        for i, k in pairs
    )
    # The inverse of the symmetric 3 x 3 matrix by its cofactors.
    c0 = np.stack([gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb], axis=-1)
    c1 = np.stack([c0[..., 1], rr * bb - rb * rb, rb * rg - rr * gb], axis=-1)
    c2 = np.stack([c0[..., 2], c1[..., 2], rr * gg - rg * rg], axis=-1)
    determinant = rr * c0[..., 0] + rg * c0[..., 1] + rb * c0[..., 2]
    adjoint = (c0, c1, c2)
    slopes = np.stack([(each * shared).sum(-1) / determinant for each in adjoint], axis=-1)
    offsets = mean_mask - (slopes * mean_guide).sum(-1)
    return mean(slopes), mean(offsets)


def _applied(image: UInt8, slopes: Float32, offsets: Float32) -> Float32:
    """Coefficients at a smaller size applied to the whole picture, some rows at a time."""
    height, width = image.shape[:2]
    packed = np.concatenate([slopes / np.float32(255), offsets[..., None]], axis=-1)
    result = np.empty((height, width), np.float32)
    scale_x, scale_y = packed.shape[1] / width, packed.shape[0] / height
    for top in range(0, height, _ROWS):
        rows = image[top : top + _ROWS]
        # Pixel centres: (x + 0.5) * scale - 0.5, as `cv2.resize` does for whole pictures.
        matrix = np.array(
            [[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, (top + 0.5) * scale_y - 0.5]]
        )
        fine = cv2.warpAffine(
            packed,
            matrix,
            (width, len(rows)),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        result[top : top + _ROWS] = (fine[..., :3] * rows).sum(-1) + fine[..., 3]
    return np.clip(result, 0, 1, out=result)


def _floats(values: object) -> Float32:
    return cast("Float32", np.asarray(values, np.float32))
