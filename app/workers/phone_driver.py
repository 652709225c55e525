"""PhoneDriver: a phone or another program that sends motion over the network."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from app.workers.driver_frame import DriverFrame
from app.workers.driver_loop import DriverLoop
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.workers.driver_loop import DriverEvents
    from app.workers.status import DriverPhase
    from avatar_core.motion import MotionFrame

_READ_S = 0.1
_SILENCE_S = 1.0
"""A phone that sends nothing this long is out of range."""


class Receiver(Protocol):
    """The part of `PhoneReceiver` that is used here."""

    @property
    def reason(self) -> str:
        """Why packets are refused at the moment; empty while none are."""

    def read(self, timeout_s: float) -> MotionFrame | None: ...

    def close(self) -> None: ...


class PhoneDriver(DriverLoop):
    """Waits for packets. The socket stays open while the phone is out of range.

    Args:
        uri: of the protocol and port.
        events: who hears of it.
        open_phone: opens the receiver of a URI.
        leaving: drivers that may still hold the port.
    """

    def __init__(
        self,
        uri: str,
        events: DriverEvents,
        open_phone: Callable[[str], Receiver],
        leaving: Sequence[DriverLoop] = (),
    ) -> None:
        super().__init__(uri, events, leaving)
        self._open_phone = open_phone
        self._receiver: Receiver | None = None
        self._received_s = 0.0

    def open_driver(self) -> None:
        self._receiver = self._open_phone(self.uri)
        self._received_s = time.perf_counter()

    def run_driver(self) -> None:
        receiver = self._receiver
        assert receiver is not None
        motion = receiver.read(_READ_S)
        now_s = time.perf_counter()
        if motion is not None:
            self._received_s = now_s
            self.give(DriverFrame(motion, now_s, {"receive": 0.0}))
        elif now_s - self._received_s > _SILENCE_S:
            words = receiver.reason or f"{self.address.label} sends nothing."
            self.miss(DeviceError(words, self._hint))

    @property
    def _hint(self) -> str:
        if not self.address.is_on("open"):
            return "Open the app; one that runs on a phone needs the port open to the network."
        return "Check that the app is open and sends to this computer, in the same network."

    def _phase_and_words(self) -> tuple[DriverPhase, str]:
        is_told = self._phase == "silent" and self._words.endswith("sends nothing.")
        return self._phase, f"{self._words} {self._hint}" if is_told else self._words

    def close_driver(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.close()
