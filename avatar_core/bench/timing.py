"""Times that other load on the machine disturbs little."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def best_ms(repeats: int, *jobs: Callable[[], object]) -> list[float]:
    """Best time of each job, taken in turns, so that other load on the machine is shared.

    Each runs once untimed before it is timed: frame after frame finds the caches its own.
    """
    best = [np.inf] * len(jobs)
    for _ in range(repeats):
        for index, job in enumerate(jobs):
            job()
            started = time.perf_counter()
            job()
            best[index] = min(best[index], 1000 * (time.perf_counter() - started))
    return best
