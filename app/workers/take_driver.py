"""TakeDriver: a take that plays beside the main driver, again and again, without its sound."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from app.workers.driver_frame import DriverFrame
from app.workers.driver_loop import DriverLoop
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from app.workers.driver_loop import DriverEvents
    from avatar_core.motion import Take

_TICK_S = 1 / 60


class TakeDriver(DriverLoop):
    """Samples a take by its own clock.

    Args:
        uri: `take:ID`.
        events: who hears of it.
        take: the take; None when the project has none of this id.
    """

    def __init__(self, uri: str, events: DriverEvents, take: Take | None) -> None:
        super().__init__(uri, events)
        self._take = take
        self._started_s = 0.0

    def open_driver(self) -> None:
        if self._take is None:
            raise AssetError(
                "The take that drives beside is not in the project.", "Choose another take."
            )
        self._started_s = time.perf_counter()

    def run_driver(self) -> None:
        take = self._take
        assert take is not None
        now_s = time.perf_counter()
        sampled = take.frame_at((now_s - self._started_s) % take.duration_s)
        self.give(DriverFrame(replace(sampled, confidence=1.0), now_s))
        self.rest(_TICK_S)

    def close_driver(self) -> None:
        """There is nothing to close."""
