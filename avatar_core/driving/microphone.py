"""A microphone as a source of sound."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.noise_gate import NoiseGate
from avatar_core.driving.sound_input import (
    MicrophoneInfo,
    SoundInput,
    called,
    list_microphones,
    open_sound_input,
)
from avatar_core.driving.sound_ring import SoundRing
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.sound_input import Hear
    from avatar_core.geometry import Float32
    from avatar_core.motion.driver_address import DriverAddress

__all__ = [
    "Microphone",
    "MicrophoneInfo",
    "SoundBlock",
    "list_microphones",
    "open_microphone",
]

_SILENCE_S = 1.0
"""A device that gives nothing this long has gone away."""
_FIRST_SOUND_S = 5.0
_MOST_GAIN_DB = 36.0
_LEAST_GATE_DB = -90.0


@dataclass(frozen=True, slots=True, eq=False)
class SoundBlock:
    """What was heard since the block before it.

    Args:
        samples: [n] float32 -1..1, gain applied.
        voice: [n] the same with what lies below the gate silenced.
        rate_hz: samples per second; another one than before after a device has changed it.
        captured_s: `time.perf_counter()` when the last sample was captured.
    """

    samples: Float32
    voice: Float32
    rate_hz: int
    captured_s: float

    @property
    def began_s(self) -> float:
        """When the first sample was captured."""
        return self.captured_s - len(self.samples) / self.rate_hz


class Microphone:
    """Records from now on. A ring between the sound thread and `read` keeps every sample.

    Args:
        device: name of the microphone; the system's own choice when empty.
        gain_db: amplification.
        gate_db: loudness below which nothing counts as voice; None for no gate.
        open_input: opens the device.

    Raises:
        DeviceError: it cannot be opened.
    """

    def __init__(
        self,
        device: str = "",
        gain_db: float = 0.0,
        gate_db: float | None = None,
        *,
        open_input: Callable[[str, Hear], SoundInput] = open_sound_input,
    ) -> None:
        self._device = device
        self._gain = np.float32(10 ** (gain_db / 20))
        self._ring: SoundRing | None = None
        self._input = open_input(device, self._hear)
        rate_hz = self._input.rate_hz
        self._ring = SoundRing(rate_hz)
        self._gate = None if gate_db is None else NoiseGate(gate_db, rate_hz)
        self._heard_s = time.perf_counter()
        self._is_first = True
        self._is_closed = False

    @property
    def rate_hz(self) -> int:
        """Samples per second."""
        return self._input.rate_hz

    def read(self, timeout_s: float) -> SoundBlock | None:
        """Everything heard since the last read, waiting up to `timeout_s`; None for nothing yet.

        Raises:
            DeviceError: the device has gone, or has changed its rate; said once.
        """
        if self._is_closed or self._ring is None:
            return None
        taken = self._ring.take(timeout_s)
        now_s = time.perf_counter()
        if taken is None:
            patience_s = _FIRST_SOUND_S if self._is_first else _SILENCE_S
            if not self._input.is_alive or now_s - self._heard_s > patience_s:
                self.close()
                raise DeviceError(
                    f"{called(self._device)} no longer gives sound.",
                    "Check its cable and whether another program took it.",
                )
            return None
        self._heard_s, self._is_first = now_s, False
        samples = np.clip(self._gain * taken[0], -1.0, 1.0)
        voice = samples if self._gate is None else self._gate.apply(samples)
        return SoundBlock(samples, voice, self.rate_hz, taken[1])

    def close(self) -> None:
        """Give the device back; harmless to call twice."""
        self._is_closed = True
        self._input.close()

    def _hear(self, samples: Float32, ended_s: float) -> None:
        """On the sound thread; what comes before the device's rate is known is left out."""
        if self._ring is not None:
            self._ring.put(samples, ended_s)


def open_microphone(
    address: DriverAddress,
    open_input: Callable[[str, Hear], SoundInput] = open_sound_input,
) -> Microphone:
    """The microphone of an address such as `mic:`, `mic:NAME` or `mic:NAME?gain=6&gate=-50`.

    `gain` and `gate` are decibels; without a gate, all that is heard counts as voice.

    Raises:
        DeviceError: it cannot be opened, or a value makes no sense.
    """
    gain_db = address.number("gain", 0.0, -_MOST_GAIN_DB, _MOST_GAIN_DB)
    gate_db = address.number("gate", _LEAST_GATE_DB, _LEAST_GATE_DB, 0.0)
    return Microphone(
        address.place,
        gain_db,
        gate_db if "gate" in address.options else None,
        open_input=open_input,
    )
