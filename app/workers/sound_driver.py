"""Drivers that hear: a microphone, or the sound of a file, through the speech model."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from app.workers.driver_frame import DriverFrame
from app.workers.driver_loop import DriverLoop
from app.workers.sound_tape import TapePiece
from app.workers.soundtrack import Soundtrack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.workers.driver_loop import DriverEvents
    from app.workers.playback import Transport
    from app.workers.sound_tape import SoundTape
    from app.workers.status import DriverPhase, DriverState
    from avatar_core.driving.microphone import SoundBlock
    from avatar_core.geometry import Float32
    from avatar_core.motion import MotionFrame, TakeAudio
    from avatar_core.motion.driver_address import DriverAddress
    from avatar_core.motion.speech_style import SpeechStyle

_READ_S = 0.1
_PIECE_S = 0.02
"""A file is heard in pieces of this length."""
_PREROLL_S = 0.5
"""What the model hears before a place in a file that is gone to."""
_QUIET_S = 1.0
_QUIET_DB = -50.0
_FLOOR_DB = -60.0
_NO_VOICE = "No voice is heard."


class Hearing(Protocol):
    """The part of a microphone that is used here."""

    def read(self, timeout_s: float) -> SoundBlock | None: ...

    def close(self) -> None: ...


class Speech(Protocol):
    """What makes motion of a stream of sound; `SpeechMotion` fits."""

    style: SpeechStyle

    @property
    def note(self) -> str:
        """A sentence on why it is not the model that the user chose, or empty."""

    @property
    def lag_s(self) -> float:
        """How much later sound its motion needs."""

    def feed(self, samples: Float32, rate_hz: int) -> list[MotionFrame]: ...


class SpeakingDriver(DriverLoop):
    """A driver that makes motion of sound.

    Args:
        uri: its address.
        events: who hears of it.
        make_speech: makes the speech model, on this thread.
        leaving: drivers that may still hold the device.

    `style` is how it performs what it hears; None for the model's own.
    """

    def __init__(
        self,
        uri: str,
        events: DriverEvents,
        make_speech: Callable[[], Speech],
        leaving: Sequence[DriverLoop] = (),
    ) -> None:
        super().__init__(uri, events, leaving)
        self.style: SpeechStyle | None = None
        self._make_speech = make_speech
        self._speech: Speech | None = None
        self._noted = ""
        self._is_asked_again = False

    def retry(self) -> None:
        """Asked for again: take the model that is chosen by now, too."""
        self._is_asked_again = True
        super().retry()

    def _new_speech(self) -> Speech:
        """Another model, which has heard nothing yet; why it is not the user's is said once."""
        self._is_asked_again = False
        speech = self._speech = self._make_speech()
        if speech.note not in ("", self._noted):
            self._events.notice(speech.note)
        self._noted = speech.note
        return speech

    def _use_style(self, speech: Speech) -> None:
        if self.style is not None and speech.style != self.style:
            speech.style = self.style


class MicrophoneDriver(SpeakingDriver):
    """Hears a microphone; everything it hears is also there to be recorded.

    Args:
        uri: of the microphone.
        events: who hears of it.
        open_microphone: opens it.
        make_speech: makes the speech model, on this thread.
        leaving: drivers that may still hold the device.

    `tape` is where what it hears goes too; None for nowhere.
    """

    def __init__(
        self,
        uri: str,
        events: DriverEvents,
        open_microphone: Callable[[DriverAddress], Hearing],
        make_speech: Callable[[], Speech],
        leaving: Sequence[DriverLoop] = (),
    ) -> None:
        super().__init__(uri, events, make_speech, leaving)
        self.tape: SoundTape | None = None
        self._open_microphone = open_microphone
        self._microphone: Hearing | None = None
        self._fed_s = 0.0
        self._level_db = -math.inf
        self._heard_s = -math.inf

    @property
    def state(self) -> DriverState:
        level = 0.0 if not self.is_open else max(1 - self._level_db / _FLOOR_DB, 0.0)
        return replace(super().state, level=min(level, 1.0))

    def open_driver(self) -> None:
        self._listen_anew()
        self._microphone = self._open_microphone(self.address)

    def run_driver(self) -> None:
        if self._is_asked_again:
            self._listen_anew()
        microphone, speech = self._microphone, self._speech
        assert microphone is not None
        assert speech is not None
        block = microphone.read(_READ_S)
        if block is None:
            return
        tape = self.tape
        if tape is not None:
            tape.put(TapePiece(block.samples, block.rate_hz, block.began_s))
        self._note_level(block.samples)
        self._use_style(speech)
        started_s = time.perf_counter()
        frames = speech.feed(block.voice, block.rate_hz)
        self._fed_s += len(block.voice) / block.rate_hz
        if frames:
            motion = frames[-1]
            captured_s = block.captured_s - (self._fed_s - motion.time_s)
            took_ms = 1000 * (time.perf_counter() - started_s)
            lag_ms = 1000 * (block.captured_s - captured_s)
            self.give(DriverFrame(motion, captured_s, {"listen": lag_ms, "speech": took_ms}))

    def close_driver(self) -> None:
        microphone, self._microphone = self._microphone, None
        self._speech = None
        self._level_db = -math.inf
        if microphone is not None:
            microphone.close()

    def _listen_anew(self) -> None:
        self._new_speech()
        self._fed_s = 0.0

    def _note_level(self, samples: Float32) -> None:
        power = float(np.mean(np.square(samples)))
        self._level_db = 10 * math.log10(power) if power > 0 else -math.inf
        if self._level_db > _QUIET_DB:
            self._heard_s = time.perf_counter()

    def _phase_and_words(self) -> tuple[DriverPhase, str]:
        if self._phase == "live" and time.perf_counter() - self._heard_s > _QUIET_S:
            return "silent", _NO_VOICE
        return self._phase, self._words


