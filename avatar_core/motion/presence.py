"""What happens when the tracker loses the face, and when it finds it again."""

from __future__ import annotations

from dataclasses import replace

from avatar_core.motion.gaze import gaze_from_weights
from avatar_core.motion.motion import MotionFrame, blend

HOLD_S = 0.1
"""A shorter loss goes unnoticed: the last pose is held."""

EASE_S = 0.5
"""How long the way to neutral, and the way back from there, takes."""

_SHORTEST_RETURN_S = 0.15


class PresenceEase:
    """Turns a performance with gaps into one without jumps.

    While the face is there, frames pass unchanged. When it is lost, its last pose is held for a
    moment and eases to neutral; when it returns, the pose eases from wherever it is to the live
    one, the quicker the shorter the loss. The very first frames never ease, so that a recording
    starts with its own first pose.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, as before the first frame."""
        self._present = False
        self._last = MotionFrame()
        self._start = MotionFrame()
        self._changed_s = -float("inf")
        self._ease_s = 0.0
        self._time_s: float | None = None

    @property
    def present(self) -> bool:
        """Whether the face was there at the last update."""
        return self._present

    def update(self, live: MotionFrame | None, time_s: float) -> MotionFrame:
        """The driver's share of the pose now.

        Args:
            live: the driver's pose, None when there is none.
            time_s: now; a time before the last one (a looping film) cuts any easing short.
        """
        if self._time_s is None or time_s < self._time_s:
            self._present = live is not None
            self._changed_s = -float("inf")
        elif self._present != (live is not None):
            self._turn(live is not None, time_s)
        self._time_s = time_s
        self._last = self._eased(live, time_s)
        return self._last

    def _turn(self, present: bool, time_s: float) -> None:
        gone_s = time_s - self._changed_s
        self._present = present
        self._start = self._last
        self._changed_s = time_s
        if present:
            part = min(max((gone_s - HOLD_S) / EASE_S, 0.0), 1.0)
            self._ease_s = _SHORTEST_RETURN_S + part * (EASE_S - _SHORTEST_RETURN_S)
        else:
            self._ease_s = EASE_S

    def _eased(self, live: MotionFrame | None, time_s: float) -> MotionFrame:
        since_s = time_s - self._changed_s - (0.0 if self._present else HOLD_S)
        amount = _smoothstep(since_s / self._ease_s) if since_s < self._ease_s else 1.0
        target = MotionFrame(time_s=time_s) if live is None else live
        if amount == 1.0:
            return target
        start, target = _alike(self._start, target)
        return replace(blend(start, target, amount), time_s=time_s, confidence=target.confidence)


def _alike(first: MotionFrame, second: MotionFrame) -> tuple[MotionFrame, MotionFrame]:
    """Both with gaze angles if one has them, so that the gaze blends too."""
    if first.gaze is None and second.gaze is not None:
        return replace(first, gaze=gaze_from_weights(first.weights)), second
    if second.gaze is None and first.gaze is not None:
        return first, replace(second, gaze=gaze_from_weights(second.weights))
    return first, second


def _smoothstep(part: float) -> float:
    inside = min(max(part, 0.0), 1.0)
    return inside * inside * (3 - 2 * inside)
