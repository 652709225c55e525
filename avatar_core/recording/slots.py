"""From pictures with times to one picture per frame of a constant rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """One picture and in how many successive frames it stands."""

    picture: T
    count: int


class SlotFiller(Generic[T]):
    """Puts pictures into the slots of a constant frame rate.

    A picture belongs to the slot nearest to its time. When a slot stays empty, the picture before
    it stands there too (`repeated`); before the first picture, the first one does. When two
    pictures fall into one slot the newer one is kept (`dropped` counts the other). A picture is
    given out when the next slot begins, so no slot is ever written twice.

    Args:
        fps: slots per second; slot 0 is centred on time 0.
    """

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._held: T | None = None
        self._held_slot = 0
        self._next_slot = 0
        self.repeated = 0
        self.dropped = 0

    @property
    def given(self) -> int:
        """Slots given out so far."""
        return self._next_slot

    def push(self, picture: T, time_s: float) -> Run[T] | None:
        """Take a picture; gives the run that is complete now, if any.

        Raises:
            ValueError: the time is not finite.
        """
        slot = self._slot(time_s)
        if self._held is None:
            self._held, self._held_slot = picture, slot
            return None
        if slot <= self._held_slot:
            self._held = picture
            self.dropped += 1
            return None
        run = self._run_until(self._held, slot)
        self._held, self._held_slot = picture, slot
        return run

    def finish(self, end_s: float | None = None) -> Run[T] | None:
        """The last run, held until `end_s` where that is later than its own slot."""
        if self._held is None:
            return None
        end_slot = self._held_slot + 1 if end_s is None else self._slot(end_s)
        return self._run_until(self._held, max(end_slot, self._held_slot + 1))

    def _slot(self, time_s: float) -> int:
        if not math.isfinite(time_s):
            raise ValueError(f"time_s: expected a finite time, got {time_s}")
        return max(0, math.floor(time_s * self._fps + 0.5))

    def _run_until(self, picture: T, end_slot: int) -> Run[T]:
        count = end_slot - self._next_slot
        self.repeated += count - 1
        self._next_slot = end_slot
        return Run(picture, count)
