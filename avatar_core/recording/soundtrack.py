"""The sound of a clip as one unbroken stream from time 0 of its picture."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError

if TYPE_CHECKING:
    from avatar_core.geometry import Float32


class Soundtrack:
    """Collects pieces of sound and gives them out up to a time of the picture.

    Nothing is dropped, however early it comes; the track is cut or filled with silence only at
    the end of the clip, so that picture and sound end together.

    Args:
        rate_hz: samples per second.
        channels: 1 or 2; mono pieces are spread over both channels and stereo ones averaged.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._channels = channels
        self._pieces: deque[Float32] = deque()
        self._received = 0
        self._given = 0

    def append(self, samples: Float32, time_s: float | None = None) -> None:
        """Add sound.

        Args:
            samples: [n] or [n, 1 or 2], -1..1.
            time_s: clip time of the first sample, or None to follow on the last piece. A gap is
                filled with silence; what overlaps with sound already there is left out.

        Raises:
            ShapeError: other shapes.
        """
        piece = in_channels(samples, self._channels)
        if time_s is not None:
            gap = round(time_s * self._rate_hz) - self._received
            piece = np.concatenate([self._silence(gap), piece]) if gap > 0 else piece[-gap:]
        if len(piece):
            self._pieces.append(piece)
            self._received += len(piece)

    def take_until(self, time_s: float) -> Float32:
        """Sound [n, channels] not given out yet that begins before `time_s`, as far as it came."""
        wanted = max(0, round(time_s * self._rate_hz) - self._given)
        parts: list[Float32] = []
        while wanted and self._pieces:
            piece = self._pieces.popleft()
            if len(piece) > wanted:
                self._pieces.appendleft(piece[wanted:])
                piece = piece[:wanted]
            parts.append(piece)
            wanted -= len(piece)
        taken = np.concatenate(parts) if parts else self._silence(0)
        self._given += len(taken)
        return taken

    def finish(self, end_s: float) -> Float32:
        """The rest up to the end of the picture, silence where there is no sound left."""
        rest = self.take_until(end_s)
        missing = max(0, round(end_s * self._rate_hz) - self._given)
        self._given += missing
        return np.concatenate([rest, self._silence(missing)])

    def _silence(self, samples: int) -> Float32:
        return np.zeros((samples, self._channels), np.float32)


def in_channels(samples: Float32, channels: int) -> Float32:
    """Sound [n] or [n, 1 or 2] as [n, channels], channels 1 or 2.

    Raises:
        ShapeError: other shapes.
    """
    columns = samples[:, None] if samples.ndim == 1 else samples
    if columns.ndim != 2 or columns.shape[1] not in (1, 2):
        raise ShapeError(f"samples: expected [n] or [n, 1 or 2], got {list(samples.shape)}")
    if columns.shape[1] == channels:
        return columns.astype(np.float32, copy=False)
    if channels == 2:
        return np.repeat(columns, 2, axis=1).astype(np.float32)
    mixed: Float32 = columns.mean(axis=1, keepdims=True, dtype=np.float32)
    return mixed
