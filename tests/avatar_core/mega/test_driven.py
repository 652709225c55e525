"""What poses a head, by weights and where better is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.heads import HeadParameters
from avatar_core.mega.driven import PosedMotion, driven_parameters
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead


def test_weights_pose_a_head(small_head: BlendshapeHead) -> None:
    found = driven_parameters(small_head, MotionFrame.from_units(jawOpen=0.5))
    assert found.expression.max() == np.float32(0.5)


def test_known_parameters_win_over_weights(small_head: BlendshapeHead) -> None:
    motion = MotionFrame.from_units(time_s=2.0, jawOpen=0.5)
    known = HeadParameters(np.ones(52, np.float32), np.zeros((5, 3), np.float32))
    posed = PosedMotion.of(motion, known)
    assert driven_parameters(small_head, posed) is known
    assert posed.time_s == 2.0
    np.testing.assert_array_equal(posed.weights, motion.weights)


def test_without_parameters_the_weights_count(small_head: BlendshapeHead) -> None:
    found = driven_parameters(small_head, PosedMotion())
    np.testing.assert_array_equal(found.expression, 0)
