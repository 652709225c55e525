"""Which texels of the face the pictures of a capture show, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.raster.meshes import rasterize_mesh
from avatar_core.training.capture_frames import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.mega.model import MegaModel
    from avatar_core.training.captures import Capture, CaptureFrame

_MOST_FRAMES = 160
_WHOLE = 0.99
_HAIR = 0.02
"""A pixel with more hair than this, or next to one, has taught the skin nothing sure."""


def sightings(
    model: MegaModel, capture: Capture, step: Callable[[float], None] | None = None
) -> Float32 | None:
    """How often training saw each texel of the neural texture.

    Args:
        model: the trained avatar.
        capture: what it was trained from; some of its frames are looked at, evenly.
        step: hears the share that is done, 0..1.

    Returns:
        [S, S], row 0 at the bottom; None without pictures that say what is hair.
    """
    names = tuple(name for name in capture.series if name != HELD_OUT)
    frames = [frame for frame in capture.frames(*names) if frame.parsing_path is not None]
    if not frames:
        return None
    frames = frames[:: -(-len(frames) // _MOST_FRAMES)]
    size = model.networks.config.tex_size
    counts = np.zeros(size * size, np.float32)
    for done, frame in enumerate(frames):
        counts += np.bincount(_texels_of(model, capture, frame, size), minlength=size * size)
        if step is not None:
            step((done + 1) / len(frames))
    return counts.reshape(size, size)


def _texels_of(
    model: MegaModel, capture: Capture, frame: CaptureFrame, size: int
) -> NDArray[np.int64]:
    """[n] the texel in the middle of every pixel that shows skin for sure."""
    from scipy import ndimage

    picture = capture.picture(frame, (frame.camera.width_px, frame.camera.height_px))
    assert picture.head is not None
    with torch.inference_mode():
        vertices = model.displaced(model.posed(frame.parameters)).cpu().numpy()
    image = rasterize_mesh(vertices, model.surface.faces, model.face_camera(frame.camera))
    shows = (image.face_ids >= 0) & (picture.person > _WHOLE) & (picture.head > _WHOLE)
    if frame.has_hair and picture.hair is not None:
        shows &= ~ndimage.binary_dilation(picture.hair > _HAIR, np.ones((3, 3), bool))
    corners = model.surface.corner_uv.numpy()[image.face_ids[shows]]
    uv = np.einsum("nk,nkc->nc", image.barycentrics[shows], corners)
    columns, rows = np.rint((0.5 * uv + 0.5) * (size - 1)).astype(int).clip(0, size - 1).T
    texels: NDArray[np.int64] = rows * size + columns
    return texels
