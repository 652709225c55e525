"""SoundStream: an open sound device, for recording or playback, through PortAudio."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_LONGEST_LATENCY_S = 2.0


class SoundStream:
    """A stream that runs until it is closed or its device has gone.

    Args:
        open_stream: `InputStream` or `OutputStream` of PortAudio.
        callback: called by the sound thread for each block.
        options: of the stream.
    """

    def __init__(
        self, open_stream: Callable[..., Any], callback: Callable[..., None], **options: Any
    ) -> None:
        self._is_alive = True
        with _portaudio_lock:
            self._stream = open_stream(
                dtype="float32", callback=callback, finished_callback=self._end, **options
            )
            try:
                self._stream.start()
            except Exception:
                self.close()
                raise
            _streams.add(self)

    @property
    def is_alive(self) -> bool:
        """The device still asks for samples, or gives them."""
        return self._is_alive

    def close(self) -> None:
        """Stop and free the device; harmless when it is gone already."""
        self._is_alive = False
        with contextlib.suppress(Exception):
            self._stream.abort()
        with contextlib.suppress(Exception):
            self._stream.close()

    def _latency_s(self, told_s: float) -> float:
        """How far a block is away from the room: what its times tell, if they do.

        Some host interfaces leave these times at zero; the stream's own figure then serves.
        """
        is_plausible = 0 < told_s < _LONGEST_LATENCY_S
        return told_s if is_plausible else float(self._stream.latency)

    def _end(self) -> None:
        self._is_alive = False


_portaudio_lock = threading.Lock()
"""PortAudio opens streams and looks for devices for one thread at a time."""
_streams: WeakSet[SoundStream] = WeakSet()


def portaudio(what_fails: str) -> ModuleType:
    """The library.

    Args:
        what_fails: without it, such as "Sound cannot be played".

    Raises:
        DeviceError: it is not installed.
    """
    try:
        # Imported here: it loads PortAudio, which probes every sound device of the machine.
        import sounddevice
    except (ImportError, OSError) as error:
        raise DeviceError(
            f"{what_fails}, because PortAudio is not installed.",
            "Install it (Debian and Ubuntu: apt install libportaudio2).",
        ) from error
    module: ModuleType = sounddevice
    return module


def rescan(sounddevice: ModuleType) -> bool:
    """Have PortAudio look for devices anew, which it does once, when it begins.

    That ends all open streams of this process, so it is left while there is one.

    Returns:
        Whether it has looked.
    """
    with _portaudio_lock:
        if any(stream.is_alive for stream in _streams):
            return False
        with contextlib.suppress(sounddevice.PortAudioError):  # when it did not begin last time
            sounddevice._terminate()
        try:
            sounddevice._initialize()
        except sounddevice.PortAudioError:
            return False
        return True
