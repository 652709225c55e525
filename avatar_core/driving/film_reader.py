"""Reading the pictures of a video file with FFmpeg."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import av
import cv2
from av.stream import Disposition

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer

    from avatar_core.geometry import UInt8

_USUAL_FPS = 30.0
_MAX_FPS = 1000.0
_OPTIONS = {"protocol_whitelist": "file"}  # a play list must not reach for the network
_TEXT_FORMATS = {"tty", "bin", "xbin", "adf", "idf"}  # FFmpeg "plays" plain text with these
_LARGEST_START_GAP_S = 1.0
_QUARTER_TURNS = {
    1: cv2.ROTATE_90_COUNTERCLOCKWISE,
    2: cv2.ROTATE_180,
    3: cv2.ROTATE_90_CLOCKWISE,
}


class FilmReader:
    """The pictures of a video file, as often as wanted.

    Args:
        path: the file.

    Raises:
        AssetError: it is damaged, no video, or holds no picture.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as container:
            stream = container.streams.video[0]
            rate = float(stream.average_rate or stream.base_rate or 0)
            self.fps = rate if 0 < rate <= _MAX_FPS else _USUAL_FPS
            self.has_sound = bool(container.streams.audio)
            self._aspect = float(stream.sample_aspect_ratio or 1)
            duration_s = (container.duration or 0) / av.time_base
            if not duration_s and stream.duration and stream.time_base:
                duration_s = float(stream.duration * stream.time_base)
        first = next(self.frames(), None)
        if first is None:
            raise self._unreadable()
        height, width = self.image(first[1]).shape[:2]
        self.size = (width, height)
        self.duration_s = duration_s if duration_s > 0 else self._counted_duration_s()

    def frames(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Time in seconds and picture of each frame, from the start.

        Damaged parts are left out; where the file breaks off, the film ends.
        """
        with self._open() as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            zero_s: float | None = None
            for count, frame in enumerate(_decoded(container)):
                time_s = frame.time if frame.time is not None else count / self.fps
                if zero_s is None:
                    zero_s = _zero_s(container, time_s)
                yield max(0.0, time_s - zero_s), frame

    def image(self, frame: av.VideoFrame) -> UInt8:
        """[H, W, 3] RGB of a frame, turned as its metadata says, with square pixels."""
        width = max(1, round(frame.width * self._aspect))
        image = cast("UInt8", frame.to_ndarray(format="rgb24", width=width, height=frame.height))
        turn = _QUARTER_TURNS.get(round(frame.rotation / 90) % 4)
        return image if turn is None else cast("UInt8", cv2.rotate(image, turn))

    def _open(self) -> InputContainer:
        try:
            container = av.open(str(self._path), options=_OPTIONS, metadata_errors="replace")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._unreadable() from error
        covers = Disposition.attached_pic
        moving = [s for s in container.streams.video if not s.disposition & covers]
        if container.format.name in _TEXT_FORMATS or not container.streams:
            container.close()
            raise self._unreadable()
        if not moving:
            container.close()
            raise AssetError(
                f"{self._path.name} has no pictures to follow.",
                "Choose a video that shows a face, or an image.",
            )
        return container

    def _counted_duration_s(self) -> float:
        """Length of a film whose file does not tell it."""
        last_s = 0.0
        for time_s, _ in self.frames():
            last_s = max(last_s, time_s)
        return last_s + 1 / self.fps

    def _unreadable(self) -> AssetError:
        if not self._path.exists():
            return AssetError(f"{self._path.name} has gone.", "Put it back, or choose another.")
        return AssetError(
            f"{self._path.name} is damaged, or no video or image that the studio can read.",
            "Try a file saved as MP4 (H.264), PNG or JPEG.",
        )


def _decoded(container: InputContainer) -> Iterator[av.VideoFrame]:
    packets = container.demux(container.streams.video[0])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from frames


def _zero_s(container: InputContainer, first_s: float) -> float:
    """What the film's clock shows at its start, sound included, so that both stay together."""
    start_s = (container.start_time or 0) / av.time_base
    is_plausible = math.isfinite(start_s) and 0 <= first_s - start_s <= _LARGEST_START_GAP_S
    return start_s if is_plausible else first_s
