"""From motion to what poses a head; numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from avatar_core.heads import HeadParameters, ParametricHead


@dataclass(frozen=True, slots=True, eq=False)
class PosedMotion(MotionFrame):
    """A motion whose parameters are known better than by its weights, for one kind of head.

    Args:
        parameters: fitted or tracked for it; None where only the weights are known.
    """

    parameters: HeadParameters | None = None

    @classmethod
    def of(cls, motion: MotionFrame, parameters: HeadParameters) -> PosedMotion:
        """A motion, and what poses the head that shows it."""
        return cls(
            motion.time_s,
            motion.weights,
            motion.head_rotation,
            motion.head_translation,
            motion.gaze,
            motion.confidence,
            motion.expression_latent,
            parameters,
        )


def driven_parameters(head: ParametricHead, motion: MotionFrame) -> HeadParameters:
    """What poses a head so that it shows a motion."""
    if isinstance(motion, PosedMotion) and motion.parameters is not None:
        return motion.parameters
    return head.parameters_from_arkit(
        ARKIT_UNITS, motion.weights, motion.head_rotation, motion.head_translation, motion.gaze
    )
