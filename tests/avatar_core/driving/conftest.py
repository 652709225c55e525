"""Faces and films for the tests of driving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from skimage import data

from avatar_core.driving.face_tracker import FaceTracker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry import UInt8


@pytest.fixture(scope="session")
def astronaut() -> UInt8:
    """[512, 512, 3] a smiling woman, head near the top left (NASA, public domain)."""
    image: UInt8 = np.ascontiguousarray(data.astronaut())
    image.flags.writeable = False
    return image


@pytest.fixture(scope="session")
def shared_tracker() -> FaceTracker:
    return FaceTracker()


@pytest.fixture
def tracker(shared_tracker: FaceTracker) -> FaceTracker:
    shared_tracker.reset()
    return shared_tracker


@pytest.fixture
def make_film(tmp_path: Path) -> Callable[..., Path]:
    """Writes a film of plain frames, each as bright as its number says: 10, 20, 30, ..."""

    def make(
        name: str = "film.mp4",
        frames: int = 6,
        fps: int = 10,
        size: tuple[int, int] = (64, 48),
        with_sound: bool = False,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=fps, options={"crf": "1", "bf": "0"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv444p"
            sound = container.add_stream("aac", rate=16000) if with_sound else None
            for index in range(frames):
                picture = np.full((size[1], size[0], 3), 10 * (index + 1), np.uint8)
                picture[: size[1] // 4, : size[0] // 4] = [255, 0, 0]  # red top left corner
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
            if sound is not None:
                samples = np.zeros((1, 1024), np.float32)
                noise = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                noise.sample_rate = 16000
                container.mux(sound.encode(noise))
                container.mux(sound.encode())
        return path

    return make
