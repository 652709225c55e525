"""A job that tells how far it is, shows its pictures, and stops when it is asked to."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.batch.render import Phase, RenderStatus, Watcher, render_job
from avatar_core.batch.render_events import (
    FilmsTold,
    NoticeTold,
    PictureTold,
    RenderEvent,
    ShareTold,
)
from avatar_core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry import UInt8
    from avatar_core.recording.render_job import RenderJob

_TELL_EVERY_S = 0.2
_PICTURE_EVERY_S = 2.0
_PICTURE_PX = 320
_LEAST_PACE_S = 1.0


class ToldRender:
    """Renders a job once.

    Args:
        job: what to render.
        tell: hears every event, on the thread that renders.
        parts: folder for the pieces; the one beside the film when left out.
        picture: where previews go; none when left out.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        job: RenderJob,
        tell: Callable[[RenderEvent], None],
        parts: Path | None = None,
        picture: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job, self._tell = job, tell
        self._parts, self._picture = parts, picture
        self._clock = clock
        self._stopped = threading.Event()
        self._told_s = self._shown_s = -float("inf")
        self._phase: Phase | None = None
        self._began: tuple[float, float] | None = None

    def stop(self) -> None:
        """Ask it to end, from any thread."""
        self._stopped.set()

    def run(self) -> None:
        """Render.

        Raises:
            AvatarError: something cannot be read, drawn or written.
            Cancelled: it was stopped; everything drawn is kept.
        """
        watcher = Watcher(self._hear, self._see, lambda said: self._tell(NoticeTold(said)))
        reports = render_job(self._job, watcher=watcher, folder=self._parts)
        for report in reports:
            for notice in report.notices:
                self._tell(NoticeTold(notice))
        self._tell(FilmsTold(tuple(str(report.path) for report in reports)))

    def _hear(self, status: RenderStatus) -> None:
        if self._stopped.is_set():
            raise Cancelled
        now_s = self._clock()
        is_new = status.phase is not self._phase
        if self._began is None and status.phase is Phase.DRAWING:
            self._began = now_s, status.share
        if is_new or now_s - self._told_s >= _TELL_EVERY_S or status.done == status.total:
            self._told_s, self._phase = now_s, status.phase
            eta_s = self._eta_s(now_s, status.share)
            self._tell(
                ShareTold(status.share, status.phase.value, status.done, status.total, eta_s)
            )

    def _eta_s(self, now_s: float, share: float) -> float | None:
        if self._began is None:
            return None
        spent_s, gained = now_s - self._began[0], share - self._began[1]
        if spent_s < _LEAST_PACE_S or gained <= 0:
            return None
        return spent_s / gained * (1 - share)

    def _see(self, image: UInt8) -> None:
        now_s = self._clock()
        if self._picture is not None and now_s - self._shown_s >= _PICTURE_EVERY_S:
            self._shown_s = now_s
            write_preview(image, self._picture)
            self._tell(PictureTold(str(self._picture)))


def write_preview(image: UInt8, path: Path) -> None:
    """Keep a small copy of a picture [H, W, 3 or 4]; a disk that is full keeps the old one."""
    scale = min(1.0, _PICTURE_PX / max(image.shape[:2]))
    size = max(1, round(scale * image.shape[1])), max(1, round(scale * image.shape[0]))
    small = cv2.resize(np.ascontiguousarray(image[..., 2::-1]), size, interpolation=cv2.INTER_AREA)
    is_packed, data = cv2.imencode(".jpg", small)
    fresh = path.with_name(f"{path.name}.new")
    try:
        if is_packed:
            fresh.write_bytes(data.tobytes())
            fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
