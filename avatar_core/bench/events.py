"""How soon the window answers while the demo avatar performs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from avatar_core.bench.studio_window import screen, studio_report

REPORT_VARIABLE = "AVATAR_STUDIO_EVENTS_REPORT"
"""With this set to a path, the studio plays its take, writes there how soon it answered events
meanwhile, and ends."""

_KEYS = {
    "viewport_event_p95_ms": "event_outside_p95_ms",
    "viewport_event_overall_p95_ms": "event_p95_ms",
    "viewport_paint_p95_ms": "paint_p95_ms",
    "viewport_window_fps": "fps",
}


def event_latency() -> dict[str, Any]:
    """Start the studio, on Xvfb where there is no screen, and let it perform for some seconds.

    Returns:
        `viewport_event_p95_ms`: from the posting of an event to its handling, paints taken off;
        `viewport_event_overall_p95_ms`: with them; `viewport_paint_p95_ms`: from the begin of a
        paint until it is on the screen; `viewport_window_fps`. None with `viewport_event_reason`
        where no window can be opened.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, screen() as place:
        if isinstance(place, str):
            return {**dict.fromkeys(_KEYS), "viewport_event_reason": place}
        try:
            report = studio_report(Path(name), place, REPORT_VARIABLE, set(_KEYS.values()))
        except (OSError, ValueError) as error:
            return {**dict.fromkeys(_KEYS), "viewport_event_reason": str(error)}
    return {key: round(float(report[told]), 2) for key, told in _KEYS.items()}
