"""Views and expressions under which baked paint is to look right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from avatar_core.geometry.framing import framing_camera
from avatar_core.heads import neutral_parameters
from avatar_core.mega.driven import driven_parameters
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry import Float32
    from avatar_core.mega.model import MegaModel
    from avatar_core.motion import Take

VIEWS = 6
EXPRESSIONS = 6

_MOST_YAW_RAD, _MOST_PITCH_RAD = 0.95, 0.3
_GOLDEN = 0.618034
_CAMERA_PX = 64
_CANDIDATES = 120
_LEAST_APART = 0.3
"""Distance of two expressions' weights from which on they count as different."""

_ROUND: tuple[dict[str, float], ...] = (
    {},
    {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "cheekSquintLeft": 0.5, "eyeSquintRight": 0.5},
    {"jawOpen": 0.8, "browInnerUp": 0.8, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6},
    {"mouthPucker": 0.9, "mouthFunnel": 0.3, "eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    {"browDownLeft": 0.9, "browDownRight": 0.9, "noseSneerLeft": 0.7, "mouthStretchRight": 0.6},
    {"cheekPuff": 0.8, "mouthLeft": 0.4, "mouthFrownLeft": 0.5, "mouthFrownRight": 0.5},
)
"""Expressions that a face is capable of, every part of it in one of them."""


@dataclass(frozen=True, slots=True, eq=False)
class BakeCondition:
    """What the decoders of the moving textures are told.

    Args:
        driving: [Z] float32, the dynamic decoder's input.
        direction: [3] float32, the view decoder's, of length 1.
    """

    driving: Float32
    direction: Float32


def conditions_of(
    model: MegaModel, takes: Sequence[Take] = (), seed: int = 0
) -> tuple[BakeCondition, ...]:
    """Twelve: six views spread over the front of the head, two of six expressions in each.

    Args:
        model: the avatar.
        takes: performances, whose most different moments are the expressions; where they have too
            few, a round of what a face is capable of goes on.
        seed: which expression is seen from where.
    """
    moments = _moments(takes, seed)
    motions = [*moments, *(MotionFrame.from_units(**units) for units in _ROUND[len(moments) :])]
    order = np.random.default_rng(seed).permutation(EXPRESSIONS)
    drivings = [_driving(model, motions[at]) for at in order]
    steps = (np.arange(VIEWS) + 0.5) / VIEWS
    yaws = _MOST_YAW_RAD * (2.0 * steps - 1.0)
    pitches = _MOST_PITCH_RAD * (2.0 * (steps / _GOLDEN % 1.0) - 1.0)
    directions = [_direction(model, *angles) for angles in zip(yaws, pitches, strict=True)]
    return tuple(
        BakeCondition(drivings[(view + apart) % EXPRESSIONS], directions[view])
        for apart in (0, EXPRESSIONS // 2)
        for view in range(VIEWS)
    )


def _driving(model: MegaModel, motion: MotionFrame) -> Float32:
    posed = model.posed(driven_parameters(model.head, motion))
    driving: Float32 = posed.driving[0].cpu().numpy()
    return driving


@torch.inference_mode()
def _direction(model: MegaModel, yaw_rad: float, pitch_rad: float) -> Float32:
    """From the head at rest to a camera around it, as the view decoder is told."""
    rest = model.posed(neutral_parameters(model.head))
    camera = framing_camera(
        model.canonical_vertices, _CAMERA_PX, _CAMERA_PX, yaw_rad=yaw_rad, pitch_rad=pitch_rad
    )
    direction: Float32 = functional.normalize(model.view_position(rest, camera), dim=-1)[0].numpy()
    return direction


def _moments(takes: Sequence[Take], seed: int) -> list[MotionFrame]:
    """The face at rest, then moments each as far as possible from all before it, if there are."""
    rng = np.random.default_rng(seed)
    frames = [(take, at) for take in takes for at in range(len(take))]
    drawn = np.sort(rng.choice(len(frames), min(_CANDIDATES, len(frames)), replace=False))
    candidates = [MotionFrame(), *(take.frame(at) for take, at in (frames[k] for k in drawn))]
    weights = np.stack([frame.weights for frame in candidates])
    chosen, nearest = [0], np.full(len(candidates), np.inf)
    while len(chosen) < min(EXPRESSIONS, len(candidates)):
        away = np.linalg.norm(weights - weights[chosen[-1]], axis=1)
        nearest = np.minimum(nearest, away)
        if nearest.max() < _LEAST_APART:
            break
        chosen.append(int(nearest.argmax()))
    return [candidates[at] for at in chosen]
