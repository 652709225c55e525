"""RestEstimate: a neutral for drivers that were never calibrated."""

from __future__ import annotations

import numpy as np

from avatar_core.motion import MotionFrame, Take, blend
from avatar_core.motion.rest import rest_of

_LEARNING_S = 3.0
_EASE_S = 1.0
_FPS = 30.0


class RestEstimate:
    """Learns what the driver does at rest from the first seconds in which it sees a face.

    At once, the head's place is taken off: nobody's head is where the camera is. What is known of
    the face's own rest after `_LEARNING_S` eases in, and then stays, so that a held expression is
    never taken for rest. Told in the same way for films that are rendered offline.
    """

    def __init__(self) -> None:
        self._seen: list[MotionFrame] = []
        self._first = MotionFrame()
        self._learned: MotionFrame | None = None
        self._learned_s = 0.0

    def neutral(self, frame: MotionFrame) -> MotionFrame:
        """The rest to take off a frame that shows a face, which is also learned from."""
        if self._learned is None:
            self._learn(frame)
        if self._learned is None:
            return self._first
        amount = float(np.clip((frame.time_s - self._learned_s) / _EASE_S, 0.0, 1.0))
        return self._learned if amount == 1.0 else blend(self._first, self._learned, amount)

    def _learn(self, frame: MotionFrame) -> None:
        if not self._seen:
            self._first = MotionFrame(head_translation=frame.head_translation)
        elif frame.time_s <= self._seen[-1].time_s:
            return
        self._seen.append(frame)
        if frame.time_s - self._seen[0].time_s >= _LEARNING_S:
            self._learned = rest_of(Take.from_frames("", self._seen, _FPS))
            self._learned_s = frame.time_s
            self._seen = []
