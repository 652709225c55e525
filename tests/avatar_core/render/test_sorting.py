from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.render.sorting import (
    FAST_FROM,
    LEVELS,
    depth_order,
    depth_order_numpy,
    warm_up,
)

pytestmark = pytest.mark.filterwarnings("error")


def independent_order(depths: np.ndarray) -> np.ndarray:
    """Stable argsort of depths rounded down to steps from the farthest, in double precision."""
    low, high = float(depths.min()), float(depths.max())
    steps = np.floor((high - depths.astype(np.float64)) * (LEVELS - 1) / max(high - low, 1e-12))
    return np.argsort(steps, kind="stable")


@pytest.mark.parametrize("count", [1, 2, 1000, FAST_FROM, 60_000])
def test_farthest_come_first(count: int) -> None:
    warm_up()
    depths = np.random.default_rng(0).uniform(0.4, 1.3, count).astype(np.float32)
    order = depth_order(depths)
    assert order.dtype == np.uint32
    assert np.array_equal(np.sort(order), np.arange(count))
    step = np.ptp(depths) / (LEVELS - 1)
    assert np.all(np.diff(depths[order]) <= step * 1.01)


def test_is_the_stable_order_of_rounded_depths() -> None:
    warm_up()
    # Whole steps, so that single and double precision round alike; many ties.
    rng = np.random.default_rng(1)
    depths = np.concatenate([[0, LEVELS - 1], rng.integers(0, LEVELS, 50_000)]).astype(np.float32)
    assert np.array_equal(depth_order(depths), independent_order(depths))
    assert np.array_equal(depth_order_numpy(depths), independent_order(depths))


def test_compiled_and_readable_twins_agree() -> None:
    warm_up()
    depths = np.random.default_rng(2).normal(0.9, 0.1, 70_000).astype(np.float32)
    assert np.array_equal(depth_order(depths), depth_order_numpy(depths))


def test_equal_depths_keep_their_order() -> None:
    warm_up()
    for count in (5, FAST_FROM):
        depths = np.full(count, 0.7, np.float32)
        assert np.array_equal(depth_order(depths), np.arange(count))


def test_nothing_to_sort() -> None:
    assert len(depth_order(np.zeros(0, np.float32))) == 0


@pytest.mark.parametrize("count", [8, FAST_FROM])
def test_depths_that_are_not_finite_come_first(count: int) -> None:
    warm_up()
    depths = np.linspace(1, 2, count, dtype=np.float32)
    depths[[1, 3, 5]] = np.nan, np.inf, -np.inf
    order = depth_order(depths)
    # The farthest finite depth shares the first step; nearer ones follow.
    assert set(order[:4].tolist()) == {1, 3, 5, count - 1}
    assert np.all(np.diff(depths[order[4:]]) <= 0)


def test_only_broken_depths() -> None:
    assert np.array_equal(depth_order(np.full(3, np.nan, np.float32)), [0, 1, 2])


def test_takes_one_depth_per_gaussian() -> None:
    with pytest.raises(ShapeError, match="depths"):
        depth_order(np.zeros((3, 1), np.float32))


def test_small_clouds_never_load_numba() -> None:
    code = (
        "import sys, numpy as np\n"
        "from avatar_core.render.sorting import depth_order\n"
        "for _ in range(4): depth_order(np.arange(999, dtype=np.float32))\n"
        "depth_order(np.arange(99_999, dtype=np.float32))\n"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
