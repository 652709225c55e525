"""How old frames were in the window's thread and on the screen, as percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.viewport.show_clock import FrameTimes

_PARTS = 4
"""Growth is that of the last part of the time over the first."""


def ages(frames: Sequence[FrameTimes]) -> dict[str, float]:
    """Percentiles of how old frames were.

    Args:
        frames: in the order in which they were shown.

    Returns:
        Milliseconds: `p50_ms` and `p95_ms` from capture to the window's thread, `draw_ms` from
        there to the screen (median), `screen_p50_ms` and `screen_p95_ms` for the whole way,
        `growth_ms` by how much the median of `p50_ms` was larger at the end than at the begin;
        and `frames`. Zeros for none.
    """
    if not frames:
        names = ("p50", "p95", "draw", "screen_p50", "screen_p95", "growth")
        return {**{f"{name}_ms": 0.0 for name in names}, "frames": 0}
    captured, taken, shown = np.array(
        [(each.captured_s, each.taken_s, each.shown_s) for each in frames]
    ).T
    window_ms, screen_ms = 1000 * (taken - captured), 1000 * (shown - captured)
    parts = np.array_split(window_ms, min(_PARTS, len(window_ms)))
    return {
        "p50_ms": float(np.median(window_ms)),
        "p95_ms": float(np.percentile(window_ms, 95)),
        "draw_ms": float(np.median(1000 * (shown - taken))),
        "screen_p50_ms": float(np.median(screen_ms)),
        "screen_p95_ms": float(np.percentile(screen_ms, 95)),
        "growth_ms": float(np.median(parts[-1]) - np.median(parts[0])),
        "frames": len(frames),
    }
