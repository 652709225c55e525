"""Whether the graphics card draws what the reference renderer computes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.driven import driven_parameters
from avatar_core.motion import MotionFrame
from avatar_core.recording.offline import portrait_camera
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import Blending, SceneOptions

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32, UInt8
    from avatar_core.mega.model import MegaModel
    from avatar_core.project.asset import AvatarAsset

EXACT_ON_WHITE = SceneOptions(background=(1.0, 1.0, 1.0), show_grid=False, blending=Blending.EXACT)
"""What the reference renderer shows."""

_DIRECTIONS_RAD = ((0.0, 0.0), (0.7, 0.2), (-1.3, -0.15), (2.7, 0.3))
"""Round to the person's left, and up."""

_OFF = 4 / 255


class Pair(NamedTuple):
    """A moment, and from where it is seen."""

    motion: MotionFrame
    camera: Camera


class Difference(NamedTuple):
    """Of a picture from its reference.

    psnr_db over all pixels; off_share 0..1 of the pixels with a channel that is off by more than
    4 of 255.
    """

    psnr_db: float
    off_share: float


def run(asset: AvatarAsset | None = None, size_px: int = 512, threads: int = 0) -> dict[str, float]:
    """Draw twelve pictures twice.

    Args:
        asset: with a neural face; the demo avatar when left out.
        size_px: sides of the pictures.
        threads: of the reference renderer; all cores when 0.

    Returns:
        `gl_reference_psnr_min_db`, `gl_reference_psnr_mean_db` and `gl_reference_off_max_percent`,
        of the pixels with a channel that is off by more than 4 of 255.
    """
    from avatar_core.mega.assets import model_of
    from avatar_core.mega.neural import NeuralAvatar
    from avatar_core.training.threads import use_threads

    use_threads(threads)
    asset = asset or load_demo_avatar()
    avatar, model = NeuralAvatar(asset), model_of(asset)
    offscreen = OffscreenRenderer(size_px, size_px)
    found = []
    try:
        for pair in twelve_pairs(asset, size_px, size_px):
            frame = avatar.evaluate(*pair)
            picture = offscreen.render(asset, frame, pair.camera, EXACT_ON_WHITE)
            found.append(difference(picture, reference_picture(model, pair)))
    finally:
        offscreen.release()
    psnrs_db = [each.psnr_db for each in found]
    return {
        "gl_reference_psnr_min_db": round(min(psnrs_db), 2),
        "gl_reference_psnr_mean_db": round(float(np.mean(psnrs_db)), 2),
        "gl_reference_off_max_percent": round(100 * max(each.off_share for each in found), 4),
    }


def twelve_pairs(asset: AvatarAsset, width: int, height: int) -> list[Pair]:
    """Three motions, of head, eyes and face, from four sides."""
    cameras = [portrait_camera(asset, width, height, *angles) for angles in _DIRECTIONS_RAD]
    return [Pair(*pair) for pair in product(_motions(), cameras)]


def reference_picture(model: MegaModel, pair: Pair) -> Float32:
    """[H, W, 3] 0..1 of the reference renderer, over white."""
    import torch

    from avatar_core.mega.reference_renderer import render

    motion, camera = pair
    parameters = driven_parameters(model.head, motion)
    with torch.inference_mode():
        blended, _ = render(model, model.posed(parameters), camera)
    picture: Float32 = blended.rgb[0].clamp(0, 1).numpy()
    return picture


def difference(picture: UInt8, reference: Float32) -> Difference:
    """How far a picture [H, W, 3] is from its reference [H, W, 3] 0..1."""
    away = picture.astype(np.float32) / 255 - reference
    # A picture cannot be closer than its own bytes: the floor only keeps equal ones finite.
    mean_square = max(float(np.square(away).mean()), 1e-12)
    off = np.abs(away).max(axis=-1) > _OFF
    return Difference(-10 * float(np.log10(mean_square)), float(off.mean()))


def _motions() -> list[MotionFrame]:
    smiling = MotionFrame.from_units(jawOpen=0.7, mouthSmileLeft=0.6, cheekPuff=0.3)
    frowning = MotionFrame.from_units(eyeBlinkLeft=1.0, browInnerUp=0.9, mouthPucker=0.8)
    return [
        MotionFrame(),
        replace(smiling, head_rotation=np.array([0.1, 0.5, 0.05], np.float32)),
        replace(
            frowning,
            head_rotation=np.array([-0.2, -0.35, 0.12], np.float32),
            head_translation=np.array([0.01, -0.015, 0.02], np.float32),
            gaze=np.array([[0.2, 0.1], [0.15, 0.1]], np.float32),
        ),
    ]
