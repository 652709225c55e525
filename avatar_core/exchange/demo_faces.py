"""Renders of the demo avatar whose weights are known exactly; what a portrait model learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry.framing import framing_camera
from avatar_core.heads.portrait import portrait_points
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.take_file import load_take
from avatar_core.mega import build, neutral_frame
from avatar_core.motion import ARKIT_UNITS, MotionFrame, weights_with_gaze
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import SceneOptions
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.project import AvatarAsset

_TAKE_SAMPLES = 240
_STRENGTHS = (0.5, 1.0)
_SIZE_PX = 384
_GREY = (0.5, 0.5, 0.5)
_MARGIN = 1.05


def rendered_faces(step: Callable[[float], None]) -> Iterator[tuple[UInt8, Float32]]:
    """Pictures [384, 384, 3] of the demo avatar with the weights [52] they show, gaze among them.

    Args:
        step: told how far it is, 0..1; may raise to stop it.

    Raises:
        RenderError: no OpenGL context.
    """
    asset = load_demo_avatar()
    avatar = build(asset)
    camera = framing_camera(_head(asset), _SIZE_PX, _SIZE_PX, margin=_MARGIN)
    scene = SceneOptions(show_grid=False, background=_GREY)
    renderer = OffscreenRenderer(_SIZE_PX, _SIZE_PX)
    motions = _motions()
    try:
        for index, motion in enumerate(motions):
            step(index / len(motions))
            frame = avatar.evaluate(motion, camera)
            yield renderer.render(asset, frame, camera, scene), weights_with_gaze(motion)
    finally:
        renderer.release()


def _motions() -> list[MotionFrame]:
    """The demo performance, and each unit by itself at two strengths."""
    take = load_take(resource_path("demo", "performance.take"))
    places = np.linspace(0, len(take) - 1, _TAKE_SAMPLES).astype(int)
    alone = [
        MotionFrame.from_units(**{unit: strength})
        for unit in ARKIT_UNITS
        for strength in _STRENGTHS
    ]
    return [*(take.frame(int(place)) for place in places), *alone]


def _head(asset: AvatarAsset) -> Float32:
    rest = neutral_frame(asset)
    return portrait_points(asset.head.topology, rest.vertices, rest.hair_means)
