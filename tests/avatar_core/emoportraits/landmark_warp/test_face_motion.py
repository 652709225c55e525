"""The motion of landmarks that ships with the studio."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import (
    FACE_OVAL,
    LIDS_LOWER,
    LIDS_UPPER,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX

MIRROR_X = np.array([-1, 1, 1])
EYE_CORNERS, MOUTH_CORNERS = (33, 263), (61, 291)


def move(unit: str, landmark: int) -> np.ndarray:
    return load_face_motion().units[UNIT_INDEX[unit], landmark]


def test_lengths_are_in_face_sizes() -> None:
    motion = load_face_motion()
    still = motion.neutral[motion.still]
    np.testing.assert_allclose(still.mean(0), 0, atol=1e-5)
    assert np.sqrt((still**2).sum(1).mean()) == pytest.approx(1, abs=1e-5)


def test_the_person_looks_along_z_with_the_left_side_at_positive_x() -> None:
    neutral = load_face_motion().neutral
    right_eye, left_eye = EYE_CORNERS
    assert neutral[left_eye, 0] > 0.5 > -0.5 > neutral[right_eye, 0]
    assert neutral[10, 1] > neutral[1, 1] > neutral[152, 1]  # forehead, nose, chin
    assert neutral[1, 2] > neutral[FACE_OVAL, 2].max()


@pytest.mark.parametrize(
    ("unit", "landmark", "axis", "sign"),
    [
        ("jawOpen", 152, 1, -1),
        ("mouthSmileLeft", 291, 1, 1),
        ("mouthSmileLeft", 291, 0, 1),
        ("mouthPucker", 291, 0, -1),
        ("mouthLeft", 13, 0, 1),
        ("browInnerUp", 336, 1, 1),
        ("browDownLeft", 336, 1, -1),
        ("mouthUpperUpRight", 37, 1, 1),
        ("mouthLowerDownRight", 84, 1, -1),
        ("eyeBlinkRight", 159, 1, -1),
        ("eyeWideRight", 159, 1, 1),
    ],
)
def test_units_move_what_they_are_named_after(unit, landmark, axis, sign) -> None:
    assert sign * move(unit, landmark)[axis] > 0.02


def test_left_and_right_are_mirror_images() -> None:
    for left, right in (EYE_CORNERS[::-1], MOUTH_CORNERS[::-1], (386, 159), (336, 107)):
        for unit in ARKIT_UNITS:
            other = unit.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
            np.testing.assert_allclose(
                move(unit, left), move(other, right) * MIRROR_X, atol=2e-3, err_msg=unit
            )


def test_chains_run_from_the_persons_right() -> None:
    neutral = load_face_motion().neutral
    for chain in (*LIDS_UPPER, *LIDS_LOWER, LIPS_UPPER, LIPS_LOWER):
        assert (np.diff(neutral[chain, 0]) > 0).all()
    assert (neutral[LIDS_UPPER, 1] >= neutral[LIDS_LOWER, 1]).all()


def test_the_triangles_fill_the_outline_of_the_face() -> None:
    triangles = load_face_motion().triangles
    edges = {(a, b) for tri in triangles for a, b in zip(tri, np.roll(tri, -1), strict=True)}
    border = {a for a, b in edges if (b, a) not in edges}
    assert border == set(FACE_OVAL)
