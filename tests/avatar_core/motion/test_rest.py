from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import MotionFrame, Take
from avatar_core.motion.rest import rest_of


def tracked(count: int, fps: float = 30.0, **changes) -> Take:
    """A face that rests at 0.2, opens its jaw now and then, and sits off centre."""
    rng = np.random.default_rng(5)
    frames = []
    for index in range(count):
        jaw = 0.2 + (0.7 if index % 10 == 9 else 0.0)
        frames.append(
            MotionFrame(
                time_s=index / fps,
                weights=MotionFrame.from_units(jawOpen=jaw).weights,
                head_rotation=np.array([0.1, -0.2, 0.05], np.float32)
                + rng.normal(scale=0.01, size=3).astype(np.float32),
                head_translation=np.array([0.0, -0.07, -0.36], np.float32),
                gaze=np.full((2, 2), 0.1, np.float32),
                **changes,
            )
        )
    return Take.from_frames("tracked", frames, fps)


def test_the_rest_is_what_a_face_comes_back_to():
    rest = rest_of(tracked(150))

    assert rest.weight("jawOpen") == pytest.approx(0.2, abs=1e-6)
    np.testing.assert_allclose(rest.head_rotation, [0.1, -0.2, 0.05], atol=0.01)
    np.testing.assert_allclose(rest.head_translation, [0, -0.07, -0.36], atol=1e-6)
    np.testing.assert_allclose(rest.gaze, 0.1, atol=1e-6)


def test_a_short_film_keeps_its_expressions():
    rest = rest_of(tracked(10))

    assert not rest.weights.any()
    assert rest.gaze is None
    np.testing.assert_allclose(rest.head_rotation, [0.1, -0.2, 0.05], atol=0.02)


def test_a_still_keeps_its_turn_and_loses_its_distance():
    rest = rest_of(tracked(2))

    assert not rest.head_rotation.any()
    np.testing.assert_allclose(rest.head_translation, [0, -0.07, -0.36], atol=1e-6)


def test_pictures_without_a_face_do_not_count_for_the_rest():
    assert not rest_of(tracked(150, confidence=0.0)).head_translation.any()
