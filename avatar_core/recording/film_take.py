"""From a film or a still of a face to a take: tracking without a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.sources import open_source
from avatar_core.errors import AssetError, FaceNotFoundError
from avatar_core.io.audio import load_audio
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.recording.progress import Progress, unheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.face_tracker import TrackedFace
    from avatar_core.driving.frame_source import CapturedImage, FrameSource

STILL_S = 2.0
"""How long a still image holds its expression."""

_STILL_FPS = 30.0
_READ_S = 1.0


def _unseen(picture: CapturedImage, face: TrackedFace | None) -> None:
    """Looks at nothing."""


def take_from_film(
    uri: str,
    tracker: FaceTracker | None = None,
    progress: Progress = unheard,
    seen: Callable[[CapturedImage, TrackedFace | None], None] = _unseen,
) -> Take:
    """Track the face in every picture of a film, with its sound.

    Args:
        uri: path of a film or a still, or `file:PATH`.
        tracker: follows the face; made when left out.
        progress: hears the pictures tracked.
        seen: is shown each picture that becomes a frame, and the face in it or None.

    Returns:
        A take of what the tracker saw, before any calibration or mixing; confidence 0 where it
        saw no face. A still gives `STILL_S` seconds of one expression.

    Raises:
        AssetError: the file is missing, damaged, or neither film nor still.
        FaceNotFoundError: no picture shows a face.
        Cancelled: by `progress`.
    """
    if uri.startswith("camera:"):
        raise AssetError("A camera has no end to render to.", "Record a take and render that.")
    source = open_source(uri, paced=False, loop=False)
    name = DriverAddress.parse(source.uri).label
    try:
        frames = _tracked(source, tracker or FaceTracker(), progress, seen)
        if not any(frame.confidence > 0 for frame in frames):
            raise FaceNotFoundError(
                f"No face was found in {name}.",
                "Choose a film in which one face is well lit and seen from the front.",
            )
        if source.duration_s is None:
            frames = [frames[0].at(0.0), frames[0].at(STILL_S - 1 / _STILL_FPS)]
            return Take.from_frames(name, frames, _STILL_FPS)
        audio = None
        if source.audio_path is not None:
            audio = TakeAudio(*load_audio(source.audio_path))
        # Both the pictures' times and the sound count from the start of the film.
        offset_s = -frames[0].time_s
        return Take.from_frames(name, frames, source.fps, audio, audio_offset_s=offset_s)
    finally:
        source.close()


def _tracked(
    source: FrameSource,
    tracker: FaceTracker,
    progress: Progress,
    seen: Callable[[CapturedImage, TrackedFace | None], None],
) -> list[MotionFrame]:
    """Motion of every picture, times rising."""
    expected = max(1, round((source.duration_s or 0.0) * source.fps))
    frames: list[MotionFrame] = []
    while not source.ended:
        progress(min(len(frames), expected), expected)
        captured = source.read(_READ_S)
        if captured is None or (frames and captured.time_s <= frames[-1].time_s):
            continue
        face = tracker.track(captured.image, captured.time_s)
        seen(captured, face)
        lost = MotionFrame(time_s=captured.time_s, confidence=0.0)
        frames.append(lost if face is None else face.motion)
    progress(expected, expected)
    return frames
