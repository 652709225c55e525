"""How many CPU threads the heavy libraries may use."""

from __future__ import annotations

import os


def use_threads(count: int) -> None:
    """Limit torch and numba to `count` threads, all cores when 0; call it before importing torch.

    Waiting threads sleep: spinning ones bring training to a crawl as soon as anything else runs.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import numba
    import torch

    threads = count or os.cpu_count() or 1
    torch.set_num_threads(threads)
    most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]  # set at import
    numba.set_num_threads(min(threads, most))
