"""StreamOrder: which packets of a stream come late, and how many never came."""

from __future__ import annotations

from collections import deque
from statistics import median

_WINDOW_FRAMES = 600.0
_WINDOW_S = 10.0
_LATE_IN_A_ROW = 8
_REMEMBERED = 30


class StreamOrder:
    """Follows the frame numbers, or the clock, of one sender.

    A sender that counts in twos (30 packets a second under a timecode of 60) loses nothing: what
    counts is a gap against the usual one. One that begins anew, or jumps far, is followed.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.late = 0
        self._newest: float | None = None
        self._late_in_a_row = 0
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)

    def restart(self) -> None:
        """Another stream follows; the totals stay."""
        self._newest = None
        self._late_in_a_row = 0
        self._gaps.clear()

    def admits(self, order: float, *, is_counted: bool) -> bool:
        """Whether a packet is newer than all before; counts it as late otherwise.

        Args:
            order: its frame number, or its time in seconds.
            is_counted: it is a frame number.
        """
        window = _WINDOW_FRAMES if is_counted else _WINDOW_S
        gap = 0.0 if self._newest is None else order - self._newest
        if self._newest is None or abs(gap) > window:
            self.restart()
        elif gap < 0 or (gap == 0 and is_counted):
            self._late_in_a_row += 1
            if self._late_in_a_row <= _LATE_IN_A_ROW:
                self.late += 1
                return False
            self.restart()
        elif is_counted:
            self._count(gap)
        self._late_in_a_row = 0
        self._newest = order
        return True

    def _count(self, gap: float) -> None:
        if self._gaps:
            # Timecodes wobble by half a step: only what is clearly a step too many is a loss.
            self.lost += max(0, int(gap / median(self._gaps) + 0.25) - 1)
        self._gaps.append(gap)
