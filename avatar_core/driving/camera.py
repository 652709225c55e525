"""A camera as a source, and which cameras there are."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import cv2

from avatar_core.driving.frame_source import CapturedImage
from avatar_core.driving.quiet import quiet_stderr
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import UInt8

_FIRST_PICTURE_S = 10.0  # some cameras take that long to wake
_SILENCE_S = 2.0
_RETRY_S = 0.02
_CLOSE_S = 1.0
_PROBED = 4
_VIDEO4LINUX = Path("/sys/class/video4linux")
_BACKENDS = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION, "linux": cv2.CAP_V4L2}


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def isOpened(self) -> bool: ...  # noqa: N802

    def read(self) -> tuple[bool, UInt8 | None]: ...

    def get(self, property_id: int, /) -> float: ...

    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that can be opened.

    Args:
        index: its number.
        name: what it calls itself.
    """

    index: int
    name: str

    @property
    def uri(self) -> str:
        return f"camera:{self.index}"


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """What a camera is asked for; it may give another size or rate.

    Args:
        width_px, height_px: of its pictures.
        fps: pictures a second.
        is_mirrored: its pictures come as in a mirror, and are turned back.
    """

    width_px: int = 640
    height_px: int = 480
    fps: float = 30.0
    is_mirrored: bool = False


_USUAL = CameraFormat()


def list_cameras(video4linux: Path = _VIDEO4LINUX) -> list[CameraInfo]:
    """The cameras of this machine.

    On Linux their names are read from the system. Elsewhere the first few numbers are tried, which
    takes a moment and switches cameras on: not for the GUI thread.

    Args:
        video4linux: the folder with one entry for each video device.
    """
    if sys.platform == "linux":
        entries = sorted(video4linux.glob("video*"), key=lambda entry: (len(entry.name), entry))
        cameras = [camera for entry in entries if (camera := _linux_camera(entry)) is not None]
    else:
        cameras = [CameraInfo(i, f"Camera {i}") for i in range(_PROBED) if _can_open(i)]
    return cameras


class CameraSource:
    """A camera. A thread of its own empties it, so that a read gives the newest picture.

    Args:
        index: the camera's number.
        wanted: what it is asked for.
        open_capture: opens it.

    Raises:
        DeviceError: there is no such camera, or it is in use.
    """

    def __init__(
        self,
        index: int,
        *,
        wanted: CameraFormat = _USUAL,
        open_capture: Callable[[int], Capture] | None = None,
    ) -> None:
        self._index = index
        self._is_mirrored = wanted.is_mirrored
        self._capture = open_capture(index) if open_capture else _open_capture(index, wanted)
        if not self._capture.isOpened():
            self._capture.release()
            raise _cannot_open(index)
        self._size = (
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)) or wanted.width_px,
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)) or wanted.height_px,
        )
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._fps = fps if 1 <= fps <= 1000 else wanted.fps
        self._start_s = time.perf_counter()
        self._last_s = self._start_s
        self._condition = threading.Condition()
        self._newest: CapturedImage | None = None
        self._is_lost = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=f"Camera {index}", daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        return f"camera:{self._index}"

    @property
    def fps(self) -> float:
        return self._fps

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def duration_s(self) -> float | None:
        return None

    @property
    def audio_path(self) -> Path | None:
        return None

    @property
    def ended(self) -> bool:
        return self._is_closed

    def read(self, timeout_s: float) -> CapturedImage | None:
        with self._condition:
            if self._is_closed:
                return None
            self._condition.wait_for(lambda: self._newest is not None or self._is_lost, timeout_s)
            image, self._newest = self._newest, None
        if image is not None:
            self._size = (image.image.shape[1], image.image.shape[0])
        elif self._is_lost or self._is_silent():
            self.close()
            raise DeviceError(
                f"Camera {self._index} no longer gives pictures.",
                "Check its cable and whether another program took it.",
            )
        return image

    def close(self) -> None:
        self._is_closed = True
        # A driver that hangs in its own read is left to it: its thread ends with the program.
        self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        index = 0
        try:
            while not self._is_closed and not self._is_silent():
                bgr = self._read_one()
                if bgr is None:
                    time.sleep(_RETRY_S)
                    continue
                now_s = time.perf_counter()
                rgb = cast("UInt8", cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
                if self._is_mirrored:
                    rgb = cast("UInt8", cv2.flip(rgb, 1))
                with self._condition:
                    self._last_s = now_s
                    self._newest = CapturedImage(rgb, now_s - self._start_s, now_s, index)
                    self._condition.notify()
                index += 1
        finally:
            self._capture.release()
            with self._condition:
                self._is_lost = True
                self._condition.notify()

    def _read_one(self) -> UInt8 | None:
        try:
            succeeded, bgr = self._capture.read()
        except cv2.error:
            return None
        return bgr if succeeded and bgr is not None and bgr.size else None

    def _is_silent(self) -> bool:
        is_first = self._last_s == self._start_s
        return time.perf_counter() - self._last_s > (_FIRST_PICTURE_S if is_first else _SILENCE_S)


def _open_capture(index: int, wanted: CameraFormat = _USUAL) -> Capture:
    with quiet_stderr():
        capture = cv2.VideoCapture(index, _BACKENDS.get(sys.platform, cv2.CAP_ANY))
        for property_id, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, wanted.width_px),
            (cv2.CAP_PROP_FRAME_HEIGHT, wanted.height_px),
            (cv2.CAP_PROP_FPS, wanted.fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            if capture.isOpened():
                capture.set(property_id, value)
    return cast("Capture", capture)


def _can_open(index: int) -> bool:
    capture = _open_capture(index)
    try:
        return capture.isOpened()
    finally:
        capture.release()


def _linux_camera(entry: Path) -> CameraInfo | None:
    """A camera from its entry; None for the devices that carry only a camera's metadata."""
    number = entry.name.removeprefix("video")
    try:
        if not number.isdigit() or (entry / "index").read_text().strip() != "0":
            return None
        name = (entry / "name").read_text().strip()
    except OSError:
        return None
    return CameraInfo(int(number), name or f"Camera {number}")


def _cannot_open(index: int) -> DeviceError:
    device = Path(f"/dev/video{index}")
    if sys.platform != "linux":
        return DeviceError(
            f"Camera {index} cannot be opened.",
            "Connect it, close other programs that use it, and allow the studio to use cameras.",
        )
    if not device.exists():
        return DeviceError(f"There is no camera {index}.", "Connect a camera, or open a video.")
    if not os.access(device, os.R_OK | os.W_OK):
        return DeviceError(
            f"Camera {index} may not be used by you.", "Add yourself to the group 'video'."
        )
    return DeviceError(
        f"Camera {index} cannot be opened.", "Close other programs that use it, then try again."
    )
