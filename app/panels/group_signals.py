"""One number that says how strongly a channel group moves, for plots and meters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import ChannelGroup, gaze_from_weights, indices_of_group

if TYPE_CHECKING:
    from avatar_core.geometry import Int32
    from avatar_core.motion import MotionFrame

_FULL_TURN_RAD = 0.7
_FULL_TRAVEL_M = 0.1
_FULL_GAZE_RAD = 0.5


def group_signal(frame: MotionFrame, group: ChannelGroup) -> float:
    """How strongly a group moves: 0 at rest, about 1 as strong as faces get.

    Weights count by the strongest one; a turn of 40 degrees, a way of 10 cm and a look of 29
    degrees count 1.
    """
    match group:
        case ChannelGroup.HEAD_TURN:
            return float(np.linalg.norm(frame.head_rotation)) / _FULL_TURN_RAD
        case ChannelGroup.HEAD_POSITION:
            return float(np.linalg.norm(frame.head_translation)) / _FULL_TRAVEL_M
        case ChannelGroup.GAZE:
            gaze = gaze_from_weights(frame.weights) if frame.gaze is None else frame.gaze
            return float(np.linalg.norm(gaze.mean(axis=0))) / _FULL_GAZE_RAD
    return float(frame.weights[_indices(group)].max(initial=0.0))


@cache
def _indices(group: ChannelGroup) -> Int32:
    return indices_of_group(group)
