"""The speaker: a sound stream that asks for samples and says when they will be heard."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Float32

log = logging.getLogger(__name__)

_LONGEST_LATENCY_S = 2.0


class SoundOutput(Protocol):
    """An open stream."""

    @property
    def is_alive(self) -> bool:
        """The device still asks for samples."""
        ...

    def close(self) -> None: ...


class Speaker:
    """The default sound device, through PortAudio.

    Args:
        rate_hz: samples per second.
        channels: 1 or 2.
        fill: called on the sound thread as `fill(count, heard_in_s)`; gives [count, channels].

    Raises:
        DeviceError: no PortAudio, no device, or it does not open.
    """

    def __init__(self, rate_hz: int, channels: int, fill: Callable[[int, float], Float32]) -> None:
        self._fill = fill
        self._is_alive = True
        try:
            # Imported here: it loads PortAudio, which probes every sound device of the machine.
            import sounddevice
        except (ImportError, OSError) as error:
            raise DeviceError(
                "Sound cannot be played, because PortAudio is not installed.",
                "Install it (Debian and Ubuntu: apt install libportaudio2).",
            ) from error
        try:
            self._stream = sounddevice.OutputStream(
                samplerate=rate_hz,
                channels=channels,
                dtype="float32",
                latency="high",
                callback=self._answer,
                finished_callback=self._end,
            )
            self._stream.start()
            _speakers.add(self)
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(
                "No sound device could be opened, so playback is silent.",
                "Connect a speaker or headphones, then play again.",
            ) from error

    @property
    def is_alive(self) -> bool:
        return self._is_alive

    def close(self) -> None:
        """Stop and free the device; harmless when it is gone already."""
        self._is_alive = False
        with contextlib.suppress(Exception):
            self._stream.abort()
        with contextlib.suppress(Exception):
            self._stream.close()

    def _answer(self, outdata: Float32, frames: int, time: Any, status: Any) -> None:
        if status:
            log.debug("sound output: %s", status)
        latency_s = time.outputBufferDacTime - time.currentTime
        # Some host interfaces leave these times at zero; the stream's own figure then serves.
        if not 0 < latency_s < _LONGEST_LATENCY_S:
            latency_s = self._stream.latency
        outdata[:] = self._fill(frames, latency_s)

    def _end(self) -> None:
        self._is_alive = False


_speakers: WeakSet[Speaker] = WeakSet()


def is_sounding() -> bool:
    """Whether a sound device is open for playback."""
    return any(speaker.is_alive for speaker in _speakers)


def open_speaker(rate_hz: int, channels: int, fill: Callable[[int, float], Float32]) -> SoundOutput:
    """The default sound device, playing what `fill` gives."""
    return Speaker(rate_hz, channels, fill)
