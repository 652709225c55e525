"""TakeRecorder: collects the frames of a performance while it happens."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError
from avatar_core.motion.take import Take, TakeAudio, usual_rate
from avatar_core.motion.timecode import Timecode, frame_base

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion.motion import MotionFrame


def _time_of_day() -> float:
    now = datetime.now().astimezone()
    return (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


class TakeRecorder:
    """Stamps frames with its own clock, so a looping or seeking source cannot fold the take.

    Safe for any number of threads; `append` only stores a reference.

    Args:
        clock: seconds, never running backwards.
        time_of_day: seconds since midnight, for the timecode of the take.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        time_of_day: Callable[[], float] = _time_of_day,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._frames: list[MotionFrame] = []
        self._started_s = clock()
        self._started_of_day_s = time_of_day()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def started_s(self) -> float:
        """When recording began, on the recorder's clock."""
        return self._started_s

    @property
    def duration_s(self) -> float:
        """Seconds recorded so far: from the first frame to the newest one."""
        with self._lock:
            if not self._frames:
                return 0.0
            return self._frames[-1].time_s - self._frames[0].time_s

    @property
    def first_s(self) -> float:
        """Time of the first frame on the recorder's clock; 0 while there is none."""
        with self._lock:
            return self._frames[0].time_s if self._frames else 0.0

    def restart(self) -> None:
        """Forget what was recorded so far."""
        with self._lock:
            self._frames.clear()

    def append(self, frame: MotionFrame, time_s: float | None = None) -> bool:
        """Add a frame.

        Args:
            frame: the pose; its own time is replaced.
            time_s: when it belongs on the recorder's clock; now, when left out.

        Returns:
            False when it was left out because it is not later than the newest frame.
        """
        with self._lock:
            moment_s = self._clock() if time_s is None else time_s
            if self._frames and moment_s <= self._frames[-1].time_s:
                return False
            self._frames.append(frame.at(moment_s))
            return True

    def finish(
        self,
        name: str,
        fps: float | None = None,
        audio: TakeAudio | None = None,
        audio_started_s: float | None = None,
    ) -> Take:
        """The take recorded so far, its timecode the time of day; the recorder is empty afterwards.

        Args:
            name: what the library will call it.
            fps: nominal frame rate; the usual distance between frames decides when left out.
            audio: sound recorded at the same time.
            audio_started_s: time of its first sample on the recorder's clock; the time of the
                first frame when left out.

        Raises:
            RecordingError: no frame arrived.
        """
        with self._lock:
            frames, self._frames = self._frames, []
        if not frames:
            raise RecordingError(
                "Nothing was recorded, because no frame arrived.",
                "Start a camera, a video or a take before recording.",
            )
        first_s = frames[0].time_s
        offset_s = 0.0 if audio_started_s is None else audio_started_s - first_s
        rate = fps or usual_rate([frame.time_s for frame in frames])
        take = Take.from_frames(name, frames, rate, audio, audio_offset_s=offset_s)
        begun_s = self._started_of_day_s + first_s - self._started_s
        return replace(take, timecode=Timecode.at(begun_s, frame_base(rate)))
