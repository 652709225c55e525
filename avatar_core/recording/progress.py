"""How long work tells where it is, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (steps done, steps in all) from the thread that works; raising `Cancelled` in it
stops the work and removes what it had begun."""


def unheard(done: int, total: int) -> None:
    """Progress that nobody follows."""
