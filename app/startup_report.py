"""The start-up report: how long until the first picture, for the bench that asks for it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

VARIABLE = "AVATAR_STUDIO_STARTUP_REPORT"
"""Environment variable with the path of the report; the studio ends once it is written."""

_loaded_s = time.time()


def report_path() -> Path | None:
    """Where the report is wanted, or None."""
    text = os.environ.get(VARIABLE, "")
    return Path(text) if text else None


def write_report(path: Path) -> None:
    """Write what the first paint took.

    Keys: `first_paint_s` since the process started, `torch_loaded` 0 or 1, `memory_mb` resident.
    """
    report = {
        "first_paint_s": round(time.time() - process_start_s(), 3),
        "torch_loaded": int("torch" in sys.modules),
        "memory_mb": round(resident_mb(), 1),
    }
    path.write_text(json.dumps(report), encoding="utf-8")


def process_start_s() -> float:
    """When this process began, in seconds of `time.time`; elsewhere than on Linux, its imports."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        uptime_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return _loaded_s
    return time.time() - (uptime_s - started_s)


def resident_mb() -> float:
    """Memory the process holds, 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, AttributeError):
        return 0.0
