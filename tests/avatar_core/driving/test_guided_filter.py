from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.guided_filter import guided_by

SMOOTHNESS = 1e-3


def reference(image: np.ndarray, mask: np.ndarray, reach: int) -> np.ndarray:
    """The filter window by window, as its paper states it (equations 19 to 21)."""
    height, width = mask.shape
    guide = image / 255.0

    def window(values: np.ndarray, y: int, x: int) -> np.ndarray:
        padded = np.pad(values, [(reach, reach)] * 2 + [(0, 0)] * (values.ndim - 2), "symmetric")
        part = padded[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
        return part.reshape(-1, *values.shape[2:])

    slopes, offsets = np.zeros((height, width, 3)), np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            colours, weights = window(guide, y, x), window(mask, y, x)
            spread = np.cov(colours.T, bias=True) + SMOOTHNESS * np.eye(3)
            shared = (colours * weights[:, None]).mean(0) - colours.mean(0) * weights.mean()
            slopes[y, x] = np.linalg.solve(spread, shared)
            offsets[y, x] = weights.mean() - slopes[y, x] @ colours.mean(0)
    result = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            mean_slope = window(slopes, y, x).mean(0)
            result[y, x] = mean_slope @ guide[y, x] + window(offsets, y, x).mean()
    return result.clip(0, 1)


def test_it_is_the_filter_of_the_paper() -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (14, 20, 3)).astype(np.uint8)
    mask = rng.random((14, 20)).astype(np.float32)
    np.testing.assert_allclose(
        guided_by(image, mask, 2 / 20, SMOOTHNESS), reference(image, mask, 2), atol=1e-4
    )


@pytest.mark.parametrize("size", [200, 1500])  # above 1024, coefficients are found at less
def test_a_soft_edge_moves_to_the_edge_of_the_picture(size: int) -> None:
    image = np.full((size, size, 3), (40, 60, 50), np.uint8)
    edge = int(0.53 * size)
    image[:, edge:] = (200, 90, 120)
    soft = np.clip(np.linspace(-4, 4, 32), 0, 1).astype(np.float32)[None].repeat(32, 0)
    matte = guided_by(image, soft, 1 / 16, 1e-4)
    assert matte.shape == (size, size)
    across = matte[size // 2]
    step = size // 100
    assert across[edge + step] - across[edge - step] > 0.4  # the mask itself rises by 0.16
    assert across[: size // 3].max() < 1e-3
    assert across[-size // 5 :].min() > 0.999


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
def test_pictures_of_a_line_or_a_point_keep_the_mask(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 128, np.uint8)
    matte = guided_by(image, np.full((4, 4), 0.25, np.float32), 1 / 64, 1e-4)
    np.testing.assert_allclose(matte, np.full(shape, 0.25), atol=1e-4)
