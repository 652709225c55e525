"""A face that sways before a camera, as pictures and as a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.geometry import UInt8

WIDTH_PX, HEIGHT_PX = 640, 480
_SWAY_PX, _SWAY_DEGREES = 24.0, 6.0


def swaying_pictures(image: UInt8, count: int) -> list[UInt8]:
    """Pictures [480, 640, 3] of one round of a gentle motion.

    Args:
        image: [H, W, 3] with a face in the middle.
        count: how many.
    """
    height, width = image.shape[:2]
    pictures = []
    for phase in np.linspace(0, 2 * np.pi, count, endpoint=False):
        matrix = cv2.getRotationMatrix2D(
            (width / 2, height / 2), _SWAY_DEGREES * np.sin(phase), HEIGHT_PX / height
        )
        middle = np.array([WIDTH_PX / 2, HEIGHT_PX / 2])
        matrix[:, 2] += middle - [width / 2, height / 2] + [_SWAY_PX * np.cos(phase), 0]
        warped = cv2.warpAffine(
            image, matrix, (WIDTH_PX, HEIGHT_PX), borderMode=cv2.BORDER_REPLICATE
        )
        pictures.append(cast("UInt8", warped))
    return pictures


def write_film(path: Path, pictures: Sequence[UInt8], fps: int) -> None:
    """Write pictures [H, W, 3] RGB as an MP4 without losses that a tracker would see."""
    import av

    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=fps, options={"crf": "12", "tune": "fastdecode"})
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode())
