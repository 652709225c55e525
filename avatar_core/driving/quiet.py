"""Silence for native libraries that write to standard error by themselves."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDERR = 2
_lock = threading.Lock()


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Nothing reaches standard error inside. For calls of milliseconds: it is the process's own.

    What such a call has to say comes back as its result, and is told in words by the caller.
    """
    with _lock, contextlib.ExitStack() as undo:
        # Without a console (pythonw) there is no standard error, and nothing to silence.
        with contextlib.suppress(OSError):
            saved = os.dup(_STDERR)
            undo.callback(os.close, saved)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            undo.callback(os.close, nowhere)
            os.dup2(nowhere, _STDERR)
            undo.callback(os.dup2, saved, _STDERR)
        yield
