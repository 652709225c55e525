from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar_core.geometry import Camera, look_at
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.picture_tiles import (
    MARGIN_PX,
    Tile,
    picture_tiles,
    reduced_tile,
    tile_camera,
    tile_of_backdrop,
)
from avatar_core.render.scene import SceneOptions


@pytest.mark.parametrize(
    ("width", "height", "most"), [(7680, 4320, 1536), (100, 37, 40), (40, 40, 40), (3, 90, 40)]
)
def test_tiles_cover_the_picture_and_have_one_size(width, height, most):
    tiles = picture_tiles(width, height, most)

    covered = np.zeros((height, width), bool)
    for tile in tiles:
        covered[tile.rows, tile.columns] = True
        assert tile.left >= 0
        assert tile.left + tile.width <= width
    assert covered.all()
    assert len({(tile.width, tile.height) for tile in tiles}) == 1
    assert max(tiles[0].width, tiles[0].height) <= most


def test_a_point_falls_on_the_same_pixel_of_picture_and_tile():
    camera = Camera.from_fov(look_at(np.array([0, 0, 2.0]), np.zeros(3)), 0.5, 640, 360)
    tile = Tile(300, 100, 120, 90)

    part = tile_camera(camera, tile, scale=2)

    point = camera.view @ np.array([0.1, 0.05, 0.0, 1.0])
    whole = camera.intrinsics @ (point[:3] / point[2])
    drawn = part.intrinsics @ (point[:3] / point[2])
    np.testing.assert_allclose(
        drawn[:2] / 2 - MARGIN_PX + (tile.left, tile.top), whole[:2], atol=1e-3
    )
    assert (part.width_px, part.height_px) == (2 * (120 + 96), 2 * (90 + 96))


def test_means_are_finer_than_eight_bits():
    drawn = np.zeros((2 * (4 + 96), 2 * (4 + 96), 3), np.uint8)
    drawn[::2, ::2] = 101  # a quarter of the pixels

    reduced = reduced_tile(drawn, Tile(0, 0, 4, 4))

    assert reduced.shape == (4, 4, 3)
    np.testing.assert_allclose(reduced / 257, 101 / 4, atol=0.01)


@pytest.mark.parametrize("size", [(90, 60), (300, 400), (64, 48)])
def test_a_backdrop_in_tiles_is_the_backdrop(size):
    image = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8), (0, 0), 6
    )
    scale = max(size[0] / 160, size[1] / 120)
    covering = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    left, top = (covering.shape[1] - size[0]) // 2, (covering.shape[0] - size[1]) // 2
    expected = covering[top : top + size[1], left : left + size[0]].astype(int)

    for tile in picture_tiles(*size, 40):
        part = tile_of_backdrop(image, size, tile)
        assert part.shape == (tile.height + 2 * MARGIN_PX, tile.width + 2 * MARGIN_PX, 3)
        inside = part[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX].astype(int)
        # Another rounding of half pixels, on a smooth picture.
        assert np.abs(inside - expected[tile.rows, tile.columns]).max() <= 6


@pytest.mark.gl
@pytest.mark.parametrize("is_transparent", [False, True])
def test_the_avatar_in_tiles_has_no_seams(is_transparent):
    asset = load_demo_avatar()
    frame = neutral_frame(asset)
    camera = Camera.from_fov(look_at(np.array([0.1, 0.05, 0.9]), np.zeros(3)), 0.45, 150, 120)
    scene = SceneOptions(show_grid=False, transparent=is_transparent)
    renderer = OffscreenRenderer(150, 120)
    try:
        whole = renderer.render(asset, frame, camera, scene).astype(int)
        pieced = np.zeros_like(whole)
        for tile in picture_tiles(150, 120, 64):
            part = tile_camera(camera, tile)
            renderer.resize(part.width_px, part.height_px)
            drawn = renderer.render(asset, frame, part, scene)
            pieced[tile.rows, tile.columns] = reduced_tile(drawn, tile) // 257
    finally:
        renderer.release()

    assert whole[..., :3].std() > 20  # the avatar is to be seen
    # As golden pictures: the rasteriser rounds places differently in a tile.
    assert (np.abs(pieced - whole).max(axis=2) > 2).mean() < 0.001
