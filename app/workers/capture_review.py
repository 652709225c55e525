"""Captures read, checked and looked at in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from pathlib import Path

    from app.workers.tasks import TaskContext
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.heads import ParametricHead
    from avatar_core.training.capture_findings import Finding
    from avatar_core.training.capture_frames import CaptureFrame
    from avatar_core.training.capture_overlay import Overlays
    from avatar_core.training.capture_summary import SeriesSummary
    from avatar_core.training.captures import Capture

# OpenCV and what reads captures are loaded only on the tasks' threads.


@dataclass(frozen=True, slots=True, eq=False)
class CaptureContents:
    """An opened capture.

    Args:
        capture: its index.
        series: what is in it, counted.
        cameras: by index.
        centre: [3] the point that they look at, metres, world.
        head: of the person; None where it cannot be built.
        head_error: why it cannot.
    """

    capture: Capture
    series: tuple[SeriesSummary, ...]
    cameras: dict[int, Camera]
    centre: tuple[float, float, float]
    head: ParametricHead | None
    head_error: AssetError | None = None

    @property
    def folder(self) -> Path:
        return self.capture.folder

    @property
    def needs_flame(self) -> bool:
        """The capture was tracked with FLAME, which the user brings."""
        return self.capture.flame_identity is not None


def open_contents(folder: Path, flame: Path | None, task: TaskContext) -> CaptureContents:
    """Read what a capture consists of; pictures are read when they are looked at.

    Args:
        folder: of the capture.
        flame: the user's FLAME files, where the capture needs them.
        task: notices a stop.

    Raises:
        AssetError: it is no capture, or files are missing.
    """
    task.step(0.0, "Reading the capture")
    from avatar_core.training.capture_head import read_capture_head
    from avatar_core.training.capture_summary import cameras_of, sight_centre, summarise
    from avatar_core.training.captures import open_capture

    capture = open_capture(folder)
    task.step(0.5, "Building the head")
    try:
        used = flame if capture.flame_identity is not None else None
        head, error = read_capture_head(capture, used), None
    except AssetError as fault:
        head, error = None, fault
    cameras = cameras_of(capture)
    x, y, z = (float(each) for each in sight_centre(list(cameras.values())))
    return CaptureContents(capture, summarise(capture), cameras, (x, y, z), head, error)


def check(folder: Path, flame: Path | None, task: TaskContext) -> tuple[Finding, ...]:
    """What `check_capture` finds."""
    task.step(0.0, "Reading the index")
    from avatar_core.training.capture_check import check_capture

    return check_capture(folder, flame, task.step)


def look_at(contents: CaptureContents, frame: CaptureFrame, overlays: Overlays) -> UInt8:
    """The picture of a frame with what is drawn over it, [H, W, 3] sRGB.

    Raises:
        AssetError: a picture cannot be read.
    """
    from avatar_core.training.capture_overlay import framed_picture

    return framed_picture(frame, contents.capture.labels, overlays, contents.head)
