"""The face at rest of a driver that was never calibrated, estimated from what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.motion.take import Take

_LEARNED_S = 2.0
"""A rest is not told from an expression in less than this."""
_REST_PERCENTILE = 10.0


def rest_of(take: Take) -> MotionFrame:
    """An estimate of the tracked person's face at rest, to be taken off as a neutral.

    The head's rest is the middle of where it was. A unit's rest is the value it seldom falls
    below, which is what the tracker gives for the shape of this face; a film too short to tell
    has its expressions taken as they are, and a still also its turn of the head.
    """
    seen = take.confidence > 0
    neutral = MotionFrame()
    if not seen.any():
        return neutral
    moves = int(seen.sum()) > 2
    long_enough = moves and float(np.ptp(take.times_s[seen])) >= _LEARNED_S
    gaze = take.gaze
    return MotionFrame(
        weights=(
            np.percentile(take.weights[seen], _REST_PERCENTILE, axis=0).astype(np.float32)
            if long_enough
            else neutral.weights
        ),
        head_rotation=(
            np.median(take.head_rotation[seen], axis=0) if moves else neutral.head_rotation
        ),
        head_translation=np.median(take.head_translation[seen], axis=0),
        gaze=np.median(gaze[seen], axis=0) if gaze is not None and long_enough else None,
    )
