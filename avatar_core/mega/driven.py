"""From motion to what poses a head; numpy only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from avatar_core.heads import HeadParameters, ParametricHead
    from avatar_core.motion import MotionFrame


def driven_parameters(head: ParametricHead, motion: MotionFrame) -> HeadParameters:
    """What poses a head so that it shows a motion."""
    return head.parameters_from_arkit(
        ARKIT_UNITS, motion.weights, motion.head_rotation, motion.head_translation, motion.gaze
    )
