"""The word by which a process is asked to end, and the ear for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

STOP = "stop"
"""The line that asks a listening process to end; a run or a job goes on from there another time."""


def listen(stream: TextIO, stop: Callable[[], None]) -> threading.Thread:
    """Call `stop` once the stream says "stop" or ends, as it does when its writer is gone."""

    def read() -> None:
        for line in stream:
            if line.strip() == STOP:
                break
        stop()

    thread = threading.Thread(target=read, name="ear", daemon=True)
    thread.start()
    return thread
