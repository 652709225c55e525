"""Idle motion: what an avatar does by itself, so that it seems alive while nobody drives it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdleSettings:
    """How much an avatar does by itself, each 0 (nothing) .. 1.

    Args:
        blinks: how far the lids close; from 0.5 on, all the way.
        head: how far the head drifts.
        breath: how far head and chest rise.
    """

    blinks: float = 0.0
    head: float = 0.0
    breath: float = 0.0

    @property
    def is_on(self) -> bool:
        """Whether anything moves by itself."""
        return max(self.blinks, self.head, self.breath) > 0
