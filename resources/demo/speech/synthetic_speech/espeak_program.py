"""A program that speaks one text with libespeak-ng and tells when each phone begins.

    python espeak_program.py VOICE WORDS_PER_MINUTE PITCH RANGE < TEXT

Answers a line of JSON (rate_hz, starts: sample and sound in IPA), then samples as int16. What
espeak says depends on all that it has said before, so every text gets a process of its own; that
is why this file needs nothing but Python.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

LIBRARY = "libespeak-ng.so.1"
UNKNOWN_VOICE = 3

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


class _Ear:
    """Gathers what the library says."""

    def __init__(self) -> None:
        self.sound = bytearray()
        self.starts: list[tuple[int, str]] = []

    def hear(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self.sound += ctypes.string_at(wave, 2 * count)
        index = 0
        while events[index].type != _END:
            event = events[index]
            if event.type == _PHONE:
                sound = bytes(event.id.text).decode("utf-8", "ignore")
                self.starts.append((int(event.sample), sound))
            index += 1
        return 0


def main() -> None:
    """Speak what standard input says."""
    voice, *settings = sys.argv[1:]
    library = ctypes.CDLL(LIBRARY)
    flags = _PHONE_EVENTS | _IPA | _DO_NOT_EXIT
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, None, flags)
    if rate_hz <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.exit(UNKNOWN_VOICE)
    for parameter, value in zip((_RATE, _PITCH, _RANGE), settings, strict=True):
        library.espeak_SetParameter(parameter, int(value), 0)
    ear = _Ear()
    # The library keeps the address only: the object has to live as long.
    callback = _Callback(ear.hear)
    library.espeak_SetSynthCallback(callback)
    text = sys.stdin.buffer.read()
    library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
    header = json.dumps({"rate_hz": rate_hz, "starts": ear.starts})
    sys.stdout.buffer.write(header.encode() + b"\n" + bytes(ear.sound))


if __name__ == "__main__":
    main()
