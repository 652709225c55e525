"""FLIP: known values, what it forgives, and doing without the package."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.training.flip import flip_map


def plain(red: float, green: float, blue: float) -> np.ndarray:
    return np.full((48, 40, 3), (red, green, blue), np.float32)


def mean_flip(first: np.ndarray, second: np.ndarray) -> float:
    errors = flip_map(first, second)
    assert errors is not None
    assert errors.shape == first.shape[:2]
    return float(errors.mean())


def test_equal_pictures_do_not_differ() -> None:
    image = np.random.default_rng(0).random((48, 40, 3)).astype(np.float32)
    assert mean_flip(image, image) == 0


def test_green_to_blue_is_the_largest_difference() -> None:
    """The paper scales colour differences by that pair of plain pictures."""
    assert mean_flip(plain(0, 1, 0), plain(0, 0, 1)) == pytest.approx(1, abs=1e-3)


def test_black_to_white_follows_the_papers_map_of_colour_differences() -> None:
    """HyAB of white and black is 100 (lightness alone); exponent 0.7, knee at 0.4 and 0.95."""
    green, blue = (_hunt(rgb) for rgb in ((0, 1, 0), (0, 0, 1)))
    largest = _hyab(green, blue) ** 0.7
    colour, knee = 100**0.7, 0.4 * largest
    error = 0.95 + (colour - knee) / (largest - knee) * 0.05
    assert mean_flip(plain(0, 0, 0), plain(1, 1, 1)) == pytest.approx(error, abs=1e-3)


def _hunt(rgb: tuple[float, float, float]) -> np.ndarray:
    """L*a*b* (D65, linear sRGB primaries) with Hunt's chroma scaling."""
    from_rgb = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(from_rgb @ np.array(rgb) / from_rgb.sum(1))
    assert min(x, y, z) > 6 / 29
    lightness = 116 * y - 16
    return np.array([lightness, 5 * lightness * (x - y), 2 * lightness * (y - z)])


def _hyab(first: np.ndarray, second: np.ndarray) -> float:
    return float(abs(first[0] - second[0]) + np.hypot(*(first - second)[1:]))


def test_fine_noise_counts_less_than_the_same_error_in_one_tone() -> None:
    signs = np.indices((48, 40)).sum(0) % 2 * 2 - 1
    grey = plain(0.5, 0.5, 0.5)
    checkered = grey + np.float32(0.05) * signs[..., None].astype(np.float32)
    assert 0 < mean_flip(grey, checkered) < mean_flip(grey, grey + np.float32(0.05))


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="test"):
        flip_map(plain(0, 0, 0), plain(0, 0, 0)[:-1])


def test_without_the_package_there_is_no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flip_evaluator", None)
    assert flip_map(plain(0, 0, 0), plain(1, 1, 1)) is None
