"""The synthesiser espeak-ng, through its library, which tells when each phone begins."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.speech.visemes import Phone
from synthetic_speech.espeak_times import with_closures, with_releases
from synthetic_speech.ipa import phones_of_sound
from synthetic_speech.utterance import Said

if TYPE_CHECKING:
    from synthetic_speech.voices import Voice

_LIBRARY = "libespeak-ng.so.1"
_SYNCHRONOUS = 2
_PHONE_EVENTS, _IPA, _DO_NOT_EXIT = 1, 2, 0x8000
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_END, _PHONE = 0, 7


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("text", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """Speaks through libespeak-ng (`apt-get install libespeak-ng1`); one in a process.

    Raises:
        OSError: the library is not installed.
    """

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(_LIBRARY)
        flags = _PHONE_EVENTS | _IPA | _DO_NOT_EXIT
        self._rate_hz = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, flags))
        if self._rate_hz <= 0:
            raise OSError("espeak-ng has no voices; apt-get install espeak-ng-data")
        # The library keeps the address only: the object has to live as long.
        self._callback = _Callback(self._hear)
        self._library.espeak_SetSynthCallback(self._callback)
        self._chunks: list[np.ndarray] = []
        self._starts: list[tuple[int, str]] = []

    def say(self, text: str, voice: Voice, rng: np.random.Generator) -> Said:
        """A text at a random pace, pitch and range.

        Raises:
            KeyError: the voice is not known, or it has sounds that are in no table.
        """
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise KeyError(voice.name)
        for parameter, low, high in ((_RATE, 110, 220), (_PITCH, 25, 75), (_RANGE, 25, 90)):
            self._library.espeak_SetParameter(parameter, int(rng.integers(low, high)), 0)
        self._chunks, self._starts = [], []
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        samples = np.concatenate([np.zeros(0, np.int16), *self._chunks]) / np.float32(32768)
        phones = phones_of_starts(self._starts, len(samples), self._rate_hz)
        phones = with_releases(with_closures(phones, samples, self._rate_hz))
        return Said(samples, self._rate_hz, phones)

    def _hear(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type != _END:
            event = events[index]
            if event.type == _PHONE:
                sound = bytes(event.id.text).decode("utf-8", "ignore")
                self._starts.append((int(event.sample), sound))
            index += 1
        return 0


def phones_of_starts(starts: list[tuple[int, str]], count: int, rate_hz: int) -> tuple[Phone, ...]:
    """Phones without gaps from the samples at which sounds in IPA begin.

    Args:
        starts: (sample, sound), in order.
        count: samples in all.
        rate_hz: samples per second.

    Raises:
        KeyError: a sound is in no table.
    """
    phones: list[Phone] = []
    marks = [(0, ""), *starts]
    ends = [start for start, _ in marks[1:]] + [count]
    for (start, sound), end in zip(marks, ends, strict=True):
        if end <= start:
            continue
        names = phones_of_sound(sound)
        edges = np.linspace(start, end, len(names) + 1) / rate_hz
        phones += [
            Phone(n, float(a), float(b))
            for n, a, b in zip(names, edges[:-1], edges[1:], strict=True)
        ]
    return tuple(phones)
