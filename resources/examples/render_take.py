"""Render a take: the demo avatar performs, while the camera turns round it once.

python resources/examples/render_take.py turning.mp4
"""

from __future__ import annotations

import sys

import avatar_core
from avatar_core.recording.camera_path import FramedView, Turntable


def render(out: str, width: int = 512, height: int = 512, last_frame: int | None = None) -> int:
    """Render the bundled performance. Returns how many frames the film has."""
    take = avatar_core.load_performance("demo")
    job = avatar_core.RenderJob(
        out=out,
        avatar="demo",
        drive="demo",
        width=width,
        height=height,
        last_frame=last_frame,
        camera=Turntable(take.duration_s, FramedView(pitch_deg=5.0)),
        background="#202020",
    )
    (report,) = avatar_core.render_job(job, progress=_show)
    return report.frames


def _show(done: int, total: int) -> None:
    """Say how far it is. Raise `avatar_core.Cancelled` here to stop; a later call goes on."""
    sys.stderr.write(f"\r{done * 100 // total} %")


if __name__ == "__main__":
    render(sys.argv[1] if len(sys.argv) > 1 else "turning.mp4")
