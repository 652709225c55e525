"""Reading clips back, with PyAV and nothing of the studio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass
class DecodedClip:
    """Everything in a clip: pictures [H, W, 3] with times, sound [n] of the first channel."""

    pictures: list[np.ndarray]
    times_s: np.ndarray
    sound: np.ndarray
    sound_rate_hz: int
    sound_start_s: float
    broken: bool


def _decode(path: Path) -> DecodedClip:
    pictures, times, pieces, broken = [], [], [], False
    rate, sound_start = 0, 0.0
    with av.open(path) as clip:
        try:
            for packet in clip.demux():
                for frame in packet.decode():
                    if isinstance(frame, av.VideoFrame):
                        pictures.append(frame.to_ndarray(format="rgb24"))
                        times.append(float(frame.pts * frame.time_base))
                    else:
                        if not pieces:
                            sound_start = float(frame.pts * frame.time_base)
                        rate = frame.sample_rate
                        pieces.append(frame.to_ndarray()[0])
        except av.FFmpegError:
            broken = True
    sound = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return DecodedClip(pictures, np.array(times), sound, rate, sound_start, broken)


@pytest.fixture(scope="session")
def decode() -> Callable[[Path], DecodedClip]:
    return _decode
