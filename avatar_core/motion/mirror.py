"""The same performance seen in a mirror."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.frame_channels import channels_of_frame, with_channels
from avatar_core.motion.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Float32


def _partner(unit: str) -> str:
    if unit.endswith("Left"):
        return unit.removesuffix("Left") + "Right"
    if unit.endswith("Right"):
        return unit.removesuffix("Right") + "Left"
    return unit


_MIRRORED = np.array([UNIT_INDEX[_partner(unit)] for unit in ARKIT_UNITS])
_ORDER = np.concatenate([_MIRRORED, [52, 53, 54, 55, 56, 57, 60, 61, 58, 59]])
# A mirror across the head's middle turns x round; axis-angle vectors are pseudo-vectors.
_SIGNS = np.concatenate([np.ones(52), [1, -1, -1], [-1, 1, 1], [-1, 1, -1, 1]]).astype(np.float32)


def mirrored(frame: MotionFrame) -> MotionFrame:
    """The frame with the person's left and right swapped; twice gives the frame again.

    A learned expression latent has no known mirror image and is dropped.
    """
    swapped = with_channels(frame, mirrored_channels(channels_of_frame(frame)))
    return replace(swapped, expression_latent=None)


def mirrored_channels(channels: Float32) -> Float32:
    """The same for a vector [62] in the order of `frame_channels`."""
    swapped: Float32 = channels[_ORDER] * _SIGNS
    return swapped
