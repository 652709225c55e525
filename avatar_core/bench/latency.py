"""How old the avatar's frames are: from a camera's picture to the window, and to the screen."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from avatar_core.bench.registry import SECONDS_VARIABLE
from avatar_core.bench.studio_window import TIMEOUT_S, screen, studio_report
from avatar_core.bench.swaying_face import swaying_pictures, write_film
from avatar_core.driving.film_camera import VARIABLE as FILM_VARIABLE
from avatar_core.driving.still_image import read_picture
from avatar_core.resources import resource_path

REPORT_VARIABLE = "AVATAR_STUDIO_LATENCY_REPORT"
"""With this set to a path, the studio drives from its camera, writes there how old its frames
were, and ends."""
STUDIO_SECONDS_VARIABLE = "AVATAR_STUDIO_LATENCY_SECONDS"

_USUAL_S = 60.0
_FPS = 30
_ROUND_S = 4

_KEYS = {
    "latency_p50_ms": "p50_ms",
    "latency_p95_ms": "p95_ms",
    "latency_draw_ms": "draw_ms",
    "latency_screen_p50_ms": "screen_p50_ms",
    "latency_screen_p95_ms": "screen_p95_ms",
    "latency_growth_ms": "growth_ms",
    "latency_memory_growth_mb": "memory_growth_mb",
    "latency_frames": "frames",
    "latency_seconds": "seconds",
}


def run(seconds: float | None = None) -> dict[str, Any]:
    """Open the studio before a camera that shows a film of a face, and time its frames.

    The camera gives 30 pictures of 640 x 480 a second; the demo avatar performs, without
    portraits. The window opens on Xvfb where there is no screen.

    Args:
        seconds: to measure; what `SECONDS_VARIABLE` says, or a minute, when left out.

    Returns:
        `latency_p50_ms` and `latency_p95_ms`: from a picture being there until the frame that
        shows it has reached the window's thread, while nothing is drawn; `latency_growth_ms` and
        `latency_memory_growth_mb`: how much more it was at the end; `latency_frames` and
        `latency_seconds`. From ten seconds with drawing: `latency_draw_ms`, from the window's
        thread to the screen (median), and `latency_screen_p50_ms`, `latency_screen_p95_ms`, the
        whole way. None with `latency_reason` where no window opens.
    """
    wanted_s = seconds or float(os.environ.get(SECONDS_VARIABLE, _USUAL_S))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, screen() as place:
        if isinstance(place, str):
            return {**dict.fromkeys(_KEYS), "latency_reason": place}
        folder = Path(name)
        film = folder / "face.mp4"
        face = read_picture(resource_path("demo", "bench_face.webp"))
        write_film(film, swaying_pictures(face, _ROUND_S * _FPS), _FPS)
        variables = {FILM_VARIABLE: str(film), STUDIO_SECONDS_VARIABLE: str(wanted_s)}
        try:
            report = studio_report(
                folder,
                {**place, **variables},
                REPORT_VARIABLE,
                set(_KEYS.values()),
                TIMEOUT_S + wanted_s,
            )
        except (OSError, ValueError) as error:
            return {**dict.fromkeys(_KEYS), "latency_reason": str(error)}
    return {key: round(float(report[told]), 2) for key, told in _KEYS.items()}
