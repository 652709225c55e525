"""Loop: a background thread that repeats one step until it is stopped."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError, Cancelled, DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

_MEMORY = {True: "graphics card", False: "computer"}
_BREATH_S = 0.05
"""Pause after a failure: one that returns at once must not take a whole core."""


def as_avatar_error(error: Exception, what: str) -> AvatarError:
    """The error itself when it is meant for the user; else one that names what failed.

    Anything else is a fault of the program: it goes to the log with its trace.
    """
    if isinstance(error, AvatarError):
        return error
    # By name: torch is not loaded for the sake of its exception.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        log.warning("%s ran out of memory", what, exc_info=error)
        is_card = not isinstance(error, MemoryError)
        wrapped: AvatarError = DeviceError(
            f"{what} stopped because the memory of the {_MEMORY[is_card]} is full.",
            "Close other programs that use it, then choose the avatar or the driver again.",
        )
        wrapped.__cause__ = error
        return wrapped
    log.error("%s failed unexpectedly", what, exc_info=error)
    wrapped = AvatarError(
        f"{what} stopped because of an unexpected fault ({type(error).__name__}).",
        "Try again; if it comes back, send us the log (Help, Open log).",
    )
    wrapped.__cause__ = error
    return wrapped


class Loop(ABC):
    """Repeats `step` on a thread of its own.

    A step that fails ends what the loop was at (`give_up`), is reported once, and the loop then
    waits for the next request: one bad file or unplugged camera does not cost the thread.

    Args:
        name: of the thread, and what the user reads when it fails unexpectedly.
        report: hears errors, on the loop's thread.
    """

    def __init__(self, name: str, report: Callable[[AvatarError], None]) -> None:
        self.name = name
        self.wake = threading.Event()
        self._report = report
        self._reported: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stopping.set()
        self.wake.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end. Returns whether it came in time."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @abstractmethod
    def step(self) -> None:
        """One round; waits for `wake` when there is nothing to do."""

    def give_up(self) -> None:  # noqa: B027 - a hook
        """Drop what just failed, so that the next step waits instead of failing again."""

    def close(self) -> None:  # noqa: B027 - a hook
        """Free what the loop owns; runs on its thread, at the end."""

    def renew(self) -> None:
        """A new request came: errors may be said again."""
        self._reported.clear()

    def rest(self, timeout_s: float | None = None) -> None:
        """Wait until something wakes the loop, or the time is over."""
        self.wake.wait(timeout_s)
        self.wake.clear()

    def _run(self) -> None:
        while not self.is_stopping:
            self._guarded(self.step)
        self._guarded(self.close)

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - a thread must end in a sentence, not a trace
            self._fail(as_avatar_error(error, self.name))

    def _fail(self, error: AvatarError) -> None:
        try:
            self.give_up()
        except Exception:
            log.exception("%s could not give up cleanly", self.name)
        if error.message not in self._reported:
            self._reported.add(error.message)
            self._report(error)
        self._stopping.wait(_BREATH_S)
