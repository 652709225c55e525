"""The avatar without background, laid over one later, is the avatar drawn over it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar_core.geometry import Camera, look_at
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_format import PNG_8, PNG_16, open_film
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import SceneOptions

RED, GREEN, GREY = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.46, 0.46, 0.46)
SIZE = (160, 200)


@pytest.fixture(scope="module")
def drawn():
    """Without background [H, W, 4], and over each background [H, W, 3]: the head and its hair."""
    asset = load_demo_avatar()
    frame = neutral_frame(asset)
    camera = Camera.from_fov(look_at(np.array([0.2, 0.05, 0.9]), np.zeros(3)), 0.5, *SIZE)
    renderer = OffscreenRenderer(*SIZE)
    try:
        clear = SceneOptions(show_grid=False, transparent=True)
        alone = renderer.render(asset, frame, camera, clear)
        over = {
            colour: renderer.render(
                asset, frame, camera, SceneOptions(show_grid=False, background=colour)
            )
            for colour in (RED, GREEN, GREY)
        }
    finally:
        renderer.release()
    return alone, over


@pytest.mark.gl
@pytest.mark.parametrize(("kind", "worst"), [(PNG_16, 2), (PNG_8, 3)], ids=["png-16", "png-8"])
@pytest.mark.parametrize("background", [RED, GREEN, GREY])
def test_hair_over_a_background_is_hair_drawn_over_it(tmp_path, drawn, kind, worst, background):
    alone, over = drawn
    edge = (alone[..., 3] > 8) & (alone[..., 3] < 247)
    assert edge.sum() > 300  # there are soft edges to judge
    film = open_film(tmp_path / "hair", VideoSettings(*SIZE, 10, format=kind, alpha=True))
    film.submit(alone, 0.0, wait=True)
    assert film.close().error is None

    stored = cv2.imread(str(tmp_path / "hair" / "hair_000000.png"), cv2.IMREAD_UNCHANGED)
    stored = cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA) / np.iinfo(stored.dtype).max
    laid = stored[..., :3] * stored[..., 3:] + (1 - stored[..., 3:]) * np.array(background)

    off = np.abs(255 * laid - over[background])
    assert off.max() <= worst
    assert np.abs((255 * laid - over[background])[edge].mean()) < 0.5  # neither dark nor light
