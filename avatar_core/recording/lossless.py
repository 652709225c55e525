"""Pieces of a film that keep every bit of every picture: FFV1 in Matroska, without sound."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from avatar_core.errors import AssetError, RecordingError
from avatar_core.io.atomic import write_error

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from types import TracebackType

    from av.video.stream import VideoStream

    from avatar_core.geometry import UInt8

_RATE = Fraction(30)
"""Any will do: pieces are counted, not timed."""

_OPTIONS = {"level": "3", "slicecrc": "1", "slices": "4", "g": "1"}
_PIXELS = {3: ("rgb24", "bgr0"), 4: ("rgba", "bgra")}
"""By the number of channels: how pictures come, and how FFV1 keeps them."""


def picture_digest(image: UInt8) -> str:
    """16 letters that tell pictures [H, W, 3 or 4] apart: BLAKE2b of size and pixels."""
    hasher = hashlib.blake2b(repr(image.shape).encode(), digest_size=8)
    hasher.update(np.ascontiguousarray(image).data)
    return hasher.hexdigest()


class LosslessWriter:
    """Writes pictures of one size; closing completes the file.

    Args:
        path: of the file.

    Raises:
        RecordingError: from every method: it cannot be written there, or not to its end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.digests: list[str] = []
        try:
            self._container = av.open(path, "w", format="matroska")
        except (OSError, av.FFmpegError) as reason:
            raise _write_error(path, reason) from reason
        self._stream: VideoStream | None = None

    def write(self, image: UInt8) -> None:
        """Add a picture [H, W, 3 or 4]; the first one says the size of all."""
        given, kept = _PIXELS[image.shape[2]]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format=given)
        try:
            stream = self._stream or self._begin(image, kept)
            frame = frame.reformat(format=kept)
            frame.pts, frame.time_base = len(self.digests), 1 / _RATE
            self._container.mux(stream.encode(frame))
        except (OSError, av.FFmpegError) as reason:
            raise _write_error(self._path, reason) from reason
        self.digests.append(picture_digest(image))

    def close(self) -> None:
        try:
            if self._stream is not None:
                self._container.mux(self._stream.encode())
            self._container.close()
        except (OSError, av.FFmpegError) as reason:
            raise _write_error(self._path, reason) from reason

    def __enter__(self) -> LosslessWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
            return
        with suppress(RecordingError):  # the first failure is the one to be told
            self.close()

    def _begin(self, image: UInt8, kept: str) -> VideoStream:
        stream = self._container.add_stream("ffv1", _RATE)
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = kept
        stream.codec_context.options = _OPTIONS
        stream.codec_context.thread_count = 1
        self._stream = stream
        return stream


def read_lossless(path: Path, channels: int) -> Generator[UInt8]:
    """The pictures [H, W, channels] of a file that `LosslessWriter` has written.

    Raises:
        AssetError: missing or damaged.
    """
    given, _kept = _PIXELS[channels]
    try:
        with av.open(path) as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format=given), np.uint8)
    except (OSError, av.FFmpegError, IndexError, ValueError) as reason:
        raise AssetError(
            f"The rendered piece {path.name} is missing or damaged.", "It has to be rendered again."
        ) from reason


def _write_error(path: Path, reason: Exception) -> RecordingError:
    cause = reason if isinstance(reason, OSError) else OSError(0, str(reason))
    error = write_error(path, cause, RecordingError)
    return RecordingError(error.message, error.hint)
