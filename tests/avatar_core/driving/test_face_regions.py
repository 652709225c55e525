from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.driving.face_regions import FaceRegion, head_matte, region_mask

if TYPE_CHECKING:
    from avatar_core.driving.face_tracker import FaceTracker


@pytest.fixture
def landmarks(tracker: FaceTracker, astronaut: np.ndarray) -> np.ndarray:
    face = tracker.track(astronaut, 0.0)
    assert face is not None
    return face.landmarks


@pytest.fixture
def masks(landmarks: np.ndarray) -> dict[FaceRegion, np.ndarray]:
    return {region: region_mask(landmarks, region, 512, 512) for region in FaceRegion}


def centre(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[:512, :512] + 0.5
    return np.array([(mask * columns).sum(), (mask * rows).sum()]) / mask.sum()


def test_parts_lie_where_they_belong(
    masks: dict[FaceRegion, np.ndarray], landmarks: np.ndarray
) -> None:
    irises = landmarks[[468, 473], :2].mean(0)
    np.testing.assert_allclose(centre(masks[FaceRegion.EYES]), irises, atol=3)
    brows, eyes, lips = (
        centre(masks[each])[1] for each in (FaceRegion.BROWS, FaceRegion.EYES, FaceRegion.LIPS)
    )
    assert brows < eyes - 5
    assert eyes < lips - 20
    np.testing.assert_allclose(centre(masks[FaceRegion.MOUTH]), centre(masks[FaceRegion.LIPS]),
                               atol=4)  # fmt: skip


def test_the_parts_make_up_the_face_and_do_not_overlap(
    masks: dict[FaceRegion, np.ndarray],
) -> None:
    parts = [mask for region, mask in masks.items() if region is not FaceRegion.FACE]
    together = sum(parts)
    np.testing.assert_allclose(together.sum(), masks[FaceRegion.FACE].sum(), rtol=0.01)
    assert together.max() <= 1 + 1e-6


def test_lips_are_redder_than_teeth(landmarks: np.ndarray, astronaut: np.ndarray) -> None:
    large = cv2.resize(astronaut, (2048, 2048), interpolation=cv2.INTER_CUBIC).astype(float)
    redness = large[..., 0] - large[..., 1]
    lips, mouth = (
        redness[region_mask(4 * landmarks, region, 2048, 2048) > 0.9].mean()
        for region in (FaceRegion.LIPS, FaceRegion.MOUTH)
    )
    assert lips > mouth + 15


def test_faces_half_outside_or_far_away_are_drawn_as_far_as_they_are_seen(
    landmarks: np.ndarray,
) -> None:
    half = landmarks - np.array([225, 0, 0], np.float32)
    mask = region_mask(half, FaceRegion.FACE, 512, 512)
    assert mask[122, 0] == 1
    assert not region_mask(landmarks * 1e6, FaceRegion.EYES, 512, 512).any()


@pytest.mark.parametrize("turn", range(4))
def test_a_head_keeps_its_hair_and_neck_but_not_its_shoulders(
    turn: int, landmarks: np.ndarray
) -> None:
    # Turns of the picture: x, y of every landmark with it.
    points = landmarks.copy()
    for _ in range(turn):
        points[:, :2] = np.stack([points[:, 1], 512 - points[:, 0]], axis=1)
    matte = np.full((512, 512), 0.5, np.float32)
    kept = np.rot90(head_matte(matte, points), -turn)
    chin = int(landmarks[152, 1])
    assert (kept[:chin] == 0.5).all() or kept[:chin].min() > 0.49
    assert kept[chin + 10, 225] > 0.45
    assert kept[chin + 60 :, 225].max() < 0.01
    assert (np.diff(kept[:, 225]) <= 1e-6).all()


def test_landmarks_in_one_point_leave_the_matte() -> None:
    matte = np.ones((4, 4), np.float32)
    assert (head_matte(matte, np.zeros((478, 3), np.float32)) == 1).all()
