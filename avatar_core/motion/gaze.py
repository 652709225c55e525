"""Gaze as angles and as the eyeLook weights that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.motion.motion import UNIT_INDEX

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.motion.motion import MotionFrame

FULL_YAW_RAD = 0.45
"""How far an eye turns sideways at eyeLookIn or eyeLookOut 1; about what ARKit reports."""

FULL_PITCH_RAD = 0.35
"""How far an eye turns up or down at eyeLookUp or eyeLookDown 1."""

# For the yaw and pitch of (left, right) eye: the unit that makes it positive, the one against it.
_POSITIVE = np.array(
    [
        [UNIT_INDEX["eyeLookOutLeft"], UNIT_INDEX["eyeLookUpLeft"]],
        [UNIT_INDEX["eyeLookInRight"], UNIT_INDEX["eyeLookUpRight"]],
    ]
)
_NEGATIVE = np.array(
    [
        [UNIT_INDEX["eyeLookInLeft"], UNIT_INDEX["eyeLookDownLeft"]],
        [UNIT_INDEX["eyeLookOutRight"], UNIT_INDEX["eyeLookDownRight"]],
    ]
)
_FULL_RAD = np.array([FULL_YAW_RAD, FULL_PITCH_RAD], np.float32)


def gaze_from_weights(weights: Float32) -> Float32:
    """Gaze angles that the eyeLook weights stand for.

    Args:
        weights: [..., 52] ARKit weights.

    Returns:
        [..., 2, 2] (yaw, pitch) radians of (left, right) eye, as in `MotionFrame.gaze`.
    """
    gaze: Float32 = (weights[..., _POSITIVE] - weights[..., _NEGATIVE]) * _FULL_RAD
    return gaze


def with_gaze_weights(weights: Float32, gaze: Float32) -> Float32:
    """Weights whose eyeLook units are replaced by those that stand for a gaze.

    Args:
        weights: [..., 52] ARKit weights.
        gaze: [..., 2, 2] (yaw, pitch) radians of (left, right) eye.

    Returns:
        [..., 52] weights 0..1; angles beyond a full look are cut.

    Raises:
        ShapeError: gaze does not match the weights.
    """
    if gaze.shape != (*weights.shape[:-1], 2, 2):
        raise ShapeError(f"gaze: expected [..., 2, 2], got {list(gaze.shape)}")
    share = gaze / _FULL_RAD
    result = weights.copy()
    result[..., _POSITIVE] = np.clip(share, 0, 1)
    result[..., _NEGATIVE] = np.clip(-share, 0, 1)
    return result


def weights_with_gaze(motion: MotionFrame) -> Float32:
    """All that the face of a frame does as weights [52]: a gaze in angles is told by eyeLook."""
    return motion.weights if motion.gaze is None else with_gaze_weights(motion.weights, motion.gaze)
