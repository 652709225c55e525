"""What is in a capture, counted by series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Camera
    from avatar_core.geometry.shapes import Float64
    from avatar_core.training.capture_frames import CaptureFrame
    from avatar_core.training.captures import Capture

ROLES = {
    "hair": "neutral, with hair: learns the hair",
    "hair_small": "neutral, with hair: learns the hair",
    "face": "expressions without hair: learns the face",
    "face_small": "expressions without hair: learns the face",
    "full": "expressions with hair: learns both together",
    "test": "held out: shown and measured, never learnt from",
}
"""What the trainer does with the series it knows; others it leaves alone."""


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series.

    Args:
        name: of the series.
        role: what the trainer does with it, in words.
        pictures, cameras, expressions: how many there are.
        mattes, labels, depths: how many pictures have one.
        size_px: width and height that the first picture should have.
    """

    name: str
    role: str
    pictures: int
    cameras: int
    expressions: int
    mattes: int
    labels: int
    depths: int
    size_px: tuple[int, int]


def summarise(capture: Capture) -> tuple[SeriesSummary, ...]:
    """The series of a capture: those that are trained on first, in the order of the stages."""
    names = [name for name in ROLES if name in capture.series]
    names += [name for name in capture.series if name not in ROLES]
    return tuple(_summary(name, capture.series[name]) for name in names if capture.series[name])


def _summary(name: str, frames: tuple[CaptureFrame, ...]) -> SeriesSummary:
    first = frames[0].camera
    return SeriesSummary(
        name=name,
        role=ROLES.get(name, "not used for training"),
        pictures=len(frames),
        cameras=len({frame.camera_index for frame in frames}),
        expressions=len({frame.timestep for frame in frames}),
        mattes=sum(frame.mask_path is not None for frame in frames),
        labels=sum(frame.parsing_path is not None for frame in frames),
        depths=sum(frame.depth_path is not None for frame in frames),
        size_px=(first.width_px, first.height_px),
    )


def cameras_of(capture: Capture) -> dict[int, Camera]:
    """The cameras by their index, each as its first frame has it."""
    cameras: dict[int, Camera] = {}
    for frame in capture.frames(*capture.series):
        cameras.setdefault(frame.camera_index, frame.camera)
    return dict(sorted(cameras.items()))


def sight_centre(cameras: list[Camera]) -> Float64:
    """[3] the point that cameras look at together: nearest to all their axes, metres, world."""
    across, offsets = np.zeros((3, 3)), np.zeros(3)
    for camera in cameras:
        forward = camera.forward.astype(np.float64)
        away = np.eye(3) - np.outer(forward, forward)
        across += away
        offsets += away @ camera.position
    return np.asarray(np.linalg.lstsq(across, offsets, rcond=None)[0], np.float64)
