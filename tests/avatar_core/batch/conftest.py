"""Films that cost nothing: an avatar whose pictures are the number its jaw tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.io.avatar_file import save_avatar
from avatar_core.io.take_file import save_take
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.recording import offline

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Camera

FPS = 30


@dataclass
class Drawing:
    """What was drawn in this process: numbers, cameras, renderers made and freed."""

    numbers: list[int] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)
    scenes: list[object] = field(default_factory=list)
    made: int = 0
    released: int = 0


@pytest.fixture
def drawing(monkeypatch) -> Drawing:
    told = Drawing()

    class DrawnNumbers:
        def __init__(self, width: int, height: int) -> None:
            self._pictures = MarkedPictures(width, height)
            told.made += 1

        def render(self, asset, frame, camera, scene, paint):
            number = round(200 * frame.motion.weight("jawOpen"))
            told.numbers.append(number)
            told.cameras.append(camera)
            told.scenes.append(scene)
            image = self._pictures.picture(number)
            if scene.transparent:
                return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
            return image

        def release(self) -> None:
            told.released += 1

    monkeypatch.setattr(offline, "OffscreenRenderer", DrawnNumbers)
    return told


@pytest.fixture
def counting_take() -> Take:
    """Two seconds whose jaw tells the number of the frame, with a click after a second."""
    frames = [
        MotionFrame.from_units(time_s=index / FPS, jawOpen=index / 200) for index in range(60)
    ]
    sound = np.zeros((96_000, 2), np.float32)
    sound[48_000:50_000] = 0.5 * np.sin(np.arange(2000) * 0.2)[:, None]
    return Take.from_frames("counting", frames, FPS, TakeAudio(sound, 48_000), id="counting")


@pytest.fixture
def folder(tmp_path, small_avatar, counting_take) -> Path:
    """A folder with `ada.avatar` and `counting.take`."""
    save_avatar(small_avatar, tmp_path / "ada.avatar")
    save_take(counting_take, tmp_path / "counting.take")
    return tmp_path


def numbers_in_film(path: Path) -> list[int]:
    """The number in each picture of a film."""
    with av.open(path) as film:
        return [number_in(frame.to_ndarray(format="rgb24")) for frame in film.decode(video=0)]
