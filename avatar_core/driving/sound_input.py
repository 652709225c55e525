"""Sound devices that record, through PortAudio."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from avatar_core.driving.sound_stream import SoundStream, portaudio, rescan
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from avatar_core.geometry import Float32

    Hear = Callable[[Float32, float], None]

log = logging.getLogger(__name__)

_BLOCK_S = 0.01
_MOST_CHANNELS = 2
_WHAT_FAILS = "Microphones cannot be used"


class SoundInput(Protocol):
    """An open stream."""

    @property
    def rate_hz(self) -> int:
        """Samples per second, as the device gives them."""

    @property
    def is_alive(self) -> bool:
        """The device still gives samples."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class MicrophoneInfo:
    """A microphone that can be opened.

    Args:
        name: what it calls itself.
        is_usual: the system's own choice.
    """

    name: str
    is_usual: bool = False

    @property
    def uri(self) -> str:
        return f"mic:{self.name}"


def list_microphones() -> list[MicrophoneInfo]:
    """The microphones of this machine; empty where there is no sound. Not for the GUI thread."""
    try:
        sounddevice = portaudio(_WHAT_FAILS)
        devices = sounddevice.query_devices()
        usual = sounddevice.default.device[0]
    except Exception:  # noqa: BLE001 - drivers of sound devices fail in many ways
        return []
    names: dict[str, bool] = {}
    for index, device in enumerate(devices):
        if device["max_input_channels"] > 0:
            names[device["name"]] = names.get(device["name"], False) or index == usual
    return [MicrophoneInfo(name, is_usual) for name, is_usual in names.items()]


def open_sound_input(name: str, hear: Hear) -> SoundInput:
    """Begin to record.

    A device that is not there, or no longer as it was, is looked for anew where nothing else of
    this process records or plays.

    Args:
        name: of the device; the system's own choice when empty.
        hear: called on the sound thread as `hear(samples [n], ended_s)`, with the time of
            `time.perf_counter` at which the last sample was captured.

    Raises:
        DeviceError: no PortAudio, no such device, or it does not open.
    """
    sounddevice = portaudio(_WHAT_FAILS)
    try:
        return _opened(sounddevice, name, hear)
    except DeviceError:
        if not rescan(sounddevice):
            raise
    return _opened(sounddevice, name, hear)


def _opened(sounddevice: ModuleType, name: str, hear: Hear) -> SoundInput:
    device = _found(sounddevice, name)
    try:
        return _PortAudioInput(sounddevice, device, hear)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise DeviceError(
            f"{called(name)} cannot be opened.",
            "Close other programs that use it, and allow the studio to use microphones.",
        ) from error


class _PortAudioInput(SoundStream):
    def __init__(self, sounddevice: ModuleType, device: dict[str, Any], hear: Hear) -> None:
        self._hear = hear
        self._rate_hz = int(device["default_samplerate"])
        super().__init__(
            sounddevice.InputStream,
            self._receive,
            device=device["index"],
            samplerate=self._rate_hz,
            blocksize=round(_BLOCK_S * self._rate_hz),
            channels=min(device["max_input_channels"], _MOST_CHANNELS),
            latency="low",
        )

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    def _receive(self, indata: Float32, frames: int, times: Any, status: Any) -> None:
        now_s = time.perf_counter()
        if status:
            log.debug("sound input: %s", status)
        latency_s = self._latency_s(times.currentTime - times.inputBufferAdcTime)
        samples = indata.mean(axis=1, dtype=np.float32)
        self._hear(samples, now_s - max(latency_s - frames / self._rate_hz, 0.0))


def _found(sounddevice: ModuleType, name: str) -> dict[str, Any]:
    """What PortAudio knows of a device."""
    try:
        if not name:
            usual: dict[str, Any] = sounddevice.query_devices(kind="input")
            return usual
        devices: list[dict[str, Any]] = list(sounddevice.query_devices())
    except (sounddevice.PortAudioError, ValueError) as error:
        raise _missing(name) from error
    for device in devices:
        if device["name"] == name and device["max_input_channels"] > 0:
            return device
    raise _missing(name)


def _missing(name: str) -> DeviceError:
    what = f"There is no microphone called '{name}'." if name else "There is no microphone."
    return DeviceError(what, "Connect one; it is used as soon as it is there.")


def called(name: str) -> str:
    """A microphone at the beginning of a sentence."""
    return f"The microphone '{name}'" if name else "The microphone"
