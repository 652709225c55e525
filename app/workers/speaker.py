"""The speaker: a sound stream that asks for samples and says when they will be heard."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from avatar_core.driving.sound_stream import SoundStream, portaudio
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Float32

log = logging.getLogger(__name__)


class SoundOutput(Protocol):
    """An open stream."""

    @property
    def is_alive(self) -> bool:
        """The device still asks for samples."""
        ...

    def close(self) -> None: ...


class Speaker(SoundStream):
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
        sounddevice = portaudio("Sound cannot be played")
        try:
            super().__init__(
                sounddevice.OutputStream,
                self._answer,
                samplerate=rate_hz,
                channels=channels,
                latency="high",
            )
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(
                "No sound device could be opened, so playback is silent.",
                "Connect a speaker or headphones, then play again.",
            ) from error

    def _answer(self, outdata: Float32, frames: int, time: Any, status: Any) -> None:
        if status:
            log.debug("sound output: %s", status)
        outdata[:] = self._fill(
            frames, self._latency_s(time.outputBufferDacTime - time.currentTime)
        )


def open_speaker(rate_hz: int, channels: int, fill: Callable[[int, float], Float32]) -> SoundOutput:
    """The default sound device, playing what `fill` gives."""
    return Speaker(rate_hz, channels, fill)
