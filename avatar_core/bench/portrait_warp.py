"""How fast the landmark warp performs: a photograph of 512 x 512, driven by the demo take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.sources import open_source
from avatar_core.emoportraits.performer import WarpPerformer
from avatar_core.errors import FaceNotFoundError
from avatar_core.io.take_file import load_take
from avatar_core.project import CropBox, Portrait, PortraitSettings
from avatar_core.render.portrait_offscreen import OffscreenPortrait
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8

_SIZE_PX = 512
_WARM_UP = 8
_STEP = 3
# Of the take's frames: its half minute has more than are needed.


def run(picture: Path | None = None, frames: int = 200) -> dict[str, float | str]:
    """Let a photograph perform and read every picture back.

    Args:
        picture: an image with a face; a render of the demo person when left out.
        frames: pictures to measure.

    Returns:
        `warp_fps` (of the median picture), `warp_best_fps` (of the quickest one, which other load
        on the machine disturbs least), `warp_mesh_ms` and `warp_draw_ms` (medians).

    Raises:
        AssetError: the picture cannot be read.
        FaceNotFoundError: it shows no face.
        RenderError: the computer offers no OpenGL 4.1.
    """
    performer = _performer(_square(_image(picture or resource_path("demo", "bench_face.webp"))))
    take = load_take(resource_path("demo", "performance.take"))
    mesh_ms: list[float] = []
    draw_ms: list[float] = []
    settings = PortraitSettings()
    offscreen = OffscreenPortrait()
    try:
        for index in range(frames + _WARM_UP):
            motion = take.frame(_STEP * index % len(take))
            start = time.perf_counter()
            frame = performer.perform(motion, settings)
            made = time.perf_counter()
            offscreen.draw(frame, (_SIZE_PX, _SIZE_PX))
            drawn = time.perf_counter()
            if index >= _WARM_UP:
                mesh_ms.append(1000 * (made - start))
                draw_ms.append(1000 * (drawn - made))
    finally:
        offscreen.release()
    spent_ms = np.array(mesh_ms) + np.array(draw_ms)
    return {
        "warp_fps": round(1000 / float(np.median(spent_ms)), 1),
        "warp_best_fps": round(1000 / float(spent_ms.min()), 1),
        "warp_mesh_ms": round(float(np.median(mesh_ms)), 3),
        "warp_draw_ms": round(float(np.median(draw_ms)), 3),
    }


def _image(path: Path) -> UInt8:
    captured = open_source(str(path), loop=False).read(1.0)
    if captured is None:
        raise FaceNotFoundError("The picture of the warp bench cannot be read.")
    return captured.image


def _square(image: UInt8) -> UInt8:
    """The middle of a picture, 512 x 512."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    middle = image[top : top + side, left : left + side]
    resized = cv2.resize(middle, (_SIZE_PX, _SIZE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _performer(image: UInt8) -> WarpPerformer:
    face = FaceTracker().track(image, 0.0)
    if face is None:
        raise FaceNotFoundError("The picture of the warp bench shows no face.")
    motion = face.motion
    return WarpPerformer(
        Portrait(
            "Bench",
            "",
            image,
            CropBox(0, 0, _SIZE_PX),
            landmarks=face.landmarks,
            weights=motion.weights,
            head_rotation=motion.head_rotation,
            gaze=motion.gaze,
        )
    )
