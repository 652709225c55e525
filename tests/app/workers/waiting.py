"""Waiting for what other threads do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def until(
    condition: Callable[[], object], seen: Callable[[], object], timeout_s: float = 10.0
) -> None:
    """Wait for a condition; one that does not come in time fails with what is seen instead."""
    ends_s = time.perf_counter() + timeout_s
    while not condition():
        if time.perf_counter() > ends_s:
            pytest.fail(f"It did not come within {timeout_s:g} s; seen: {seen()}")
        time.sleep(0.002)
