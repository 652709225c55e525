"""Decal: a picture laid on the skin as a projector throws it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.texture.canvas import PaintCanvas
    from avatar_core.texture.stamp import Stamp


def decal(canvas: PaintCanvas, stamp: Stamp, picture: Float32) -> None:
    """Lay a picture over what lies under a brush.

    It stands upright in the brush, keeps its shape and is as large as fits: its corners touch the
    rim. Where texels are coarser than its pixels, it is averaged.

    Args:
        canvas: the layer.
        stamp: where, and how far the skin takes it.
        picture: [h, w, 4] premultiplied RGBA 0..1, row 0 at the top.
    """
    expect_shapes(picture=(picture, "h w 4"))
    if not (len(stamp.texels) and picture.size):
        return
    paint = _sampled(picture, stamp) * stamp.weights[:, None]
    is_met = paint[:, 3] > 0
    texels, paint = stamp.texels[is_met], paint[is_met]
    canvas.write(texels, paint + (1 - paint[:, 3:]) * canvas.read(texels))


def _sampled(picture: Float32, stamp: Stamp) -> Float32:
    """[n, 4] the picture at the places of a stamp; nothing beyond its rims."""
    import cv2

    height, width = picture.shape[:2]
    half = (np.array([width, height]) / np.hypot(width, height)).astype(np.float32)
    pixels_per_texel = stamp.grain * width / float(2 * half[0])
    if pixels_per_texel > 1:
        width, height = (max(round(side / pixels_per_texel), 1) for side in (width, height))
        averaged = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        picture = averaged.astype(np.float32, copy=False)
    across = stamp.places / half
    columns = 0.5 * width * (1 + across[:, 0]) - 0.5
    rows = 0.5 * height * (1 - across[:, 1]) - 0.5
    within = (half - np.abs(stamp.places)) / max(stamp.grain, 1e-6) + 0.5
    shares: Float32 = within.clip(0, 1).prod(axis=1).astype(np.float32)
    return bilinear(picture, columns, rows) * shares[:, None]


def bilinear(picture: Float32, columns: Float32, rows: Float32) -> Float32:
    """[n, k] of a picture [h, w, k] at places; its rim goes on beyond it."""
    height, width = picture.shape[:2]
    columns, rows = columns.clip(0, width - 1), rows.clip(0, height - 1)
    left, above = columns.astype(np.int32), rows.astype(np.int32)
    right, below = np.minimum(left + 1, width - 1), np.minimum(above + 1, height - 1)
    x, y = (columns - left)[:, None], (rows - above)[:, None]
    upper = (1 - x) * picture[above, left] + x * picture[above, right]
    lower = (1 - x) * picture[below, left] + x * picture[below, right]
    between: Float32 = ((1 - y) * upper + y * lower).astype(np.float32)
    return between
