from __future__ import annotations

import sys
import threading
import types

import numpy as np
import pytest

from avatar_core.errors import DeviceError, ShapeError
from avatar_core.recording.virtual_camera import VirtualCamera, open_device


class StandIn:
    """A device that keeps what it is sent."""

    device = "Stand-in"

    def __init__(self, width: int, height: int, fps: float) -> None:
        self.size = (width, height, fps)
        self.sent: list[np.ndarray] = []
        self.arrived = threading.Condition()
        self.is_closed = False
        self.fails = False

    def send(self, frame: np.ndarray) -> None:
        if self.fails:
            raise RuntimeError("unplugged")
        with self.arrived:
            self.sent.append(frame)
            self.arrived.notify_all()

    def close(self) -> None:
        self.is_closed = True

    def wait_for(self, brightness: int) -> np.ndarray:
        with self.arrived:
            assert self.arrived.wait_for(
                lambda: self.sent and self.sent[-1].max() == brightness, timeout=20
            )
            return self.sent[-1]


@pytest.fixture
def camera():
    devices = []

    def make(width, height, fps):
        devices.append(StandIn(width, height, fps))
        return devices[-1]

    made = VirtualCamera(64, 48, 200, make)
    made.stand_in = devices[0]
    yield made
    made.close()


def test_the_newest_picture_is_shown_again_and_again(camera):
    camera.submit(np.full((48, 64, 3), 90, np.uint8))
    camera.stand_in.wait_for(90)
    seen = len(camera.stand_in.sent)
    with camera.stand_in.arrived:
        assert camera.stand_in.arrived.wait_for(lambda: len(camera.stand_in.sent) > seen + 2, 20)
    assert camera.stand_in.sent[-1].max() == 90
    camera.submit(np.full((48, 64, 3), 7, np.uint8))
    camera.stand_in.wait_for(7)
    assert (camera.name, camera.error) == ("Stand-in", None)


def test_before_the_first_picture_it_is_black(camera):
    assert camera.stand_in.wait_for(0).shape == (48, 64, 3)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_any_picture_fits(camera, kind):
    most = np.iinfo(kind).max
    camera.submit(np.full((48, 32, 4), most, kind))
    shown = camera.stand_in.wait_for(255)
    assert (shown.shape, shown.dtype) == ((48, 64, 3), np.uint8)
    assert shown[:, :15].max() == 0  # bars beside what is narrow
    assert shown[24, 32].tolist() == [255] * 3


def test_other_arrays_are_refused(camera):
    with pytest.raises(ShapeError):
        camera.submit(np.zeros((4, 4), np.uint8))


def test_closing_lets_the_device_go(camera):
    camera.close()
    camera.close()
    assert camera.stand_in.is_closed
    assert not camera._thread.is_alive()


def test_a_device_that_fails_is_told_and_let_go(camera, caplog):
    camera.stand_in.fails = True
    camera._thread.join(20)
    assert "unplugged" in camera.error.message
    assert camera.error.hint
    assert camera.stand_in.is_closed
    assert "failed" in caplog.text


def test_without_the_library_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(DeviceError, match="pyvirtualcam") as caught:
        VirtualCamera(64, 48, 30)
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    ("platform", "word"), [("linux", "v4l2loopback"), ("darwin", "OBS"), ("win32", "OBS")]
)
def test_without_a_device_there_is_a_sentence(monkeypatch, platform, word):
    def refuse(width, height, fps):
        raise RuntimeError("no device")

    monkeypatch.setitem(sys.modules, "pyvirtualcam", types.SimpleNamespace(Camera=refuse))
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(DeviceError, match="No virtual camera") as caught:
        open_device(64, 48, 30)
    assert word in caught.value.hint


def test_the_library_is_asked_for_size_and_rate(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", types.SimpleNamespace(Camera=StandIn))
    assert open_device(64, 48, 25).size == (64, 48, 25)
