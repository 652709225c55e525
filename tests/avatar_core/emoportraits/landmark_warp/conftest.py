"""A photograph whose face is the average one, known in every landmark."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from avatar_core.emoportraits.landmark_warp import WarpPortrait
from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import IRISES, LIDS_LOWER, LIDS_UPPER
from avatar_core.geometry import matrix_from_axis_angle

WIDTH, HEIGHT, FACE_PX = 320, 300, 60.0


@dataclass
class Photograph:
    picture: np.ndarray
    landmarks: np.ndarray
    weights: np.ndarray
    rotation: np.ndarray

    def portrait(self, **changes: object) -> WarpPortrait:
        parts = {
            "picture": self.picture,
            "landmarks": self.landmarks,
            "weights": self.weights,
            "rotation": self.rotation,
        }
        return WarpPortrait(**{**parts, **changes})


def photograph_of(rotation: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Photograph:
    """The average face in weak perspective, turned, over coloured noise."""
    points = load_face_motion().neutral.astype(np.float64).copy()
    for eye in range(2):
        middle = points[[*LIDS_UPPER[eye], *LIDS_LOWER[eye]]].mean(0)
        around = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
        points[IRISES[eye]] = middle + 0.11 * around
    turn = matrix_from_axis_angle(np.array(rotation, np.float32))
    seen = FACE_PX * points @ turn.T * [1, -1, -1] + [WIDTH / 2, HEIGHT / 2, 0]
    noise = np.random.default_rng(0).uniform(0, 255, (HEIGHT // 5, WIDTH // 5, 3))
    picture = cv2.resize(noise.astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return Photograph(
        picture,
        seen.astype(np.float32),
        np.zeros(52, np.float32),
        np.array(rotation, np.float32),
    )


@pytest.fixture(scope="session")
def photograph() -> Photograph:
    return photograph_of()


@pytest.fixture(scope="session")
def turned_photograph() -> Photograph:
    return photograph_of((0.1, 0.3, -0.2))
