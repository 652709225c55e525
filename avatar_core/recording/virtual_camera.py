"""VirtualCamera: the avatar as a camera that calls, streams and browsers can choose."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from avatar_core.errors import DeviceError
from avatar_core.geometry import expect_shapes
from avatar_core.recording.colour import eight_bits
from avatar_core.recording.pictures import fitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import UInt8
    from avatar_core.recording.film_format import FilmImage

logger = logging.getLogger(__name__)

_DRIVERS = {
    "linux": "Load v4l2loopback: sudo modprobe v4l2loopback devices=1.",
    "darwin": "Install OBS Studio, start its virtual camera once, and close it.",
    "win32": "Install OBS Studio, which brings a virtual camera.",
}
_CLOSING_S = 5.0


class CameraDevice(Protocol):
    """What `pyvirtualcam.Camera` offers."""

    @property
    def device(self) -> str: ...
    def send(self, frame: UInt8) -> None: ...
    def close(self) -> None: ...


def open_device(width: int, height: int, fps: float) -> CameraDevice:
    """A device of this machine that takes [height, width, 3] RGB.

    Raises:
        DeviceError: the library or a device is missing, or another program has it.
    """
    try:
        import pyvirtualcam
    except ImportError as reason:
        raise DeviceError(
            "The virtual camera needs the package pyvirtualcam.",
            "Install it: pip install 'avatar-studio[camera]'.",
        ) from reason
    try:
        device: CameraDevice = pyvirtualcam.Camera(width, height, fps)
    except (RuntimeError, ValueError, OSError) as reason:
        logger.info("No virtual camera: %s", reason)
        raise DeviceError(
            "No virtual camera could be opened.",
            f"{_DRIVERS.get(sys.platform, 'Install a virtual camera.')} "
            "If there is one, another program may be using it.",
        ) from reason
    return device


class VirtualCamera:
    """Gives the newest picture to a camera device, at its rate, on a thread of its own.

    Between two pictures the last one is sent again: programs take a camera that falls silent for
    broken. Whoever submits never waits.

    Args:
        width, height: pixels of the device; other pictures are scaled to fit.
        fps: its rate.
        open_camera: opens the device.

    Raises:
        DeviceError: there is none.
    """

    def __init__(
        self,
        width: int,
        height: int,
        fps: float,
        open_camera: Callable[[int, int, float], CameraDevice] = open_device,
    ) -> None:
        self.width, self.height, self.fps = width, height, fps
        self._device = open_camera(width, height, fps)
        self.name = self._device.device
        self._newest: FilmImage = np.zeros((height, width, 3), np.uint8)
        self._is_over = threading.Event()
        self._error: DeviceError | None = None
        self._thread = threading.Thread(target=self._run, name="virtual camera", daemon=True)
        self._thread.start()

    @property
    def error(self) -> DeviceError | None:
        """Why it stopped by itself, or None."""
        return self._error

    def submit(self, image: FilmImage) -> None:
        """Show a picture [H, W, 3], or [H, W, 4] premultiplied, over black, from now on.

        Raises:
            ShapeError: other shapes.
        """
        expect_shapes(image=(image, "H W 4" if image.shape[2:] == (4,) else "H W 3"))
        self._newest = image

    def close(self) -> None:
        """Let the device go. Harmless to repeat."""
        self._is_over.set()
        self._thread.join(_CLOSING_S)

    def _run(self) -> None:
        shown: Any = None
        prepared = np.zeros((self.height, self.width, 3), np.uint8)
        due_s = time.monotonic()
        try:
            while not self._is_over.wait(max(0.0, due_s - time.monotonic())):
                due_s = max(due_s + 1 / self.fps, time.monotonic())  # what is late stays late
                newest = self._newest
                if newest is not shown:
                    shown = newest
                    opaque = np.ascontiguousarray(eight_bits(newest[..., :3]))
                    prepared = fitted(opaque, self.width, self.height)
                self._device.send(prepared)
        except Exception as reason:  # drivers raise what they like
            logger.exception("The virtual camera failed")
            self._error = DeviceError(
                f"The virtual camera {self.name} stopped: {reason}.",
                "Turn it on again in the menu Perform.",
            )
        finally:
            self._device.close()
