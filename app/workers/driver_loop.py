"""DriverLoop: one driver on a thread of its own; lost, it is looked for until it is back."""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.rate_meter import RateMeter
from app.workers.driver_frame import look_alike
from app.workers.loop import Loop
from app.workers.status import DriverPhase, DriverState
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.workers.driver_frame import DriverFrame
    from app.workers.playback import Transport
    from avatar_core.errors import AvatarError
    from avatar_core.motion import MotionFrame

log = logging.getLogger(__name__)

_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 5.0
_REMEMBERED = 300
_LEAVING_S = 3.0
"""How long a driver waits for another one that still holds its device."""


@dataclass(frozen=True, slots=True)
class DriverEvents:
    """Who hears of a driver; called on its threads.

    Args:
        arrived: there is a new frame, or there is none any more.
        changed: it was opened, or is gone.
        report: hears why it is gone, once for each time.
        notice: hears one sentence that is no error, such as that it is back.
    """

    arrived: Callable[[], None]
    changed: Callable[[], None]
    report: Callable[[AvatarError], None]
    notice: Callable[[str], None]


class DriverLoop(Loop):
    """Opens a driver, takes what it gives, and opens it again when it was lost.

    A driver that fails is closed, said once, and tried again after half a second, then ever more
    rarely. What it gave last is withdrawn, so that the mixer eases it away. Subclasses say how it
    is opened, read once and closed.

    Args:
        uri: its address.
        events: who hears of it.
        leaving: drivers that may still hold the same device; it opens after they have ended.
    """

    def __init__(self, uri: str, events: DriverEvents, leaving: Sequence[DriverLoop] = ()) -> None:
        address = DriverAddress.parse(uri)
        super().__init__(address.label, events.report)
        self.uri = uri
        self.address = address
        self.newest: DriverFrame | None = None
        self.rate = RateMeter()
        self._events = events
        self._leaving = tuple(leaving)
        self._recent: deque[tuple[float, MotionFrame]] = deque(maxlen=_REMEMBERED)
        self._giving = threading.Lock()  # what it gives may come from another of its threads
        self._phase: DriverPhase = "opening"
        self._words = ""
        self._is_open = False
        self._has_lived = False
        self._is_missed = False
        self._retry_at_s = 0.0
        self._retry_s = _FIRST_RETRY_S

    # For everybody.

    @property
    def is_open(self) -> bool:
        return self._is_open

    @property
    def transport(self) -> Transport | None:
        """The clock of something that has a length; None for what is live."""
        return None

    @property
    def dropped(self) -> int:
        """Pictures that were overtaken before anyone used them."""
        return 0

    @property
    def state(self) -> DriverState:
        """How it is doing."""
        frame = self.newest
        age_ms = None if frame is None else 1000 * (time.perf_counter() - frame.captured_s)
        motion = None if frame is None else frame.motion
        phase, words = self._phase_and_words()
        return DriverState(self.uri, phase, self.rate.per_second, age_ms, words, motion)

    def recent_motion(self, seconds: float) -> list[MotionFrame]:
        """What it gave over the last seconds, oldest first; at most some seconds are kept."""
        with self._giving:
            recent = tuple(self._recent)
        if not recent:
            return []
        since_s = recent[-1][0] - seconds
        return [motion for captured_s, motion in recent if captured_s >= since_s]

    def retry(self) -> None:
        """Asked for again: open it now, and say again why it does not open."""
        self._is_missed = False
        self._retry_at_s, self._retry_s = 0.0, _FIRST_RETRY_S
        self.renew()
        self.wake.set()

    def seek(self, time_s: float) -> None:
        """Go to a place in something that has a length; all others have none."""

    # For subclasses, on the driver's own threads.

    @abstractmethod
    def open_driver(self) -> None:
        """Open it; may take long and fail."""

    @abstractmethod
    def run_driver(self) -> None:
        """One round: wait for what it gives, a tenth of a second at most, and `give` it."""

    @abstractmethod
    def close_driver(self) -> None:
        """Close what was opened, fully or in part; harmless to repeat."""

    def give(self, frame: DriverFrame) -> None:
        """Hand a frame on."""
        with self._giving:
            if not self._is_open:
                return
            before, self.newest = self.newest, frame
            self._recent.append((frame.captured_s, frame.motion))
            self.rate.mark()
            self._phase, self._words = "live", ""
            self._retry_s = _FIRST_RETRY_S
            is_back, self._is_missed = self._is_missed, False
            has_lived, self._has_lived = self._has_lived, True
        if is_back:
            self._events.notice(f"{self.address.label} is {'back' if has_lived else 'there now'}.")
        if before is None or frame.seen is not None or not _same_moment(frame, before):
            self._events.arrived()

    def miss(self, error: AvatarError) -> None:
        """It is open but silent: withdraw what it gave and say so, once."""
        self._withdraw("lost" if self._has_lived else "silent", error.message)
        if self._has_lived:
            self._say(error)

    # The loop.

    def step(self) -> None:
        """One round of an open driver, or one try to open it."""
        if self._is_open:
            self.run_driver()
            return
        wait_s = self._retry_at_s - time.perf_counter()
        if wait_s > 0:
            self.rest(wait_s)
            return
        for other in self._leaving:
            other.join(_LEAVING_S)
        self._leaving = ()
        if self.is_stopping:
            return
        self.open_driver()
        if not self._has_lived:
            self._phase, self._words = "silent", ""
        self._is_open = True
        self._events.changed()

    def close(self) -> None:
        self._is_open = False
        self.close_driver()
        self._withdraw("off")

    def _fail(self, error: AvatarError) -> None:
        """The driver is gone: say it once, and come back to it."""
        self._is_open = False
        try:
            self.close_driver()
        except Exception:
            log.exception("%s could not be closed", self.name)
        self._withdraw("lost" if self._has_lived else "failed", error.message)
        self._say(error)
        self._retry_at_s = time.perf_counter() + self._retry_s
        self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)
        self._events.changed()

    def _withdraw(self, phase: DriverPhase, words: str = "") -> None:
        """It gives nothing any more."""
        with self._giving:
            self._phase, self._words = phase, words
            self._recent.clear()
            before, self.newest = self.newest, None
        if before is not None:
            self._events.arrived()

    def _say(self, error: AvatarError) -> None:
        if not self._is_missed:
            self._is_missed = True
            self._events.report(error)

    def _phase_and_words(self) -> tuple[DriverPhase, str]:
        """Where subclasses know more of a driver that is live."""
        return self._phase, self._words


def _same_moment(frame: DriverFrame, before: DriverFrame) -> bool:
    """Whether a frame without a picture would change nothing."""
    seen = frame.motion.confidence > 0, before.motion.confidence > 0
    return seen[0] == seen[1] and look_alike(frame.motion, before.motion)
