"""The square of a picture that a portrait model looks at, and the way back from it.

Boxes of faces are [4] left, top, right, bottom in pixels; the centre of the top left pixel of a
picture is (0.5, 0.5).

Source:
    The two crop rules of EMOPortraits' released code (arXiv:2404.19110).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import FaceNotFoundError
from avatar_core.geometry import expect_shapes
from avatar_core.project.portrait import SMALLEST_BOX_PX, CropBox

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import AnyArray

_REACH = 1.2
"""How far rule a reaches, in halves of the face."""
_ABOVE, _HEIGHT = 0.9, 1.2
"""Rule b moves the upper edge of the face up to this share of its y, and stretches its height."""

FILM_MOMENTUM = 0.01
"""How much of each new box the released code takes for films."""


def whole_picture(width_px: int, height_px: int) -> CropBox:
    """The largest square in the middle, for pictures that their maker has framed already."""
    side = float(min(width_px, height_px))
    return CropBox((width_px - side) / 2, (height_px - side) / 2, side)


def square_around_face(face: Float32) -> CropBox:
    """The square about a face, 1.2 times its longer side; it may leave the picture.

    Args:
        face: [4] left, top, right, bottom.
    """
    expect_shapes(face=(face, "4"))
    left, top, right, bottom = (float(edge) for edge in face)
    half = _REACH * max(right - left, bottom - top) / 2
    return CropBox((left + right) / 2 - half, (top + bottom) / 2 - half, 2 * half)


def head_crop(face: Float32, width_px: int, height_px: int) -> CropBox:
    """The square of a head within a picture, about twice as wide as the face.

    Its middle is that of the face, stretched by a share of its distance to the picture's upper edge
    and by a fifth of its height; at an edge of the picture it shrinks about that middle.

    Args:
        face: [4] left, top, right, bottom of the face as detected, from brows to chin.
        width_px: of the picture.
        height_px: of the picture.

    Raises:
        FaceNotFoundError: too little of the head is in the picture.
    """
    expect_shapes(face=(face, "4"))
    left, top, right, bottom = (float(edge) for edge in face)
    top, bottom = _ABOVE * top, min(top + _HEIGHT * (bottom - top), height_px - 1)
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    side = 2 * (((right - left) + (bottom - top)) // 2)
    reach = min(middle_x, middle_y, width_px - middle_x, height_px - middle_y)
    side = min(side, 2 * reach)
    if not side >= SMALLEST_BOX_PX:  # NaN is refused too
        raise FaceNotFoundError(
            "Too little of the face is inside the picture.",
            "Use a picture in which the face is larger and not cut off.",
        )
    return CropBox(middle_x - side / 2, middle_y - side / 2, side)


@dataclass(frozen=True, slots=True)
class SteadyCrop:
    """A crop that follows a head through a film without trembling.

    Middle and side are moving averages. With a momentum of 0 the first box stays for good, with 1
    every box is taken as it is.

    Args:
        momentum: how much of each new box is taken, 0..1.
        box: the answer so far.
    """

    momentum: float = FILM_MOMENTUM
    box: CropBox | None = None

    def followed(self, box: CropBox) -> SteadyCrop:
        """The crop after one more frame, whose own box is given; its `box` is never None."""
        if self.box is None:
            return replace(self, box=box)
        keep, take = 1 - self.momentum, self.momentum
        # Left edge and side are both linear in middle and side, so averaging them is the same.
        mixed = (keep * old + take * new for old, new in zip(self.box, box, strict=True))
        return replace(self, box=CropBox(*mixed))


def to_crop(points: Float32, box: CropBox, size_px: int) -> Float32:
    """Points [N, 2] of a picture in the pixels of its crop of `size_px`."""
    expect_shapes(points=(points, "N 2"))
    return ((points - [box.x, box.y]) * (size_px / box.side)).astype(np.float32)


def to_picture(points: Float32, box: CropBox, size_px: int) -> Float32:
    """Points [N, 2] of a crop of `size_px` in the pixels of the picture."""
    expect_shapes(points=(points, "N 2"))
    return (points * (box.side / size_px) + [box.x, box.y]).astype(np.float32)


def cropped(image: UInt8, box: CropBox, size_px: int) -> UInt8:
    """The crop as a picture [S, S, ...], black outside the image.

    Bicubic; where it shrinks the image, it averages all pixels that fall into one.

    Args:
        image: [H, W, 3] or [H, W] uint8.
        box: what to show; it may leave the image.
        size_px: side S.
    """
    import cv2

    finer = 2 ** max(0, int(np.ceil(np.log2(box.side / size_px))))
    fine_px = size_px * finer
    scale = box.side / fine_px
    # OpenCV counts from the centre of the first pixel, on both sides.
    matrix = _scale_and_move(scale, box.x + 0.5 * scale - 0.5, box.y + 0.5 * scale - 0.5)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(image, matrix, (fine_px, fine_px), flags=flags)
    if finer > 1:
        shown = cv2.resize(shown, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return shown.astype(np.uint8, copy=False)


def placed(crop: AnyArray, box: CropBox, width_px: int, height_px: int) -> Float32:
    """A crop back at its place in a picture [H, W, ...], zero around it; float32.

    Args:
        crop: [S, S, C] or [S, S].
        box: its place.
        width_px: of the picture.
        height_px: of the picture.
    """
    import cv2

    scale = crop.shape[0] / box.side
    pixels: cv2.typing.MatLike = crop.astype(np.float32)
    if scale > 1:
        # Shrunk to one pixel a pixel first, or pixels of the crop would be passed over.
        side = max(1, round(box.side))
        pixels = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
        scale = side / box.side
    x, y = -box.x * scale, -box.y * scale
    matrix = _scale_and_move(scale, x + 0.5 * scale - 0.5, y + 0.5 * scale - 0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(pixels, matrix, (width_px, height_px), flags=flags)
    return shown.astype(np.float32, copy=False)


def _scale_and_move(scale: float, x: float, y: float) -> Float32:
    return np.array([[scale, 0, x], [0, scale, y]], np.float32)
