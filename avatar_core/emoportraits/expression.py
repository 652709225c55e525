"""What a portrait is to show, given what its picture shows already and what the driver does."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.heads.arkit import limited_weights
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX, gaze_from_weights, with_gaze_weights

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion import MotionFrame
    from avatar_core.project.portrait_settings import PortraitSettings

_FREE_TURN_RAD = float(np.radians(22.0))
LARGEST_TURN_RAD = float(np.radians(35.0))
"""Beyond this a photograph has nothing to show: turns are eased towards it."""
WIDE_MOUTH = [
    UNIT_INDEX[f"mouth{name}{side}"]
    for name in ("Smile", "Dimple", "Stretch", "UpperUp", "LowerDown")
    for side in ("Left", "Right")
]
"""Units that widen the mouth or bare its teeth."""
_ROUND = [UNIT_INDEX["mouthPucker"], UNIT_INDEX["mouthFunnel"]]
_YIELD = 0.7
# How much of a wide mouth in the photograph gives way to a driver's round one.
_LARGEST_GAZE_RAD = np.array([0.6, 0.45])


class Expression(NamedTuple):
    """Weights [52] whose conflicting pairs are limited, and gaze [2, 2] radians."""

    weights: Float32
    gaze: Float32


def expression_of(weights: Float32, gaze: Float32 | None) -> Expression:
    """An expression; without a gaze it looks as its eyeLook weights say."""
    if gaze is None:
        gaze = gaze_from_weights(weights)
    else:
        weights = with_gaze_weights(weights, gaze)
    return Expression(limited_weights(ARKIT_UNITS, weights), gaze)


def shown_expression(
    shown: Expression, motion: MotionFrame, settings: PortraitSettings
) -> Expression:
    """What is to be seen: the driver's motion on top of the photograph's, or in place of it.

    On top means that a unit fills what is left of it, s + (1 - s) d: a smile that smiles more
    never smiles more than fully. No mouth is wide and round: lips that the driver rounds leave
    little of the photograph's smile.

    Args:
        shown: what the photograph shows.
        motion: the driver, told from its own rest.
        settings: gains, and 0 (on top) to 1 (in place) as `blend`.
    """
    driver = motion.weights
    if motion.gaze is not None:
        driver = with_gaze_weights(driver, motion.gaze)
    gaze = gaze_from_weights(driver) if motion.gaze is None else motion.gaze
    driven = np.clip(_unit_gains(settings) * driver, 0.0, 1.0)
    angles = settings.whole_gaze_gain * gaze
    keep = 1.0 - settings.blend
    own = keep * shown.weights
    own[WIDE_MOUTH] *= 1 - _YIELD * driven[_ROUND].max()
    weights = driven + own * (1 - driven)
    looked = np.clip(angles + keep * shown.gaze, -_LARGEST_GAZE_RAD, _LARGEST_GAZE_RAD)
    return Expression(
        limited_weights(ARKIT_UNITS, weights.astype(np.float32)), looked.astype(np.float32)
    )


@lru_cache(maxsize=16)
def _unit_gains(settings: PortraitSettings) -> Float32:
    return settings.unit_gains()


def shown_turn(
    source_rotation: Float32, motion: MotionFrame, settings: PortraitSettings
) -> Float64:
    """[3, 3] how the head turns from where the photograph has it, camera axes.

    Eased, so that it never exceeds `LARGEST_TURN_RAD`.
    """
    if not settings.follows_pose:
        return np.eye(3)
    turn = matrix_from_axis_angle(motion.head_rotation).astype(np.float64)
    if settings.blend > 0:
        back = matrix_from_axis_angle(-settings.blend * source_rotation)
        turn = turn @ back.astype(np.float64)
    vector = settings.pose_gain * axis_angle_from_matrix(turn.astype(np.float32))
    angle = float(np.linalg.norm(vector))
    if angle > _FREE_TURN_RAD:
        vector = vector * (eased_turn(angle) / angle)
    return matrix_from_axis_angle(vector.astype(np.float32)).astype(np.float64)


def eased_turn(angle_rad: float) -> float:
    """An angle as it is up to 22 degrees, then ever more slowly towards 35."""
    room = LARGEST_TURN_RAD - _FREE_TURN_RAD
    beyond = max(angle_rad - _FREE_TURN_RAD, 0.0)
    return min(angle_rad, _FREE_TURN_RAD) + room * float(np.tanh(beyond / room))
