"""Compiled loops on all of a processor's cores."""

from __future__ import annotations

import functools
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FOR_EACH = 4
"""Parts for every thread: none waits long for the slowest."""


def shares_of(count: int) -> list[tuple[int, int]]:
    """`count` things in parts (first, last) for as many threads as torch has."""
    parts = min(count, _FOR_EACH * torch.get_num_threads())
    cuts = [count * part // max(parts, 1) for part in range(parts + 1)]
    return list(itertools.pairwise(cuts))


def share(work: Callable[..., object], *arguments: Sequence[object]) -> None:
    """Call `work`, which lets go of the interpreter's lock, as `map` does.

    Raises:
        Exception: what `work` raises.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        for given in zip(*arguments, strict=True):
            work(*given)
        return
    for _done in _pool(threads, os.getpid()).map(work, *arguments):
        pass


@functools.cache
def _pool(threads: int, _process: int) -> ThreadPoolExecutor:
    """Threads that wait for work; a forked process has none of its parent's."""
    return ThreadPoolExecutor(threads, "portrait")
