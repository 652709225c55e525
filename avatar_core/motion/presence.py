"""What happens when a driver loses the face, and when it finds it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.frame_channels import CHANNELS

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

HOLD_S = 0.1
"""A shorter loss goes unnoticed: the last pose is held."""

EASE_S = 0.5
"""How long the way from one driver, or none, to another takes."""

_SHORTEST_RETURN_S = 0.15


class PresenceEase:
    """Turns one driver's performance with gaps into one without.

    While the face is there, poses pass unchanged. When it is lost, its last pose is held, and
    after a moment it counts as gone; `ShareEase` then takes it out. When it returns, the pose eases
    from the held one to the live one, the quicker the shorter the loss; after a long one nobody
    sees the held pose any more, and the live one passes at once.
    """

    def __init__(self) -> None:
        self.pose: Float32 = np.zeros(CHANNELS, np.float32)
        """[62] what the driver does, or did last."""
        self.is_there = False
        """Whether it counts as there: live, or lost for less than `HOLD_S`."""
        self.turned_s = -np.inf
        """When `is_there` changed last."""
        self._is_live = False
        self._lost_s = -np.inf
        self._start: Float32 = self.pose
        self._returned_s = -np.inf
        self._return_s = _SHORTEST_RETURN_S

    @property
    def is_live(self) -> bool:
        """Whether the face was there at the last update."""
        return self._is_live

    def update(self, live: Float32 | None, time_s: float) -> None:
        """Take note of how the driver does now.

        Args:
            live: [62] its pose, None when there is none.
            time_s: now; never before the last time.
        """
        if live is None:
            self._lose(time_s)
        else:
            self._find(live, time_s)

    def _lose(self, time_s: float) -> None:
        if self._is_live:
            self._is_live = False
            self._lost_s = time_s
        if self.is_there and time_s - self._lost_s >= HOLD_S:
            self.is_there = False
            self.turned_s = self._lost_s + HOLD_S

    def _find(self, live: Float32, time_s: float) -> None:
        if not self._is_live:
            self._is_live = True
            self._return(time_s)
        since_s = time_s - self._returned_s
        amount = smoothstep(since_s / self._return_s)
        self.pose = live if amount == 1 else self._start + amount * (live - self._start)

    def _return(self, time_s: float) -> None:
        gone = (time_s - self._lost_s - HOLD_S) / EASE_S
        if gone < 1:
            self._start = self.pose
            self._returned_s = time_s
            longer = max(gone, 0.0) * (EASE_S - _SHORTEST_RETURN_S)
            self._return_s = _SHORTEST_RETURN_S + longer
        if not self.is_there:
            self.is_there = True
            self.turned_s = time_s


def smoothstep(part: float) -> float:
    """0 below 0, 1 above 1, and a soft way between."""
    inside = min(max(part, 0.0), 1.0)
    return inside * inside * (3 - 2 * inside)
