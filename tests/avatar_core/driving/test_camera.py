"""Cameras, played by a stand-in for OpenCV's capture."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.driving import camera
from avatar_core.driving.camera import CameraFormat, CameraInfo, CameraSource, list_cameras
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ENOUGH_S = 5.0


class _Capture:
    """Gives `pictures` pictures, then behaves like an unplugged camera."""

    def __init__(self, pictures: int = 10**9, *, opens: bool = True) -> None:
        self.left = pictures
        self.opens = opens
        self.given = 0
        self.released = threading.Event()
        self.hang = threading.Event()
        self.hang.set()
        self.fault: Exception | None = None

    def isOpened(self) -> bool:  # noqa: N802
        return self.opens

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.hang.wait(_ENOUGH_S)
        time.sleep(0.001)
        if self.fault is not None:
            raise self.fault
        if self.left <= 0:
            return False, None
        self.left -= 1
        self.given += 1
        picture = np.zeros((48, 64, 3), np.uint8)
        picture[..., 0] = 250  # blue, in OpenCV's order
        picture[..., 1] = self.given % 200
        return True, picture

    def get(self, property_id: int, /) -> float:
        return {
            cv2.CAP_PROP_FRAME_WIDTH: 64.0,
            cv2.CAP_PROP_FRAME_HEIGHT: 48.0,
            cv2.CAP_PROP_FPS: 25.0,
        }.get(property_id, 0.0)

    def release(self) -> None:
        self.released.set()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[_Capture], CameraSource]]:
    monkeypatch.setattr(camera, "_SILENCE_S", 0.2)
    monkeypatch.setattr(camera, "_FIRST_PICTURE_S", 0.2)
    monkeypatch.setattr(camera, "_CLOSE_S", 0.5)
    sources: list[CameraSource] = []

    def open_camera(capture: _Capture) -> CameraSource:
        sources.append(CameraSource(3, open_capture=lambda _: capture))
        return sources[-1]

    yield open_camera
    for source in sources:
        source.close()


def test_gives_rgb_pictures_with_their_times(opened: Callable[[_Capture], CameraSource]) -> None:
    before_s = time.perf_counter()
    source = opened(_Capture())
    first, second = source.read(_ENOUGH_S), source.read(_ENOUGH_S)
    assert first is not None
    assert second is not None
    assert first.image[0, 0, 2] == 250
    assert first.image[0, 0, 0] == 0
    assert second.index > first.index
    assert second.time_s > first.time_s >= 0
    assert before_s < first.captured_s < second.captured_s <= time.perf_counter()
    assert (source.uri, source.fps, source.size) == ("camera:3", 25.0, (64, 48))
    assert source.duration_s is None
    assert source.audio_path is None


def test_the_newest_picture_wins(opened: Callable[[_Capture], CameraSource]) -> None:
    capture = _Capture()
    source = opened(capture)
    source.read(_ENOUGH_S)
    given = capture.given
    while capture.given < given + 20:
        time.sleep(0.001)
    captured = source.read(_ENOUGH_S)
    assert captured is not None
    assert captured.index >= given + 15


def test_an_unplugged_camera_is_told_once_in_words(
    opened: Callable[[_Capture], CameraSource],
) -> None:
    capture = _Capture(3)
    source = opened(capture)
    with pytest.raises(DeviceError, match="Camera 3 no longer gives pictures") as caught:
        _read_all(source)
    assert caught.value.hint
    assert source.ended
    assert source.read(0.0) is None
    assert capture.released.is_set()


def test_a_fault_inside_opencv_is_an_unplugged_camera(
    opened: Callable[[_Capture], CameraSource],
) -> None:
    capture = _Capture()
    source = opened(capture)
    source.read(_ENOUGH_S)
    capture.fault = cv2.error("gone")
    with pytest.raises(DeviceError, match="no longer gives"):
        _read_all(source)


def test_a_hanging_driver_hangs_nobody(opened: Callable[[_Capture], CameraSource]) -> None:
    capture = _Capture()
    source = opened(capture)
    source.read(_ENOUGH_S)
    capture.hang.clear()
    with pytest.raises(DeviceError, match="no longer gives"):
        _read_all(source)
    capture.hang.set()
    assert capture.released.wait(_ENOUGH_S)


def test_a_short_stutter_is_forgiven(opened: Callable[[_Capture], CameraSource]) -> None:
    capture = _Capture(1)
    source = opened(capture)
    assert source.read(_ENOUGH_S) is not None
    assert source.read(0.02) is None
    capture.left = 10**9
    assert source.read(_ENOUGH_S) is not None


def test_closing_releases_the_device(opened: Callable[[_Capture], CameraSource]) -> None:
    capture = _Capture()
    source = opened(capture)
    source.close()
    source.close()
    assert source.ended
    assert capture.released.is_set()
    assert source.read(0.0) is None


def test_a_camera_that_does_not_open_is_told_in_words() -> None:
    capture = _Capture(opens=False)
    with pytest.raises(DeviceError, match="camera 91") as caught:
        CameraSource(91, open_capture=lambda _: capture)
    assert caught.value.hint
    assert capture.released.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="opens a real camera number")
def test_a_missing_camera_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DeviceError, match="no camera 93"):
        CameraSource(93)
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="names come from /sys")
def test_lists_cameras_by_name(tmp_path: Path) -> None:
    for device, index, name in (
        ("video10", "0\n", "Capture card\n"),
        ("video0", "0\n", "Webcam HD\n"),
        ("video1", "1\n", "Webcam HD\n"),  # carries the metadata of video0
        ("video2", "0\n", "\n"),
        ("videoX", "0\n", "odd\n"),
    ):
        (tmp_path / device).mkdir()
        (tmp_path / device / "index").write_text(index)
        (tmp_path / device / "name").write_text(name)
    (tmp_path / "video7").mkdir()
    assert list_cameras(tmp_path) == [
        CameraInfo(0, "Webcam HD"),
        CameraInfo(2, "Camera 2"),
        CameraInfo(10, "Capture card"),
    ]
    assert list_cameras(tmp_path)[0].uri == "camera:0"
    assert list_cameras(tmp_path / "nothing here") == []


def test_elsewhere_the_first_numbers_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    captures = {index: _Capture(opens=index == 1) for index in range(4)}
    monkeypatch.setattr(camera, "_open_capture", captures.__getitem__)
    assert list_cameras() == [CameraInfo(1, "Camera 1")]
    assert all(capture.released.is_set() for capture in captures.values())


def _read_all(source: CameraSource) -> None:
    until_s = time.perf_counter() + _ENOUGH_S
    while time.perf_counter() < until_s:
        source.read(0.05)


def test_mirrored_pictures_are_turned_back() -> None:
    capture = _Capture()
    read = capture.read

    def half_bright() -> tuple[bool, np.ndarray | None]:
        succeeded, picture = read()
        if picture is not None:
            picture[:, :32] = 255
        return succeeded, picture

    capture.read = half_bright  # type: ignore[method-assign]
    source = CameraSource(3, wanted=CameraFormat(is_mirrored=True), open_capture=lambda _: capture)
    try:
        image = source.read(_ENOUGH_S)
        assert image is not None
        assert (image.image[:, 32:] == 255).all()
        assert (image.image[:, :32, 0] == 0).all()
    finally:
        source.close()
