"""What lies behind lids and lips."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar_core.emoportraits.landmark_warp.features import (
    LIDS_LOWER,
    LIDS_UPPER,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.emoportraits.landmark_warp.look import warp_source

SKIN, WHITE, IRIS = (190, 140, 110), (228, 226, 222), (70, 50, 40)
DOWN = np.array([0.0, 20.0])


@pytest.fixture
def painted(photograph) -> np.ndarray:
    """The photograph in flat colours, eyes open."""
    picture = np.full_like(photograph.picture, SKIN)
    for eye in range(2):
        ring = np.concatenate([LIDS_UPPER[eye], LIDS_LOWER[eye][::-1]])
        outline = np.round(photograph.landmarks[ring, :2]).astype(np.int32)
        cv2.fillPoly(picture, [outline], WHITE)
        x, y = photograph.landmarks[(473, 468)[eye], :2]
        cv2.circle(picture, (round(float(x)), round(float(y))), 6, IRIS, -1)
    return picture


def behind(source, x: float, y: float) -> np.ndarray:
    left, top = source.filling_box[:2].astype(int)
    return source.filling[int(y) - top, int(x) - left].astype(int)


def test_under_the_iris_lies_the_white_of_the_eye(painted, photograph) -> None:
    source = warp_source(painted, photograph.landmarks.astype(np.float64), DOWN)
    for x, y, _ in source.irises:
        colour = behind(source, x, y)
        assert np.abs(colour[:3] - WHITE).max() < 25
        assert colour[3] == 255


def test_closed_eyes_get_a_pale_guess(painted, photograph) -> None:
    landmarks = photograph.landmarks.astype(np.float64)
    landmarks[LIDS_UPPER] = landmarks[LIDS_LOWER]
    source = warp_source(np.full_like(painted, SKIN), landmarks, DOWN)
    for x, y, _ in source.irises:
        assert behind(source, x, y)[:3].min() > 100


def test_only_openings_are_seen_through(painted, photograph) -> None:
    landmarks = photograph.landmarks.astype(np.float64)
    source = warp_source(painted, landmarks, DOWN)
    nose_tip = landmarks[4, :2]
    assert behind(source, *nose_tip)[3] == 0
    assert source.filling[..., 3].max() == 255


def test_teeth_are_painted_where_the_picture_shows_none(painted, photograph) -> None:
    landmarks = photograph.landmarks.astype(np.float64)
    landmarks[LIPS_LOWER] = landmarks[LIPS_UPPER]
    closed = warp_source(painted, landmarks, DOWN)
    assert closed.tooth_amount == 1
    assert closed.jaw_share == 0
    landmarks[LIPS_LOWER[1:-1], 1] += 40
    wide_open = warp_source(painted, landmarks, DOWN)
    assert wide_open.tooth_amount == 0
    assert wide_open.jaw_share > 0.2


def test_an_eye_at_the_border_is_no_trouble(painted, photograph) -> None:
    for shift in ([-150, 0], [150, 0], [0, -130], [0, 140]):
        landmarks = photograph.landmarks.astype(np.float64) + np.array([*shift, 0])
        source = warp_source(painted, landmarks, DOWN)
        assert min(source.filling.shape[:2]) >= 1
