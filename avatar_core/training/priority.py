"""Leaving the processor to whoever works in front."""

from __future__ import annotations

import os
import sys

_NICE = 10
_BELOW_NORMAL_PRIORITY_CLASS = 0x4000


def lower_priority() -> None:
    """Let this process and its threads wait for others: nice 10, or below normal on Windows."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        # Without its type the handle, -1, would be cut to 32 bits.
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        process = ctypes.c_void_p(kernel.GetCurrentProcess())
        kernel.SetPriorityClass(process, _BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(max(0, _NICE - os.nice(0)))
