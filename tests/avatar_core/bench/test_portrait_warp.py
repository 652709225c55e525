"""The bench of the landmark warp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.bench import portrait_warp
from avatar_core.errors import FaceNotFoundError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.gl
def test_measures_mesh_and_drawing() -> None:
    result = portrait_warp.run(frames=4)
    assert set(result) == {"warp_fps", "warp_best_fps", "warp_mesh_ms", "warp_draw_ms"}
    assert all(isinstance(value, float) and value > 0 for value in result.values())
    assert result["warp_best_fps"] >= result["warp_fps"]


def test_a_picture_without_a_face_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((64, 64, 3), 90, np.uint8))
    with pytest.raises(FaceNotFoundError):
        portrait_warp.run(path)
