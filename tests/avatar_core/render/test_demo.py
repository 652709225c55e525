"""The bundled avatar appears, from every side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from avatar_core.errors import AvatarError
from avatar_core.geometry import Camera, look_at
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.render.scene import SceneOptions

pytestmark = pytest.mark.gl


@pytest.mark.parametrize("yaw_rad", [0.0, 1.57, 3.14, -1.57])
def test_the_demo_avatar_fills_the_middle(draw: Any, yaw_rad: float) -> None:
    try:
        asset = load_demo_avatar()
    except AvatarError as error:
        pytest.skip(f"no demo avatar: {error}")
    eye = np.array([1.1 * np.sin(yaw_rad), 0.0, 1.1 * np.cos(yaw_rad)], np.float32)
    camera = Camera.from_fov(look_at(eye, np.zeros(3, np.float32)), 0.5, 128, 128)
    scene = SceneOptions(background=(0.0, 1.0, 0.0), show_grid=False)
    image = draw(asset, camera, scene, neutral_frame(asset))
    uncovered = np.all(image == [0, 255, 0], axis=-1)
    assert not uncovered[45:70, 60:68].any()
    assert 0.15 < (~uncovered).mean() < 0.8
    assert uncovered[:10].all()
    assert image[~uncovered].std() > 20
