"""How long from the start of the program until the demo's face is on the screen."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from avatar_core.bench.studio_window import screen, studio_report

REPORT_VARIABLE = "AVATAR_STUDIO_STARTUP_REPORT"
"""With this set to a path, the studio writes there what its first paint took, and ends."""

_KEYS = {
    "startup_window_s": "first_paint_s",
    "startup_torch_loaded": "torch_loaded",
    "memory_demo_mb": "memory_mb",
}


def run(runs: int = 3) -> dict[str, Any]:
    """Start the studio, once to warm up and then `runs` times, on Xvfb where there is no screen.

    Returns:
        `startup_window_s` (median: process start to first painted frame), `startup_cold_s` (the
        first run), `startup_torch_loaded`, `memory_demo_mb` (the most of all runs); None with
        `startup_reason` where no window can be opened.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, screen() as place:
        if isinstance(place, str):
            return {**dict.fromkeys(_KEYS), "startup_reason": place}
        keys = set(_KEYS.values())
        try:
            reports = [
                studio_report(Path(name), place, REPORT_VARIABLE, keys) for _ in range(runs + 1)
            ]
        except (OSError, ValueError) as error:
            return {**dict.fromkeys(_KEYS), "startup_reason": str(error)}
    warm = reports[1:] or reports
    return {
        "startup_window_s": round(float(np.median([each["first_paint_s"] for each in warm])), 3),
        "startup_cold_s": round(float(reports[0]["first_paint_s"]), 3),
        "startup_torch_loaded": max(int(each["torch_loaded"]) for each in reports),
        "memory_demo_mb": round(max(float(each["memory_mb"]) for each in reports), 1),
    }
