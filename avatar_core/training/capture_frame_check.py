"""What can be wrong with one frame of a capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from avatar_core.training.capture_frames import CELEBA_LABELS
from avatar_core.training.capture_silhouette import overlap, silhouette

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Camera, Float32, UInt8
    from avatar_core.heads import HeadParameters, ParametricHead
    from avatar_core.training.capture_frames import CaptureFrame, Labels

LEAST_OVERLAP = 0.8
"""Below this a posed head counts as lying beside its picture."""

_LEAST_IN_VIEW = 0.05
_LEAST_MATTE, _MOST_MATTE = 0.005, 0.995
_LEAST_SPREAD = 1.0
_SILHOUETTE_PX = 512
_STUDIO_VALUES, _CELEBA_VALUES = 9, 19


class Fault(StrEnum):
    """Kinds of mistakes, in the order in which they are told."""

    PICTURE_UNREADABLE = "picture unreadable"
    PICTURE_SIZE = "picture of another size"
    PICTURE_BLANK = "picture blank"
    POSE = "pose impossible"
    CAMERA_INSIDE = "camera inside the head"
    CAMERA_AWAY = "camera looks away"
    HEAD_BESIDE = "head beside the picture"
    LEAKED = "held-out frame trained on"
    MATTE_MISSING = "matte missing"
    MATTE_UNREADABLE = "matte unreadable"
    MATTE_SIZE = "matte of another size"
    MATTE_EMPTY = "matte empty"
    MATTE_FULL = "matte full"
    LABELS_MISSING = "labels missing"
    LABELS_UNREADABLE = "labels unreadable"
    LABELS_SIZE = "labels of another size"
    LABELS_UNKNOWN = "labels unknown"
    NO_HAIR = "no hair labelled"
    DEPTH_UNREADABLE = "depth unreadable"
    DEPTH_SIZE = "depth of another size"


@dataclass(slots=True)
class FrameChecker:
    """Looks at frames one after the other.

    Args:
        labels: what the parsing pictures mean.
        head: of the person; without one, cameras and silhouettes are not looked at.
    """

    labels: Labels
    head: ParametricHead | None
    _posed: dict[int, tuple[HeadParameters, Float32]] = field(default_factory=dict)

    def faults(self, frame: CaptureFrame) -> tuple[list[Fault], bytes]:
        """What is wrong with a frame, and the content of its picture's file, for comparing."""
        content, image = _read(frame.image_path, cv2.IMREAD_COLOR)
        size = (frame.camera.height_px, frame.camera.width_px)
        found: list[Fault] = []
        if image is None:
            found.append(Fault.PICTURE_UNREADABLE)
        elif image.shape[:2] != size:
            found.append(Fault.PICTURE_SIZE)
        elif float(image.std()) < _LEAST_SPREAD:
            found.append(Fault.PICTURE_BLANK)
        matte = self._matte(frame, size, found)
        parsing = self._parsing(frame, size, found)
        self._depth(frame, size, found)
        self._place(frame, matte, parsing, found)
        return found, content

    def _matte(
        self, frame: CaptureFrame, size: tuple[int, int], found: list[Fault]
    ) -> UInt8 | None:
        if frame.mask_path is None:
            return None
        _, matte = _read(frame.mask_path, cv2.IMREAD_GRAYSCALE)
        if matte is None:
            found.append(Fault.MATTE_UNREADABLE)
            return None
        if matte.shape != size:
            found.append(Fault.MATTE_SIZE)
            return None
        covered = float((matte > 127).mean())
        if covered < _LEAST_MATTE:
            found.append(Fault.MATTE_EMPTY)
            return None
        if covered > _MOST_MATTE:
            found.append(Fault.MATTE_FULL)
        return matte

    def _parsing(
        self, frame: CaptureFrame, size: tuple[int, int], found: list[Fault]
    ) -> UInt8 | None:
        if frame.parsing_path is None:
            return None
        _, parsing = _read(frame.parsing_path, cv2.IMREAD_GRAYSCALE)
        if parsing is None:
            found.append(Fault.LABELS_UNREADABLE)
            return None
        if parsing.shape != size:
            found.append(Fault.LABELS_SIZE)
            return None
        known = _CELEBA_VALUES if self.labels == CELEBA_LABELS else _STUDIO_VALUES
        if int(parsing.max()) >= known:
            found.append(Fault.LABELS_UNKNOWN)
            return None
        if frame.has_hair and not np.isin(parsing, list(self.labels.hair)).any():
            found.append(Fault.NO_HAIR)
        return parsing

    def _depth(self, frame: CaptureFrame, size: tuple[int, int], found: list[Fault]) -> None:
        if frame.depth_path is None or frame.depth_path.suffix == ".npz":
            return
        _, depth = _read(frame.depth_path, cv2.IMREAD_UNCHANGED)
        if depth is None:
            found.append(Fault.DEPTH_UNREADABLE)
        elif depth.shape[:2] != size:
            found.append(Fault.DEPTH_SIZE)

    def _place(
        self, frame: CaptureFrame, matte: UInt8 | None, parsing: UInt8 | None, found: list[Fault]
    ) -> None:
        if self.head is None:
            return
        vertices = self._vertices(self.head, frame.parameters)
        if not np.isfinite(vertices).all():
            found.append(Fault.POSE)
            return
        fault = camera_fault(frame.camera, vertices)
        if fault is not None:
            found.append(fault)
        elif matte is not None:
            camera = reduced(frame.camera)
            head = silhouette(vertices, self.head.topology.faces, camera)
            if overlap(head, *self._compared(frame, matte, parsing, camera)) < LEAST_OVERLAP:
                found.append(Fault.HEAD_BESIDE)

    def _compared(
        self, frame: CaptureFrame, matte: UInt8, parsing: UInt8 | None, camera: Camera
    ) -> tuple[UInt8, UInt8 | None]:
        """The matte, and what of it is hair or clothes, at the camera's size."""
        size = (camera.width_px, camera.height_px)
        small = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_NEAREST), np.uint8)
        if parsing is None:
            return small, None if frame.has_hair else np.zeros_like(small)
        values = cv2.resize(parsing, size, interpolation=cv2.INTER_NEAREST)
        is_head = np.isin(values, list(self.labels.head - self.labels.hair))
        return small, ((small > 127) & ~is_head).astype(np.uint8)

    def _vertices(self, head: ParametricHead, parameters: HeadParameters) -> Float32:
        # Frames of one expression share their parameters; they are kept so that ids stay theirs.
        kept = self._posed.get(id(parameters))
        if kept is None:
            self._posed = {id(parameters): (parameters, head.pose(parameters))}
            kept = self._posed[id(parameters)]
        return kept[1]


def camera_fault(camera: Camera, vertices: Float32) -> Fault | None:
    """Whether a camera sits inside of a head [V, 3] or hardly sees any of it."""
    position = camera.position
    if np.all(position > vertices.min(0)) and np.all(position < vertices.max(0)):
        return Fault.CAMERA_INSIDE
    pixels, depths = camera.project(vertices)
    size = np.array([camera.width_px, camera.height_px])
    in_view = (depths > 0) & (pixels >= 0).all(1) & (pixels < size).all(1)
    return Fault.CAMERA_AWAY if float(in_view.mean()) < _LEAST_IN_VIEW else None


def reduced(camera: Camera) -> Camera:
    """The camera with a picture small enough to draw silhouettes quickly."""
    scale = min(1.0, _SILHOUETTE_PX / max(camera.width_px, camera.height_px))
    return camera.resized(
        max(1, round(camera.width_px * scale)), max(1, round(camera.height_px * scale))
    )


def _read(path: Path, flags: int) -> tuple[bytes, np.ndarray[Any, Any] | None]:
    """A picture's file and its pixels, which are None where nothing can be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return b"", None
    if not content:
        return content, None
    try:
        return content, cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        return content, None
