"""The same performance seen in a mirror."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar_core.motion.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame


def _partner(unit: str) -> str:
    if unit.endswith("Left"):
        return unit.removesuffix("Left") + "Right"
    if unit.endswith("Right"):
        return unit.removesuffix("Right") + "Left"
    return unit


_MIRRORED = np.array([UNIT_INDEX[_partner(unit)] for unit in ARKIT_UNITS])
# A mirror across the head's middle turns x round; axis-angle vectors are pseudo-vectors.
_TURN_SIGN = np.array([1, -1, -1], np.float32)
_PLACE_SIGN = np.array([-1, 1, 1], np.float32)
_GAZE_SIGN = np.array([-1, 1], np.float32)


def mirrored(frame: MotionFrame) -> MotionFrame:
    """The frame with the person's left and right swapped; twice gives the frame again.

    A learned expression latent has no known mirror image and is dropped.
    """
    return replace(
        frame,
        weights=frame.weights[_MIRRORED],
        head_rotation=frame.head_rotation * _TURN_SIGN,
        head_translation=frame.head_translation * _PLACE_SIGN,
        gaze=None if frame.gaze is None else frame.gaze[::-1] * _GAZE_SIGN,
        expression_latent=None,
    )
