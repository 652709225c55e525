"""Where a posed head lies in a picture, and how well that fits the matte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.geometry import Float32, Int32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Camera

_SUBPIXEL_BITS = 4
_NEAREST_M = 1e-3
_FARTHEST_PX = 1 << 20


def silhouette(vertices: Float32, faces: Int32, camera: Camera) -> UInt8:
    """The picture [H, W] of a closed mesh: 255 where it is, else 0.

    Args:
        vertices: [V, 3] metres, world.
        faces: [F, 3] counter-clockwise from outside; triangles that reach behind the camera are
            left out.
        camera: gives view, intrinsics and image size.
    """
    expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
    pixels, depths = camera.project(vertices)
    # OpenCV counts from the centre of the first pixel, cameras here from its corner.
    places = (pixels - 0.5).clip(-_FARTHEST_PX, _FARTHEST_PX) * (1 << _SUBPIXEL_BITS)
    triangles = np.round(places).astype(np.int32)[faces]
    shown = (depths[faces] > _NEAREST_M).all(1) & _faces_camera(triangles)
    image = np.zeros((camera.height_px, camera.width_px), np.uint8)
    for triangle in triangles[shown]:
        cv2.fillConvexPoly(image, triangle, 255, shift=_SUBPIXEL_BITS)
    return image


def overlap(head: UInt8, matte: UInt8, not_head: UInt8 | None) -> float:
    """How well a head's silhouette and a matte cover one another, 0..1.

    Args:
        head: [H, W] silhouette.
        matte: [H, W] the person.
        not_head: [H, W] pixels of the person that are hair or clothes, which are left out of the
            comparison; None when nobody knows: the share of the head that lies within the matte.
    """
    expect_shapes(head=(head, "H W"), matte=(matte, "H W"))
    inside, person = head > 0, matte > 127
    if not_head is None:
        return float((inside & person).sum() / max(int(inside.sum()), 1))
    counted = not_head == 0
    both = (inside & person & counted).sum()
    either = ((inside | person) & counted).sum()
    return float(both / max(int(either), 1))


def _faces_camera(triangles: Int32) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """[F] counter-clockwise from outside is clockwise where y points down."""
    a, b, c = (triangles[:, corner].astype(np.float64) for corner in range(3))
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    facing: np.ndarray[tuple[int], np.dtype[np.bool_]] = turned < 0
    return facing
