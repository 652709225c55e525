from __future__ import annotations

from avatar_core.bench import events

WRITES_REPORT = """
import json, os
from pathlib import Path
report = {"event_outside_p95_ms": 4.0, "event_p95_ms": 70.126, "paint_p95_ms": 66, "fps": 12.5}
Path(os.environ["AVATAR_STUDIO_EVENTS_REPORT"]).write_text(json.dumps(report))
"""


def test_what_the_studio_told(studio):
    studio(WRITES_REPORT)
    assert events.event_latency() == {
        "viewport_event_p95_ms": 4.0,
        "viewport_event_overall_p95_ms": 70.13,
        "viewport_paint_p95_ms": 66.0,
        "viewport_window_fps": 12.5,
    }


def test_a_studio_that_tells_nothing_leaves_a_reason(studio):
    studio("raise SystemExit('no window today')")
    told = events.event_latency()
    assert told["viewport_event_p95_ms"] is None
    assert "no window today" in told["viewport_event_reason"]
