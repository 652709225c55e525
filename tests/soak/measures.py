"""What a long session must not let grow: memory, open files, threads."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent

from tests.fuzz.guard import status_bytes


@dataclass(frozen=True, slots=True)
class Measures:
    """One look.

    Args:
        memory_mb: resident.
        handles: open files and sockets.
        threads: of Python.
        system_threads: of the process, those of libraries too.
        widgets: of Qt, all of them.
    """

    memory_mb: float
    handles: int
    threads: int
    system_threads: int
    widgets: int


def measure() -> Measures:
    """Look, after everything that waits to be deleted or given back has been."""
    from PySide6.QtWidgets import QApplication

    for _ in range(2):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()
        gc.collect()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).malloc_trim(0)
    return Measures(
        memory_mb=status_bytes("VmRSS:") / 2**20,
        handles=len(list(Path("/proc/self/fd").iterdir())),
        threads=threading.active_count(),
        system_threads=len(list(Path("/proc/self/task").iterdir())),
        widgets=len(QApplication.allWidgets()),
    )
