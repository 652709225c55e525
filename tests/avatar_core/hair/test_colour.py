"""OKLab against the values of its author, there and back, and into what a display can show."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.hair.colour import (
    displayable,
    oklab_from_srgb,
    warming,
)
from tests.avatar_core.hair.hues import lightness_chroma_hue

LINEAR_FROM_XYZ = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
"""D65, from the sRGB standard."""


def _encoded(linear: np.ndarray) -> np.ndarray:
    """The standard's curve, value by value, carried on below 0."""
    size = np.abs(linear)
    return np.sign(linear) * np.where(
        size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055
    )


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ([1, 1, 1], [1, 0, 0]),
        ([0, 0, 0], [0, 0, 0]),
        ([1, 0, 0], [0.627955, 0.224863, 0.125846]),
        ([0, 1, 0], [0.866440, -0.233888, 0.179498]),
        ([0, 0, 1], [0.452014, -0.032457, -0.311528]),
    ],
)
def test_primaries_lie_where_oklab_puts_them(rgb: list[float], lab: list[float]) -> None:
    np.testing.assert_allclose(oklab_from_srgb(rgb), lab, atol=2e-5)


@pytest.mark.parametrize(
    ("xyz", "lab"),
    [
        ([0.950, 1.000, 1.089], [1.000, 0.000, 0.000]),
        ([1.000, 0.000, 0.000], [0.450, 1.236, -0.019]),
        ([0.000, 1.000, 0.000], [0.922, -0.671, 0.263]),
        ([0.000, 0.000, 1.000], [0.153, -1.415, -0.449]),
    ],
)
def test_pairs_of_its_author_beyond_what_displays_show(xyz: list[float], lab: list[float]) -> None:
    rgb = _encoded(LINEAR_FROM_XYZ @ xyz)
    # The author gives three decimals; a rounded matrix is between XYZ and RGB.
    np.testing.assert_allclose(oklab_from_srgb(rgb), lab, atol=2e-3)


def test_what_a_display_can_show_stays() -> None:
    rgb = np.random.default_rng(2).uniform(0, 1, (500, 3)).astype(np.float32)
    lab = oklab_from_srgb(rgb)
    np.testing.assert_allclose(displayable(lab), rgb, atol=5e-5)
    assert lab.dtype == displayable(lab).dtype == np.float32


def test_too_vivid_colours_become_paler_and_nothing_else() -> None:
    hues = np.linspace(-3, 3, 60)
    lightness = np.linspace(0.2, 0.95, 60)
    vivid = np.stack([lightness, 0.6 * np.cos(hues), 0.6 * np.sin(hues)], -1)
    shown = displayable(vivid)
    assert shown.min() >= 0
    assert shown.max() <= 1
    after = lightness_chroma_hue(shown)
    np.testing.assert_allclose(after[:, 0], lightness, atol=1e-3)
    np.testing.assert_allclose(after[:, 2], hues, atol=5e-3)
    # As vivid as can be: one part is at its end.
    assert (np.minimum(shown.min(axis=1), 1 - shown.max(axis=1)) < 0.02).all()


def test_beyond_white_is_white_and_below_black_black() -> None:
    lab = np.array([[1.4, 0.1, 0.1], [-0.2, 0.1, 0.0]], np.float32)
    np.testing.assert_allclose(displayable(lab), [[1, 1, 1], [0, 0, 0]], atol=2e-2)


def test_warm_light_is_yellower_and_cold_light_undoes_it() -> None:
    grey = oklab_from_srgb([0.5, 0.5, 0.5])
    warm = grey @ warming(1.0).T
    assert warm[2] > grey[2] + 0.02
    assert warm[0] == pytest.approx(grey[0], abs=1e-6)
    assert (grey @ warming(-1.0).T)[2] < grey[2] - 0.02
    np.testing.assert_allclose(warming(0.0), np.eye(3), atol=1e-9)


def test_white_in_warm_light_is_the_white_of_4000_kelvin() -> None:
    x = 0.244063 + 0.09911e3 / 4000 + 2.9678e6 / 4000**2 - 4.6070e9 / 4000**3
    y = -3 * x * x + 2.87 * x - 0.275
    expected = oklab_from_srgb(_encoded(LINEAR_FROM_XYZ @ [x / y, 1, (1 - x - y) / y]))
    warm = np.array([1.0, 0, 0]) @ warming(1.0).T
    np.testing.assert_allclose(warm[1:], expected[1:], atol=2e-3)


def test_shapes_are_kept_and_none_is_fine() -> None:
    image = np.zeros((4, 5, 3), np.float32)
    assert oklab_from_srgb(image).shape == displayable(image).shape == (4, 5, 3)
    assert displayable(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert displayable(np.float32([0.5, 0, 0])).shape == (3,)
