"""Drivers: cameras, films and stills as pictures, and pictures of a face as motion."""

from avatar_core.driving.face_tracker import FaceTracker, TrackedFace
from avatar_core.driving.sources import (
    CameraInfo,
    CapturedImage,
    FrameSource,
    list_cameras,
    open_source,
)

__all__ = [
    "CameraInfo",
    "CapturedImage",
    "FaceTracker",
    "FrameSource",
    "TrackedFace",
    "list_cameras",
    "open_source",
]
