"""The whole way from a film of a face to frames of the demo avatar, with nothing replaced."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.workers.backends import Backends
from app.workers.performance import PerformanceEngine
from avatar_core.errors import DeviceError
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import NoReturn

    from pytestqt.qtbot import QtBot

    from avatar_core.frame import AvatarFrame


def _no_speaker(*_: object) -> NoReturn:
    raise DeviceError("No sound device could be opened.", "Connect one.")


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[PerformanceEngine]:
    made = PerformanceEngine(backends=Backends(open_output=_no_speaker))
    yield made
    assert made.shutdown(5.0)


def test_a_film_of_a_face_moves_the_avatar(
    engine: PerformanceEngine, shared_folder: Path, qtbot: QtBot
) -> None:
    film = shared_folder / "data" / "driving" / "webcam_expressive.mp4"
    if not film.is_file():
        pytest.skip("the driving clip is not there")
    errors: list[object] = []
    engine.failed.connect(errors.append)
    engine.set_avatar(load_demo_avatar())
    engine.set_source(f"file:{film}")
    frames: list[AvatarFrame] = []

    def has_performed() -> bool:
        frame = engine.latest_frame.take()
        if frame is not None and frame.captured_s is not None:
            frames.append(frame)
        if len(frames) < 20:
            return False
        weights = np.stack([each.motion.weights for each in frames])
        spans = np.ptp(weights, axis=0)
        turns = np.stack([each.motion.head_rotation for each in frames])
        return bool(
            spans[UNIT_INDEX["jawOpen"]] > 0.15
            and spans[UNIT_INDEX["eyeBlinkLeft"]] > 0.3
            and np.ptp(turns, axis=0).max() > 0.05
        )

    # The film is 20 s long; a busy machine sees few of its pictures, but all of it in the end.
    qtbot.waitUntil(has_performed, timeout=90_000)
    assert errors == []
    open_mouth = max(frames, key=lambda frame: frame.motion.weight("jawOpen"))
    shut_mouth = min(frames, key=lambda frame: frame.motion.weight("jawOpen"))
    assert not np.allclose(open_mouth.vertices, shut_mouth.vertices, atol=1e-3)
    newest = frames[-1]
    assert {"capture", "track", "mix", "pose"} <= set(newest.stage_ms)
    assert newest.captured_s is not None
    assert newest.captured_s <= time.perf_counter()
    # An uncalibrated head is where the avatar's is, not half a metre behind it.
    assert np.abs(np.stack([f.motion.head_translation for f in frames])).max() < 0.25
