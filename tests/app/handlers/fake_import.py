"""A stand-in for the work behind an import dialog."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from avatar_core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.tasks import TaskContext

WantedT = TypeVar("WantedT")
MadeT = TypeVar("MadeT")


class FakeImport(Generic[WantedT, MadeT]):
    """Remembers what was wanted; waits while it is held; fails when told to.

    Args:
        make: what it answers.
        words: what it says it does meanwhile.
    """

    def __init__(self, make: Callable[[WantedT], MadeT], words: str) -> None:
        self._make = make
        self._words = words
        self.wanted: list[WantedT] = []
        self.go = threading.Event()
        self.go.set()
        self.fault: Exception | None = None
        self.was_stopped = False

    def __call__(self, wanted: WantedT, task: TaskContext) -> MadeT:
        self.wanted.append(wanted)
        task.step(0.5, self._words)
        self.go.wait(10)
        try:
            task.step(0.9, "Saving")
        except Cancelled:
            self.was_stopped = True
            raise
        if self.fault is not None:
            raise self.fault
        return self._make(wanted)
