"""Where a head or an eye points, for tests that mean directions and not numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from avatar_core.motion import MotionFrame


def nose(motion: MotionFrame) -> tuple[float, float]:
    """Degrees to the person's left and up that the face looks, from the camera's axis."""
    matrix, _ = cv2.Rodrigues(motion.head_rotation.astype(np.float64))
    x, y, z = matrix[:, 2]
    return float(np.degrees(np.arctan2(x, z))), float(np.degrees(np.arcsin(y)))


def lean(motion: MotionFrame) -> float:
    """Degrees that a head that looks ahead leans towards the person's right shoulder."""
    matrix, _ = cv2.Rodrigues(motion.head_rotation.astype(np.float64))
    left = matrix[:, 0]
    return float(np.degrees(np.arctan2(left[1], left[0])))


def gaze_degrees(motion: MotionFrame) -> np.ndarray:
    """[2, 2] (to the person's left, up) of (left, right) eye."""
    assert motion.gaze is not None
    return np.degrees(motion.gaze)
