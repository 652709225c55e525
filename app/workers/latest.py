"""A one-slot mailbox: the newest value wins, old ones vanish unseen, nothing queues up."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds the newest value between a loop and whoever shows or uses it.

    Safe for any number of threads. `dropped` counts values that were replaced before anyone took
    them.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._value: T | None = None
        self._dropped = 0

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
