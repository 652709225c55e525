"""Transport: play, pause, seek and loop, with the sound as the master clock."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.workers.scrub import Scrub
from app.workers.speaker import SoundOutput, open_speaker
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.soundtrack import Soundtrack
    from avatar_core.geometry import Float32

    OpenOutput = Callable[[int, int, Callable[[int, float], Float32]], SoundOutput]

_SILENT_DEVICE_S = 1.0
"""A device that asks for nothing this long has gone away."""
_JUMP_S = 0.08
"""Clock differences beyond this are jumps; smaller ones are jitter and steered softly."""
_STEERING = 0.1

_DEVICE_GONE = "The sound device stopped answering; playback goes on without sound."


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The moment `at_s` on the monotonic clock belongs to place `media_s`."""

    media_s: float
    at_s: float

    def place(self, now_s: float) -> float:
        return self.media_s + now_s - self.at_s

    def steered(self, media_s: float, at_s: float) -> _Anchor:
        """Pulled towards a newer observation, without passing its jitter on."""
        error = media_s - self.place(at_s)
        if abs(error) > _JUMP_S:
            return _Anchor(media_s, at_s)
        return _Anchor(self.place(at_s) + _STEERING * error, at_s)


class Transport:
    """A place on a timeline that moves while it plays.

    With a sound, the place is that of the sample being heard: what the device took so far, less
    its latency. Without one, or when the device is missing or goes away, the monotonic clock
    carries on from the same place. Safe for any number of threads; only `open`, `close` and
    `watch` may take long and belong on a worker.

    Args:
        duration_s: length of the timeline.
        soundtrack: its sound, or None.
        is_looping: begin again after the end.
        is_muted: asked each time; keep the clock then, and play silence.
        open_output: opens the sound device.
        notice: hears one sentence when there is no sound after all.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        duration_s: float,
        soundtrack: Soundtrack | None = None,
        *,
        is_looping: bool = False,
        is_muted: Callable[[], bool] = lambda: False,
        open_output: OpenOutput = open_speaker,
        notice: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.duration_s = max(duration_s, 1e-3)
        self.soundtrack = soundtrack
        self._is_looping = is_looping
        self._is_muted = is_muted
        self._open_output = open_output
        self._notice = notice
        self._clock = clock
        self._lock = threading.Lock()
        self._output: SoundOutput | None = None
        self._scrub = None if soundtrack is None else Scrub(soundtrack)
        self._is_ready = soundtrack is None
        self._is_playing = False
        self._held_s = 0.0
        self._anchor: _Anchor | None = None
        self._cursor_s = 0.0
        self._last_fill_s = 0.0

    @property
    def elapsed_s(self) -> float:
        """Place counted through all rounds of a loop; it never runs backwards but by a seek."""
        with self._lock:
            return self._advance()

    @property
    def position_s(self) -> float:
        """Place on the timeline, 0..duration."""
        elapsed_s = self.elapsed_s
        return elapsed_s % self.duration_s if self._is_looping else elapsed_s

    @property
    def is_playing(self) -> bool:
        with self._lock:
            self._advance()
            return self._is_playing

    @property
    def has_ended(self) -> bool:
        return not self._is_looping and self.elapsed_s >= self.duration_s

    @property
    def period_s(self) -> float | None:
        """After how long the sound repeats, or None."""
        return self.duration_s if self._is_looping else None

    def open(self) -> None:
        """Open the sound device; until then a timeline with sound stands still.

        A missing device is a notice, not an error.
        """
        output = None
        if self.soundtrack is not None:
            try:
                output = self._open_output(
                    self.soundtrack.rate_hz, self.soundtrack.channels, self._fill
                )
            except DeviceError as error:
                self._notice(str(error))
        with self._lock:
            self._output = output
            self._is_ready = True
            if self._is_playing:
                self._set_off()

    def close(self) -> None:
        """Free the sound device; the place stays readable and stands still."""
        with self._lock:
            self._advance()
            self._is_playing = False
            output, self._output = self._output, None
        if output is not None:
            output.close()

    def play(self) -> None:
        """Go on; from the beginning when the end was reached."""
        with self._lock:
            if self._is_playing:
                return
            if not self._is_looping and self._held_s >= self.duration_s:
                self._held_s = 0.0
            self._is_playing = True
            self._set_off()

    def pause(self) -> None:
        with self._lock:
            self._advance()
            self._is_playing = False

    def seek(self, time_s: float) -> None:
        """Go to a place, clamped to the timeline, playing or not.

        While it stands, a snippet of the sound there is heard.
        """
        with self._lock:
            self._held_s = min(max(time_s, 0.0), self.duration_s)
            self._set_off()
            if self._scrub is not None and self._output is not None and not self._is_playing:
                self._scrub.seek(self._held_s)

    def set_looping(self, is_looping: bool) -> None:
        with self._lock:
            elapsed_s = self._advance()
            self._is_looping = is_looping
            if elapsed_s > self.duration_s:
                self._held_s = elapsed_s % self.duration_s
                self._set_off()

    def watch(self) -> None:
        """Notice a device that went away; the monotonic clock then carries on."""
        with self._lock:
            output = self._output
            if output is None or not self._is_playing:
                return
            is_silent = self._clock() - self._last_fill_s > _SILENT_DEVICE_S
            if output.is_alive and not is_silent:
                return
            self._output = None
            if self._anchor is None:
                self._anchor = _Anchor(self._held_s, self._clock())
        output.close()
        self._notice(_DEVICE_GONE)

    def _set_off(self) -> None:
        """Start counting from the held place; with a device, from its first request."""
        now_s = self._clock()
        self._cursor_s = self._held_s
        self._last_fill_s = now_s
        self._anchor = None if self._output is not None else _Anchor(self._held_s, now_s)

    def _advance(self) -> float:
        if self._is_playing and self._is_ready and self._anchor is not None:
            self._held_s = max(self._held_s, self._anchor.place(self._clock()))
            if not self._is_looping and self._held_s >= self.duration_s:
                self._held_s = self.duration_s
                self._is_playing = False
        return self._held_s

    def _fill(self, count: int, heard_in_s: float) -> Float32:
        """The device's next samples; runs on the sound thread."""
        soundtrack = self.soundtrack
        assert soundtrack is not None
        silence = np.zeros((count, soundtrack.channels), np.float32)
        with self._lock:
            now_s = self._clock()
            self._last_fill_s = now_s
            if self._output is None:
                return silence
            if not self._is_playing:
                sought = silence if self._scrub is None else self._scrub.read(count)
                return silence if self._is_muted() else sought
            start_s, at_s = self._cursor_s, now_s + heard_in_s
            self._cursor_s += count / soundtrack.rate_hz
            self._anchor = (
                _Anchor(start_s, at_s)
                if self._anchor is None
                else self._anchor.steered(start_s, at_s)
            )
        if self._is_muted():
            return silence
        return soundtrack.read(start_s, count, soundtrack.rate_hz, self.period_s)
