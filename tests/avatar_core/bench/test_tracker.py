"""The tracker bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.bench import tracker
from avatar_core.errors import FaceNotFoundError

if TYPE_CHECKING:
    from pathlib import Path


def test_measures_every_stage() -> None:
    result = tracker.run(frames=6)
    assert set(result) == {
        "tracker_fps", "tracker_best_fps", "tracker_threads", "tracker_detect_ms",
        "tracker_landmarks_ms", "tracker_blendshapes_ms", "tracker_pose_ms",
    }  # fmt: skip
    assert all(isinstance(value, float) and value > 0 for value in result.values())
    assert result["tracker_best_fps"] >= result["tracker_fps"]


def test_a_picture_without_a_face_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((48, 64, 3), 90, np.uint8))
    with pytest.raises(FaceNotFoundError):
        tracker.run(path)
