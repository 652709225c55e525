"""Parts of a face as masks, drawn from landmarks: stands in for face parsing, without weights.

Hair has no landmarks: it is what a matte holds beyond the skin and above the neck (`head_matte`).
A parsing network would plug in here, as another maker of masks by `FaceRegion`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable


class FaceRegion(StrEnum):
    """A part of the face; left and right together."""

    FACE = "face"
    """All that the face's outline holds."""
    EYES = "eyes"
    """What is seen between the lids."""
    BROWS = "brows"
    LIPS = "lips"
    """Both lips, without what is seen between them."""
    MOUTH = "mouth"
    """What is seen between the lips."""
    SKIN = "skin"
    """The face without all these."""


_OUTLINE: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_EYES: Final = (
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
)
_BROWS: Final = (
    (276, 283, 282, 295, 285, 336, 296, 334, 293, 300),
    (46, 53, 52, 65, 55, 107, 66, 105, 63, 70),
)
_LIPS_OUTER: Final = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
)  # fmt: skip
_LIPS_INNER: Final = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
_FOREHEAD, _CHIN = 10, 152
_SHIFT = 4
_NECK = (0.15, 0.45)
"""Where the neck begins and has ended, below the chin, in heights of the face."""


def region_mask(landmarks: Float32, region: FaceRegion, width_px: int, height_px: int) -> Float32:
    """How much of each pixel belongs to a part of the face.

    Args:
        landmarks: [478, 3] or [468, 3], the tracker's, pixels of the picture.
        region: which part.
        width_px: of the picture.
        height_px: of the picture.

    Returns:
        [H, W] 0..1, with edges of a pixel's softness.

    Source:
        Outlines of Kartynnik et al. 2019, arXiv:1907.06724, as MediaPipe numbers its landmarks.
    """
    expect_shapes(landmarks=(landmarks, "N 3"))

    def drawn(outlines: Iterable[tuple[int, ...]]) -> Float32:
        return _filled(landmarks, outlines, width_px, height_px)

    match region:
        case FaceRegion.FACE:
            return drawn([_OUTLINE])
        case FaceRegion.EYES:
            return drawn(_EYES)
        case FaceRegion.BROWS:
            return drawn(_BROWS)
        case FaceRegion.MOUTH:
            return drawn([_LIPS_INNER])
        case FaceRegion.LIPS:
            return _without(drawn([_LIPS_OUTER]), drawn([_LIPS_INNER]))
        case FaceRegion.SKIN:
            return _without(drawn([_OUTLINE]), drawn([*_EYES, *_BROWS, _LIPS_OUTER]))


def head_matte(matte: Float32, landmarks: Float32) -> Float32:
    """A person's matte without the body: head, hair and neck, fading out below the chin.

    Portrait models know heads only. Hair that falls on the shoulders ends where they begin.

    Args:
        matte: [H, W] 0..1.
        landmarks: [N, 3] the tracker's, pixels of the picture.

    Returns:
        [H, W] 0..1.
    """
    expect_shapes(matte=(matte, "H W"), landmarks=(landmarks, "N 3"))
    chin, forehead = landmarks[_CHIN, :2], landmarks[_FOREHEAD, :2]
    height_px = float(np.linalg.norm(chin - forehead))
    if height_px == 0:
        return matte
    down = (chin - forehead) / height_px
    rows, columns = (np.arange(size, dtype=np.float32) + 0.5 for size in matte.shape)
    below = (rows[:, None] - chin[1]) * down[1] + (columns[None] - chin[0]) * down[0]
    start, end = _NECK
    fade = np.clip((below / height_px - start) / (end - start), 0, 1)
    kept: Float32 = (matte * (1 - fade * fade * (3 - 2 * fade))).astype(np.float32)
    return kept


def _without(mask: Float32, part: Float32) -> Float32:
    rest: Float32 = np.maximum(mask - part, 0)
    return rest


def _filled(
    landmarks: Float32, outlines: Iterable[tuple[int, ...]], width_px: int, height_px: int
) -> Float32:
    canvas = np.zeros((height_px, width_px), np.uint8)
    for outline in outlines:
        # OpenCV counts from the centre of the first pixel, in sixteenths here.
        places = (landmarks[list(outline), :2] - 0.5) * (1 << _SHIFT)
        points = np.rint(np.clip(places, -1e6, 1e6)).astype(np.int32)
        cv2.fillPoly(canvas, [points], (255,), cv2.LINE_AA, _SHIFT)
    return (canvas / np.float32(255)).astype(np.float32, copy=False)
