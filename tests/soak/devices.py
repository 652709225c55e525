"""Devices that can be lost: camera, microphone, graphics memory; and a disk that is full."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.frame_source import CapturedImage
from avatar_core.driving.microphone import SoundBlock
from avatar_core.errors import DeviceError
from tests.app.workers.conftest import FakeSpeech, FakeTracker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar_core.driving.frame_source import FrameSource
    from avatar_core.mega import Avatar
    from avatar_core.motion.driver_address import DriverAddress
    from avatar_core.project.asset import AvatarAsset

_FPS = 30.0
_RATE_HZ = 8000
_FULL_BYTES = 4096


class Devices:
    """Everything that the studio's engine opens in a soak, and switches that let each fail."""

    def __init__(self) -> None:
        self.has_camera = True
        self.has_microphone = True
        self.memory_is_out = False

    def open_source(self, uri: str) -> FrameSource:
        """A camera that can be unplugged; films and pictures are the real ones."""
        from avatar_core.driving.sources import open_source

        if uri.startswith("camera:"):
            return _Camera(self)
        return open_source(uri, paced=False, loop=True)

    def open_microphone(self, _address: DriverAddress) -> _Microphone:
        return _Microphone(self)

    def build_avatar(self, asset: AvatarAsset) -> Avatar:
        """The real avatar, whose graphics memory can run out."""
        from app.workers.backends import build_avatar

        avatar = build_avatar(asset)
        evaluate = avatar.evaluate

        def guarded(*arguments: Any, **options: Any) -> Any:
            if self.memory_is_out:
                import torch

                raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return evaluate(*arguments, **options)

        return _Wrapped(avatar, guarded)  # type: ignore[return-value]

    def make_tracker(self) -> FakeTracker:
        return FakeTracker()

    def make_speech(self) -> FakeSpeech:
        return FakeSpeech()


def no_speaker(_rate_hz: int, _channels: int, _fill: Callable[..., Any]) -> Any:
    raise DeviceError("No sound device could be opened.", "Connect one.")


class _Wrapped:
    """An avatar of which one method is another."""

    def __init__(self, avatar: Avatar, evaluate: Callable[..., Any]) -> None:
        self._avatar = avatar
        self.evaluate = evaluate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._avatar, name)


class _Camera:
    """Thirty grey pictures a second, as bright as a face opens its mouth."""

    uri, fps, size = "camera:0", _FPS, (8, 8)
    duration_s = audio_path = None
    ended = False

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._index = 0
        self._expect()

    def read(self, timeout_s: float) -> CapturedImage | None:
        self._expect()
        time.sleep(min(timeout_s, 1 / _FPS))
        self._index += 1
        brightness = round(128 + 100 * np.sin(self._index / 9))
        image = np.full((8, 8, 3), brightness, np.uint8)
        return CapturedImage(image, self._index / _FPS, time.perf_counter(), self._index)

    def close(self) -> None:
        pass

    def _expect(self) -> None:
        if not self._devices.has_camera:
            raise DeviceError("The camera was unplugged.", "Plug it in again.")


class _Microphone:
    """A tone that comes and goes."""

    rate_hz = _RATE_HZ

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._count = 0
        self._expect()

    def read(self, timeout_s: float) -> SoundBlock | None:
        self._expect()
        time.sleep(min(timeout_s, 0.01))
        self._count += 1
        level = 0.4 * abs(np.sin(self._count / 50))
        samples = np.full(_RATE_HZ // 100, level, np.float32)
        return SoundBlock(samples, samples, _RATE_HZ, time.perf_counter())

    def close(self) -> None:
        pass

    def _expect(self) -> None:
        if not self._devices.has_microphone:
            raise DeviceError("The microphone was unplugged.", "Plug it in again.")


@contextmanager
def full_disk() -> Iterator[None]:
    """While no file of this process can grow beyond a few kilobytes; the system itself refuses.

    A disk that is full answers with another number (ENOSPC) than a file that must not grow
    (EFBIG); the studio takes both for the same.
    """
    import resource  # Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FULL_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
