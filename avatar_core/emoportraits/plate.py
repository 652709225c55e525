"""What belongs to the head in a portrait's picture, and the picture without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.geometry import Float32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.project.portrait import Portrait

_FOREHEAD, _CHIN = 10, 152
"""Landmarks of the face tracker at the upper and lower end of the face."""
_NECK_ENDS = 0.3
"""How far below the chin the neck is taken along, heights of the face."""
_NECK_FADES = 0.1
"""How softly it ends there."""

_SURELY_FACE = 0.85
"""The part of a face's outline about which no matte is asked."""

_FILL_PX = 192
"""Longest side at which a background is filled; it is smooth anyway."""
_EDGE = np.ones((5, 5), np.uint8)
"""What is so near to green counts as the edge of a head."""
_GROW = 0.04
"""How far around the head the filling reaches, in the longer side of its picture."""


def head_matte(portrait: Portrait) -> UInt8:
    """How much of each pixel is head or neck, [H, W].

    A matte tells the whole person; models are shown the head alone, so what is below the neck
    fades away. Without a matte the whole crop counts.
    """
    matte = portrait.matte
    if matte is None:
        matte = np.full(portrait.picture.shape[:2], 255, np.uint8)
    if portrait.landmarks is None:
        return matte
    top, chin = portrait.landmarks[[_FOREHEAD, _CHIN], :2].astype(np.float64)
    down = chin - top
    height = max(float(np.linalg.norm(down)), 1.0)
    down /= height
    rows = (np.arange(matte.shape[0]) + 0.5 - chin[1]) * down[1]
    columns = (np.arange(matte.shape[1]) + 0.5 - chin[0]) * down[0]
    below = (rows[:, None] + columns[None, :]) / height
    kept = np.clip((_NECK_ENDS - below) / _NECK_FADES, 0, 1)
    result: UInt8 = np.rint(matte * kept).astype(np.uint8)
    return result


def person_matte(portrait: Portrait) -> UInt8 | None:
    """How much of each pixel is the person, [H, W], whose face has no holes; None if unknown."""
    if portrait.matte is None or portrait.landmarks is None:
        return portrait.matte
    matte = portrait.matte.copy()
    outline = cv2.convexHull(np.rint(portrait.landmarks[:, :2]).astype(np.int32))
    middle = outline.mean(0)
    inner = np.rint(middle + _SURELY_FACE * (outline - middle)).astype(np.int32)
    cv2.fillConvexPoly(matte, inner, 255)
    return matte


def without_head(picture: UInt8, matte: UInt8) -> UInt8:
    """The picture [H, W, 3] with the head filled in by what is around it.

    Pixels far from the head stay exactly as they are.

    Args:
        picture: [H, W, 3].
        matte: [H, W] of the head.

    Source:
        Telea 2004, An image inpainting technique based on the fast marching method.
    """
    expect_shapes(picture=(picture, "H W 3"), matte=(matte, "H W"))
    height, width = matte.shape
    scale = min(1.0, _FILL_PX / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    reach = max(round(_GROW * max(size)), 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    covered = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    hole = cv2.dilate((covered > 8).astype(np.uint8), kernel)
    if not hole.any():
        return picture
    filled = cv2.inpaint(small, hole, 3, cv2.INPAINT_TELEA)
    filled = cv2.GaussianBlur(filled, (0, 0), reach)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    inner = cv2.erode(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    soft = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), 0.5 * reach)
    weight: Float32 = cv2.resize(soft * hole, (width, height)).astype(np.float32)[..., None]
    mixed = weight * large + (1 - weight) * picture
    result: UInt8 = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return result


def unmixed_from_green(drawn: Float32) -> Float32:
    """A picture drawn on pure green, the green taken out: [S, S, 4] premultiplied, 0..1.

    Coverage is told by how far green stands out of the other colours, so faces need to have no
    green that is purer than their red and blue.

    Args:
        drawn: [S, S, 3] 0..1.

    Source:
        Vlahos's colour difference key, as described in Smith and Blinn 1996, Blue screen matting.
    """
    expect_shapes(drawn=(drawn, "S S 3"))
    red, green, blue = np.moveaxis(drawn, -1, 0)
    lead = np.maximum(red, blue)
    alpha = 1 - np.clip(green - lead, 0, 1)
    # Faint traces of the network's green would veil the ground.
    alpha = np.clip((alpha - 0.06) / 0.88, 0, 1)
    # At soft edges networks mix less red and blue in than they should: a yellow rim would stay,
    # up to where the head is whole.
    is_edge = cv2.erode(alpha, _EDGE) < 1
    most = np.where(is_edge, (red + blue) / 2, lead)
    spill_free = np.stack([red, np.minimum(green - (1 - alpha), most), blue], -1)
    colour = np.clip(spill_free, 0, alpha[..., None])
    return np.concatenate([colour, alpha[..., None]], -1).astype(np.float32)
