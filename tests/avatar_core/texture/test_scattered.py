from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.texture.scattered import averaged, nearest


@pytest.fixture
def scattered() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, values [300, 3] there, and places wanted."""
    rng = np.random.default_rng(4)
    return (
        rng.uniform(-1, 1, (300, 2)).astype(np.float32),
        rng.random((300, 3), np.float32),
        rng.uniform(-1, 1, (150, 2)).astype(np.float32),
    )


@pytest.mark.parametrize("width", [0.1, 0.3, 2.0])
def test_averages_agree_with_the_formula(scattered, width: float) -> None:
    places, values, wanted = (each.astype(float) for each in scattered)
    away = np.linalg.norm(wanted[:, None] - places, axis=2)
    weights = np.exp(-0.5 * (away / width) ** 2) * (away <= 3 * width)
    expected = weights @ values / weights.sum(axis=1, keepdims=True)

    assert np.allclose(averaged(*scattered, width), expected, atol=1e-4)


def test_where_nothing_is_near_the_nearest_counts(scattered) -> None:
    places, values, _ = scattered
    wanted = np.array([[5, 5], [-9, 0.2]], np.float32)

    found = averaged(places, values, wanted, 0.05)

    away = np.linalg.norm(wanted[:, None] - places, axis=2)
    assert np.array_equal(found, values[away.argmin(axis=1)])
    assert np.array_equal(nearest(places, wanted), away.argmin(axis=1))


def test_what_is_alike_stays_as_it_is(scattered) -> None:
    places, _, wanted = scattered
    same = np.full((300, 4), 0.375, np.float32)

    assert np.array_equal(averaged(places, same, wanted, 0.4), np.full((150, 4), np.float32(0.375)))


def test_a_single_place_is_everywhere() -> None:
    place = np.array([[0.5, 0.5]], np.float32)

    found = averaged(place, np.array([[7.0]], np.float32), np.eye(2, dtype=np.float32), 0.1)

    assert found.tolist() == [[7.0], [7.0]]


def test_arrays_that_disagree_are_refused(scattered) -> None:
    places, values, wanted = scattered
    with pytest.raises(ShapeError, match="values"):
        averaged(places, values[:-1], wanted, 0.1)