class SoundFileDriver(SpeakingDriver):
    """Plays a sound file in the room and speaks along; lips meet the sound, without a lag.

    Args:
        uri: `sound:PATH`.
        events: who hears of it.
        load_sound: reads the file.
        make_speech: makes the speech model, on this thread.
        make_transport: the clock of the sound; not opened yet.
    """

    def __init__(
        self,
        uri: str,
        events: DriverEvents,
        load_sound: Callable[[Path], TakeAudio],
        make_speech: Callable[[], Speech],
        make_transport: Callable[[Soundtrack, float], Transport],
    ) -> None:
        super().__init__(uri, events, make_speech)
        self._load_sound = load_sound
        self._make_transport = make_transport
        self._soundtrack: Soundtrack | None = None
        self._transport: Transport | None = None
        self._frames: list[MotionFrame] = []
        self._began_s = 0.0
        self._fed_s = 0.0

    @property
    def transport(self) -> Transport | None:
        return self._transport

    def seek(self, time_s: float) -> None:
        transport = self._transport
        if transport is not None:
            transport.seek(time_s)
            self.wake.set()

    def open_driver(self) -> None:
        path = Path(self.address.place).expanduser()
        audio = self._load_sound(path)
        self._soundtrack = Soundtrack(audio)
        self._begin_speech(0.0)
        self._transport = self._make_transport(self._soundtrack, audio.duration_s)
        self._transport.open()
        self._transport.play()

    def run_driver(self) -> None:
        """Speak what is heard now, and go on a moment later."""
        transport, speech = self._transport, self._speech
        assert transport is not None
        assert speech is not None
        transport.watch()
        now_s = transport.elapsed_s
        is_heard = self._began_s <= now_s <= self._fed_s + _PREROLL_S
        if self._is_asked_again or not is_heard:
            speech = self._begin_speech(now_s)
        self._use_style(speech)
        self._speak_until(now_s)
        if self._frames:
            self.give(DriverFrame(self._frames[0], time.perf_counter()))
        self.rest(_PIECE_S if transport.is_playing else _READ_S)

    def close_driver(self) -> None:
        transport, self._transport = self._transport, None
        self._soundtrack = self._speech = None
        if transport is not None:
            transport.close()

    def _begin_speech(self, time_s: float) -> Speech:
        speech = self._new_speech()
        self._began_s = self._fed_s = max(time_s - _PREROLL_S, 0.0)
        self._frames = []
        return speech

    def _speak_until(self, time_s: float) -> None:
        """Feed the model until it knows the motion of a moment; keep that from there on."""
        soundtrack, speech, transport = self._soundtrack, self._speech, self._transport
        assert soundtrack is not None
        assert speech is not None
        rate_hz = soundtrack.rate_hz
        count = max(round(_PIECE_S * rate_hz), 1)
        period_s = None if transport is None else transport.period_s
        while self._fed_s < time_s + speech.lag_s and not self.is_stopping:
            sound = soundtrack.read(self._fed_s, count, rate_hz, period_s)
            self._frames += speech.feed(sound.mean(axis=1), rate_hz)
            self._fed_s += count / rate_hz
        place_s = time_s - self._began_s
        later = [frame for frame in self._frames if frame.time_s >= place_s]
        self._frames = later or self._frames[-1:]
