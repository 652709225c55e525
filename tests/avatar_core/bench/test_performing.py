"""An avatar evaluated on another thread, as it plays."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.bench.performing import Performer
from avatar_core.errors import AvatarError, WeightsError
from avatar_core.geometry import Camera
from avatar_core.motion import MotionFrame, Take

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset


@pytest.fixture
def take() -> Take:
    """Half a minute in which the jaw opens all the time."""
    opened = np.linspace(0.0, 1.0, 900)
    frames = [MotionFrame.from_units(time_s=i / 30, jawOpen=jaw) for i, jaw in enumerate(opened)]
    return Take.from_frames("opening", frames, 30.0)


@pytest.fixture
def camera() -> Camera:
    return Camera(np.eye(4, dtype=np.float32), np.eye(3, dtype=np.float32), 8, 8)


def test_each_frame_is_newer_than_the_one_before(
    small_avatar: AvatarAsset, take: Take, camera: Camera
) -> None:
    with Performer(small_avatar, take, camera, threads=1) as performer:
        opened = [performer.newest().motion.weight("jawOpen") for _ in range(4)]
    assert opened == sorted(set(opened))
    assert not [each for each in threading.enumerate() if each.name == "bench-inference"]


def test_what_cannot_be_evaluated_is_said(
    monkeypatch: Any, small_avatar: AvatarAsset, take: Take, camera: Camera
) -> None:
    def refuse(*_: object) -> None:
        raise WeightsError("These weights do not fit.")

    monkeypatch.setattr("avatar_core.mega.build", refuse)
    with (
        Performer(small_avatar, take, camera, threads=1) as performer,
        pytest.raises(AvatarError, match="not evaluated") as caught,
    ):
        performer.newest()
    assert isinstance(caught.value.__cause__, WeightsError)
