from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.recording.alpha import FULL, spread, straight

RNG = np.random.default_rng(0)


def premultiplied(height: int = 40, width: int = 56) -> np.ndarray:
    """[H, W, 4] float: a soft-edged disc with a bright texture."""
    y, x = np.mgrid[:height, :width]
    alpha = np.clip(1.4 - np.hypot(x - width / 2, y - height / 2) / 14, 0, 1)
    colour = RNG.uniform(0.3, 1, (height, width, 3))
    return np.dstack([colour * alpha[..., None], alpha])


def over(stored: np.ndarray, background: float) -> np.ndarray:
    """Straight colour over grey as an editing program does it, 0..1."""
    colour, alpha = stored[..., :3] / FULL, stored[..., 3:] / FULL
    return colour * alpha + (1 - alpha) * background


@pytest.mark.parametrize(("kind", "most"), [(np.uint8, 255), (np.uint16, FULL)])
@pytest.mark.parametrize("background", [0.0, 0.4, 1.0])
def test_straight_colour_over_anything_is_what_was_drawn(kind, most, background):
    drawn = np.rint(premultiplied() * most).astype(kind)

    shown = over(straight(drawn), background)

    expected = drawn[..., :3] / most + (1 - drawn[..., 3:] / most) * background
    np.testing.assert_allclose(shown, expected, atol=1.01 / FULL)


def test_what_is_invisible_is_black_and_what_is_opaque_stays():
    drawn = np.zeros((2, 2, 4), np.uint8)
    drawn[0, 0] = (10, 200, 30, 255)

    stored = straight(drawn)

    assert stored[0, 0].tolist() == [10 * 257, 200 * 257, 30 * 257, FULL]
    assert not stored[1].any()


def test_colour_brighter_than_its_alpha_is_cut_off():
    assert straight(np.full((1, 1, 4), (200, 0, 0, 100), np.uint8))[0, 0].tolist() == [
        FULL, 0, 0, 100 * 257,
    ]  # fmt: skip


def test_colour_goes_on_beyond_the_edge():
    drawn = np.zeros((64, 64, 4), np.uint8)
    drawn[20:40, 20:30] = (200, 100, 50, 255)

    stored = spread(drawn)

    np.testing.assert_array_equal(stored[20:40, 20:30], straight(drawn)[20:40, 20:30])
    np.testing.assert_array_equal(stored[..., 3], straight(drawn)[..., 3])
    np.testing.assert_allclose(stored[..., :3] / 257, np.full((64, 64, 3), (200, 100, 50)), atol=1)


def test_spreading_hardly_changes_what_is_seen():
    drawn = np.rint(premultiplied() * 255).astype(np.uint8)

    for background in (0.0, 1.0):
        expected = over(straight(drawn), background)
        # Only where alpha is below 8/255, by no more than that.
        np.testing.assert_allclose(over(spread(drawn), background), expected, atol=4 / 255)


@pytest.mark.parametrize("shape", [(1, 1, 4), (1, 7, 4), (5, 1, 4), (3, 2, 4)])
def test_any_size_spreads(shape):
    assert not spread(np.zeros(shape, np.uint8)).any()
    assert spread(np.full(shape, 255, np.uint8)).min() == FULL


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 3)])
def test_pictures_without_alpha_are_refused(shape):
    with pytest.raises(ShapeError):
        straight(np.zeros(shape, np.uint8))
    with pytest.raises(ShapeError):
        spread(np.zeros(shape, np.uint8))
