from __future__ import annotations

import numpy as np
import pytest

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.motion import MotionFrame, mirrored, same_pose


def random_frame(seed: int) -> MotionFrame:
    rng = np.random.default_rng(seed)
    return MotionFrame(
        weights=rng.uniform(0, 1, 52).astype(np.float32),
        head_rotation=rng.normal(0, 0.3, 3).astype(np.float32),
        head_translation=rng.normal(0, 0.1, 3).astype(np.float32),
        gaze=rng.normal(0, 0.2, (2, 2)).astype(np.float32),
    )


def test_twice_is_the_frame_again() -> None:
    frame = random_frame(1)
    assert same_pose(mirrored(mirrored(frame)), frame)


def test_sides_swap_and_the_middle_stays() -> None:
    image = mirrored(
        MotionFrame.from_units(eyeBlinkLeft=0.7, jawLeft=0.4, mouthSmileRight=0.2, jawOpen=0.6)
    )
    expected = MotionFrame.from_units(
        eyeBlinkRight=0.7, jawRight=0.4, mouthSmileLeft=0.2, jawOpen=0.6
    )
    assert same_pose(image, expected)


def test_turn_is_conjugated_by_the_mirror() -> None:
    frame = random_frame(2)
    mirror = np.diag([-1.0, 1, 1])
    expected = mirror @ matrix_from_axis_angle(frame.head_rotation) @ mirror
    assert matrix_from_axis_angle(mirrored(frame).head_rotation) == pytest.approx(
        expected, abs=1e-6
    )


def test_place_and_gaze_change_sides() -> None:
    frame = MotionFrame(
        head_translation=np.array([0.1, 0.2, 0.3], np.float32),
        gaze=np.array([[0.3, 0.1], [0.2, -0.1]], np.float32),
    )
    image = mirrored(frame)
    assert image.head_translation == pytest.approx([-0.1, 0.2, 0.3])
    assert image.gaze is not None
    assert image.gaze == pytest.approx(np.array([[-0.2, -0.1], [-0.3, 0.1]]))
