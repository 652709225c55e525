"""Crops of heads: the released rules by hand-worked numbers, and there and back again."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.emoportraits import crop
from avatar_core.errors import FaceNotFoundError
from avatar_core.project.portrait import CropBox


def face(*edges: float) -> np.ndarray:
    return np.array(edges, np.float32)


def test_a_framed_picture_is_taken_whole_or_its_middle() -> None:
    assert crop.whole_picture(512, 512) == (0, 0, 512)
    assert crop.whole_picture(300, 200) == (50, 0, 200)


def test_square_around_a_face_reaches_over_its_longer_side() -> None:
    # 100 x 140: half the longer side is 70, times 1.2 is 84 each way from (150, 270).
    assert crop.square_around_face(face(100, 200, 200, 340)) == pytest.approx((66, 186, 168))


def test_head_crop_by_hand() -> None:
    # x 400..500; y 0.9 * 300 = 270 .. 300 + 1.2 * 120 = 444; middle (450, 357).
    # Side 100 + 174 = 274.
    found = crop.head_crop(face(400, 300, 500, 420), 1000, 800)
    assert found == (450 - 137, 357 - 137, 274)


def test_head_crop_has_an_even_side() -> None:
    # y 90 .. 100 + 1.2 * 50 = 160; sides 41 + 70 = 111.
    assert crop.head_crop(face(200, 100, 241, 150), 1000, 800).side == 110


def test_head_crop_shrinks_about_its_middle_at_an_edge() -> None:
    # Middle (60, 357) with side 274 would reach 77 beyond the left edge.
    found = crop.head_crop(face(10, 300, 110, 420), 1000, 800)
    assert found == (0, 357 - 60, 120)


def test_head_crop_ends_one_pixel_above_the_lower_edge() -> None:
    # y 0.9 * 700 = 630 .. 799 instead of 700 + 1.2 * 120 = 844: middle 714, 86 from the edge.
    found = crop.head_crop(face(400, 700, 500, 820), 1000, 800)
    assert found.y + found.side == 800
    assert found.side == 2 * 86


@pytest.mark.parametrize("edges", [(-40, 300, 40, 420), (100, 10, 105, 15), (np.nan,) * 4])
def test_too_little_of_a_face_is_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(FaceNotFoundError):
        crop.head_crop(face(*edges), 1000, 800)


def test_a_steady_crop_takes_a_share_of_each_box() -> None:
    first, second = CropBox(0, 0, 100), CropBox(90, 40, 120)
    steady = crop.SteadyCrop(momentum=0.1).followed(first)
    assert steady.box == first
    # Middle 50 -> 0.9 * 50 + 0.1 * 150 = 60, side 102: left edge 9.
    assert steady.followed(second).box == pytest.approx((9, 4, 102))


def test_a_steady_crop_can_stay_or_follow_at_once() -> None:
    first, second = CropBox(0, 0, 100), CropBox(90, 40, 120)
    assert crop.SteadyCrop(0.0).followed(first).followed(second).box == first
    assert crop.SteadyCrop(1.0).followed(first).followed(second).box == second


def test_points_go_to_the_crop_and_back() -> None:
    box = CropBox(30, 10, 200)
    points = np.array([[30, 10], [230, 210], [80, 60]], np.float32)
    inside = crop.to_crop(points, box, 50)
    assert inside.tolist() == [[0, 0], [50, 50], [12.5, 12.5]]
    assert crop.to_picture(inside, box, 50) == pytest.approx(points)


def ramp(width: int, height: int) -> np.ndarray:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y, np.full_like(x, 7)], -1).astype(np.uint8)


def test_a_crop_of_the_same_size_is_a_cut() -> None:
    image = ramp(60, 50)
    assert np.array_equal(crop.cropped(image, CropBox(8, 5, 32), 32), image[5:37, 8:40])


@pytest.mark.parametrize("size_px", [8, 13, 64])
def test_a_crop_keeps_places_at_any_size(size_px: int) -> None:
    shown = crop.cropped(ramp(120, 120), CropBox(20, 40, 64), size_px)
    middle = (np.arange(size_px) + 0.5) * 64 / size_px - 0.5
    inner = slice(1, -1)
    assert shown[inner, inner, 0] == pytest.approx(
        np.broadcast_to(20 + middle[inner], (size_px - 2,) * 2), abs=0.51
    )
    assert shown[inner, inner, 1] == pytest.approx(
        np.broadcast_to(40 + middle[inner, None], (size_px - 2,) * 2), abs=0.51
    )


def test_a_shrunken_crop_averages() -> None:
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::4] = 200
    shown = crop.cropped(stripes, CropBox(0, 0, 64), 8)
    assert shown[1:-1, 1:-1] == pytest.approx(np.full((6, 6), 50), abs=2)


def test_outside_the_picture_is_black() -> None:
    shown = crop.cropped(np.full((10, 10, 3), 200, np.uint8), CropBox(-10, 0, 20), 20)
    assert shown[:, :8].max() == 0
    assert shown[2:8, 12:].min() == 200


@pytest.mark.parametrize("size_px", [24, 40, 97])
def test_a_crop_returns_to_its_place(size_px: int) -> None:
    image = ramp(100, 90)
    box = CropBox(20.5, 11.25, 40)
    back = crop.placed(crop.cropped(image, box, size_px), box, 100, 90)
    inside = (slice(15, 47), slice(25, 56))
    assert back[inside] == pytest.approx(image[inside].astype(np.float32), abs=1.0)
    assert back[:10].max() == 0
    assert back[:, 63:].max() == 0
