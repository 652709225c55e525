"""How fast 100 000 Gaussians are put in depth order, against numpy's argsort."""

from __future__ import annotations

import numpy as np

from avatar_core.bench.timing import best_ms
from avatar_core.render.sorting import depth_order, depth_order_numpy, warm_up

_REPEATS = 25


def run(count: int = 100_000) -> dict[str, float]:
    """Sort the depths of a head's hair.

    Returns:
        `sort_100k_ms` (best of 25, like all here), `sort_ratio`: numpy's float32 argsort ÷ ours;
        `sort_stable_ratio`: the same with the stable argsort, which like ours keeps equal depths
        in order; `sort_numpy_path_ms`: ours while the compiled kernel is not loaded. numpy's
        unstable argsort uses AVX-512 where there is any, and is then several times faster.
    """
    warm_up()
    depths = np.random.default_rng(0).normal(0.9, 0.08, count).astype(np.float32)
    ours, plain, stable, fallback = best_ms(
        _REPEATS,
        lambda: depth_order(depths),
        lambda: np.argsort(depths),
        lambda: np.argsort(depths, kind="stable"),
        lambda: depth_order_numpy(depths),
    )
    return {
        "sort_100k_ms": round(ours, 4),
        "sort_ratio": round(plain / ours, 2),
        "sort_stable_ratio": round(stable / ours, 2),
        "sort_numpy_path_ms": round(fallback, 4),
    }
