"""A performance as an animation of glTF: morph weights, turn and place of the head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from avatar_core.geometry import Float32, quat_from_axis_angle
from avatar_core.heads.arkit import damped_shift, limited_weights
from avatar_core.motion import ARKIT_UNITS
from avatar_core.motion.gaze import weights_with_gaze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.io.gltf import GltfBuilder
    from avatar_core.motion import MotionFrame


class MovedNodes(NamedTuple):
    """Which nodes an animation moves: the one with the head's mesh, the neck, the whole figure."""

    head: int
    neck: int
    figure: int


def add_animation(
    gltf: GltfBuilder, name: str, frames: Sequence[MotionFrame], nodes: MovedNodes
) -> int:
    """An animation with a key for every frame, the first at time 0.

    Weights are limited as heads limit them (`heads.arkit.UNIT_LIMITS`), a gaze becomes the eyeLook
    units, and movements of the head are damped as the studio's avatars damp them.

    Args:
        gltf: the document.
        name: of the performance.
        frames: one or more, in the order of their times.
        nodes: what moves.
    """
    times = np.array([frame.time_s for frame in frames])
    times_s = (times - times[0]).astype(np.float32)
    clock = gltf.add_accessor(times_s, has_bounds=True)
    weights = np.stack([limited_weights(ARKIT_UNITS, weights_with_gaze(frame)) for frame in frames])
    turns = _smooth(quat_from_axis_angle(np.stack([frame.head_rotation for frame in frames])))
    shifts = np.stack([damped_shift(frame.head_translation) for frame in frames])
    moved = (
        (nodes.head, "weights", weights.astype(np.float32).ravel()),
        (nodes.neck, "rotation", np.roll(turns, -1, axis=1)),
        (nodes.figure, "translation", shifts.astype(np.float32)),
    )
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for node, path, values in moved:
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        samplers.append(
            {"input": clock, "output": gltf.add_accessor(values), "interpolation": "LINEAR"}
        )
    return gltf.add("animations", name=name, samplers=samplers, channels=channels)


def _smooth(quats: Float32) -> Float32:
    """The same rotations [T, 4], of the two signs each the one nearer to the rotation before."""
    smooth: Float32 = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    signs = np.where((smooth[1:] * smooth[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    smooth[1:] *= np.cumprod(signs).astype(np.float32)[:, None]
    return smooth
