"""Heads over backgrounds."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.emoportraits import compositing
from avatar_core.project.portrait import CropBox


def plain(size: int, *colour: int) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.uint8), (size, size, 3)).copy()


def test_a_person_is_shown_on_green() -> None:
    matte = np.array([[255, 0]], np.uint8)
    image = np.array([[[10, 20, 30], [10, 20, 30]]], np.uint8)
    assert compositing.on_green(image, matte).tolist() == [[[10, 20, 30], [0, 255, 0]]]


def test_half_a_matte_is_half_of_both() -> None:
    found = compositing.composited(
        plain(2, 100, 0, 0), np.full((2, 2), 0.5, np.float32), plain(2, 0, 50, 0)
    )
    assert found[0, 0].tolist() == [50, 25, 0]


def test_faint_matte_goes_and_the_rest_is_pulled_in() -> None:
    found = compositing.shaped_matte(np.array([0, 0.3, 0.5, 0.9, 1], np.float32))
    assert found == pytest.approx([0, 0, 0.5**8, 0.9**8, 1])


def test_feather_is_smooth_symmetric_and_full_inside() -> None:
    feather = compositing.edge_feather(100, 0.1)
    assert feather[50, 50] == 1
    assert feather[50, 0] < 0.01
    assert np.array_equal(feather, feather[::-1, ::-1])
    assert (np.diff(feather[50, :11]) >= 0).all()
    assert compositing.edge_feather(4, 0).min() == 1


def test_pasting_changes_nothing_outside_the_crop() -> None:
    draw = np.random.default_rng(0)
    picture = draw.integers(0, 256, (60, 80, 3), np.uint8)
    matte = np.ones((32, 32), np.float32)
    found = compositing.pasted(picture, plain(32, 9, 9, 9), matte, CropBox(20, 10, 40))
    assert np.array_equal(found[:9], picture[:9])
    assert np.array_equal(found[:, 61:], picture[:, 61:])
    assert found[30, 40].tolist() == [9, 9, 9]


def test_pasting_shows_the_picture_where_the_matte_is_empty() -> None:
    picture = plain(64, 200, 10, 10)
    matte = np.zeros((64, 64), np.float32)
    matte[16:48, 16:48] = 1
    drawn = plain(64, 0, 255, 0)
    drawn[16:48, 16:48] = 90
    found = compositing.pasted(picture, drawn, matte, CropBox(0, 0, 64))
    assert found[8, 8].tolist() == [200, 10, 10]
    assert found[32, 32].tolist() == [90, 90, 90]


def test_no_green_bleeds_in_at_the_rim_of_the_matte() -> None:
    picture = plain(97, 200, 10, 10)
    matte = np.zeros((64, 64), np.float32)
    matte[16:48, 16:48] = 1
    drawn = plain(64, 0, 255, 0)
    drawn[16:48, 16:48] = [200, 10, 10]
    found = compositing.pasted(picture, drawn, matte, CropBox(3.3, 7.7, 80))
    assert found.reshape(-1, 3).max(0).tolist() == [200, 10, 10]
    assert found.reshape(-1, 3).min(0).tolist() == [200, 10, 10]


def test_the_edge_of_a_pasted_crop_is_no_step() -> None:
    found = compositing.pasted(
        plain(100, 0, 0, 0), plain(60, 255, 255, 255), np.ones((60, 60), np.float32),
        CropBox(20, 20, 60), feather=0.25,
    )  # fmt: skip
    steps = abs(np.diff(found[50, :, 0].astype(int)))
    assert steps.max() < 30
    assert found[50, 50, 0] == 255


def test_a_backdrop_hides_the_person_of_the_source() -> None:
    found = compositing.pasted(
        plain(64, 200, 0, 0), plain(64, 0, 255, 0), np.zeros((64, 64), np.float32),
        CropBox(0, 0, 64), backdrop=plain(64, 0, 0, 70),
    )  # fmt: skip
    assert found[32, 32].tolist() == [0, 0, 70]
    assert found[0, 0, 0] > 190


def test_what_a_model_sees_is_the_crop_on_green() -> None:
    image, matte = plain(40, 50, 60, 70), np.zeros((40, 40), np.uint8)
    matte[:, 20:] = 255
    found = compositing.green_crop(image, matte, CropBox(0, 0, 40), 20)
    assert found[10, 2].tolist() == [0, 255, 0]
    assert found[10, 17].tolist() == [50, 60, 70]


def test_who_is_cut_out_keeps_their_own_colours_at_the_rim() -> None:
    """A rim mixed by hand with blue, of which 57 would gleam through; it loses three quarters."""
    person, around = np.array([180, 90, 60]), np.array([20, 40, 230])
    alpha = np.clip(np.linspace(12.5, -11.5, 240), 0, 1)[None].repeat(40, 0)
    mixed = alpha[..., None] * person + (1 - alpha[..., None]) * around
    cut = compositing.cut_out(np.uint8(np.rint(mixed)), np.uint8(np.rint(255 * alpha)))
    assert cut.shape == (40, 240, 4)
    np.testing.assert_allclose(cut[..., 3], 255 * alpha, atol=0.51)
    np.testing.assert_allclose(cut[..., :3], alpha[..., None] * person, atol=15)
    assert (cut[..., :3] <= cut[..., 3:]).all()


def test_all_and_nothing_of_a_picture_are_cut_out_exactly() -> None:
    picture = np.random.default_rng(3).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    everybody = compositing.cut_out(picture, np.full((20, 30), 255, np.uint8))
    np.testing.assert_array_equal(everybody[..., :3], picture)
    assert not compositing.cut_out(picture, np.zeros((20, 30), np.uint8)).any()
