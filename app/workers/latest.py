"""A one-slot mailbox: the newest value wins, old ones vanish unseen, nothing queues up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds the newest value between a loop and whoever shows or uses it.

    Safe for any number of threads. `dropped` counts values that were replaced before anyone took
    them.

    Args:
        wake: set whenever a value arrives, for a loop that listens to several mailboxes.
        arrived: called then, on the thread that brought it; it must not wait.
    """

    def __init__(
        self, wake: threading.Event | None = None, arrived: Callable[[], None] | None = None
    ) -> None:
        self._condition = threading.Condition()
        self._value: T | None = None
        self._dropped = 0
        self._wake = wake
        self._arrived = arrived

    @property
    def dropped(self) -> int:
        return self._dropped

    def put(self, value: T) -> None:
        """Replace what is there."""
        with self._condition:
            if self._value is not None:
                self._dropped += 1
            self._value = value
            self._condition.notify()
        if self._wake is not None:
            self._wake.set()
        if self._arrived is not None:
            self._arrived()

    def take(self) -> T | None:
        """The newest value, once; None when there is nothing new."""
        with self._condition:
            value, self._value = self._value, None
            return value

    def wait(self, timeout_s: float) -> T | None:
        """Like `take`, but waits up to `timeout_s` for a value."""
        with self._condition:
            self._condition.wait_for(lambda: self._value is not None, timeout_s)
            value, self._value = self._value, None
            return value

    def clear(self) -> None:
        """Forget what is there; it does not count as dropped."""
        self.take()
