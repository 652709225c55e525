"""ClipRecording: a clip, its sound and the take it shows, recorded together."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.workers.clip_sound import ClipSound, TapeSound
from avatar_core.errors import RecordingError
from avatar_core.motion import TakeAudio, TakeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.clip_sound import Heard
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.motion import Take
    from avatar_core.recording.clip import RecordingReport
    from avatar_core.recording.video_writer import VideoWriter


@dataclass(frozen=True, slots=True)
class FinishedClip:
    """What remains of a recording; `take` is None when nothing moved."""

    report: RecordingReport
    take: Take | None


class ClipRecording:
    """Collects pictures from the viewport, what is heard, and motion from the mixer.

    A picture belongs to the moment at which what it shows was captured, not to that at which it
    was drawn; so sound and lips meet, however long tracking and drawing took.

    Args:
        writer: open and waiting.
        name: of the take.
        clock: the clock of `captured_s`.
    """

    def __init__(
        self, writer: VideoWriter, name: str, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.recorder = TakeRecorder(clock)
        self._writer = writer
        self._name = name
        self._clock = clock
        self._started_s = clock()
        self._end_s = 0.0
        self._last_slot = -1
        settings = writer.settings
        self._sound: ClipSound | None = None
        if settings.has_sound and settings.audio_rate_hz is not None:
            format_of_sound = settings.audio_rate_hz, settings.audio_channels
            self._sound = ClipSound(*format_of_sound)
            self._tape_sound = TapeSound(*format_of_sound, self._started_s)
        self._pieces: list[tuple[Float32, float]] = []

    @property
    def width_px(self) -> int:
        return self._writer.settings.width

    @property
    def height_px(self) -> int:
        return self._writer.settings.height

    @property
    def fps(self) -> float:
        return float(self._writer.settings.rate)

    @property
    def has_alpha(self) -> bool:
        """Whether what is transparent in the pictures stays so."""
        return self._writer.settings.alpha

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._started_s

    @property
    def dropped(self) -> int:
        return self._writer.dropped

    @property
    def error(self) -> RecordingError | None:
        """Why recording ended early; None as long as all is well."""
        return self._writer.error

    def wants(self, captured_s: float) -> bool:
        """Whether a picture of this moment falls into a later frame of the clip than the last."""
        return self._slot(self._clip_s(captured_s)) > self._last_slot

    def submit(self, image: UInt8, captured_s: float) -> None:
        """Take a picture [H, W, 3], or [H, W, 4] premultiplied; never blocks."""
        clip_s = self._clip_s(captured_s)
        self._last_slot = self._slot(clip_s)
        self._writer.submit(image, clip_s)

    def follow_sound(self, heard: Heard) -> None:
        """Take the sound that was heard since the last call."""
        if self._sound is None:
            return
        if heard.tape is not None:
            pieces = self._tape_sound.advance(heard.tape)
        else:
            piece = self._sound.advance(heard.transport, self.elapsed_s)
            pieces = [] if piece is None else [piece]
        for piece in pieces:
            if len(piece[0]):
                self._pieces.append(piece)
                self._writer.submit_audio(*piece)

    def end(self, heard: Heard) -> None:
        """The clip ends here and now. Returns at once; `finish` waits for the file."""
        self.follow_sound(heard)
        self._end_s = self.elapsed_s
        self._writer.stop(self._end_s)

    def finish(self) -> FinishedClip:
        """What was recorded, once the file is complete; belongs on a worker."""
        take = self._take(self._end_s)
        return FinishedClip(self._writer.close(), take)

    def _clip_s(self, captured_s: float) -> float:
        return max(captured_s - self._started_s, 0.0)

    def _slot(self, clip_s: float) -> int:
        return math.floor(clip_s * self.fps + 0.5)

    def _take(self, end_s: float) -> Take | None:
        audio = None
        if self._sound is not None and self._pieces:
            audio = _joined(self._pieces, self._sound.rate_hz, end_s)
        try:
            return self.recorder.finish(
                self._name, audio=audio, audio_started_s=self._started_s if audio else None
            )
        except RecordingError:
            return None


def _joined(pieces: list[tuple[Float32, float]], rate_hz: int, end_s: float) -> TakeAudio:
    """The pieces at their times, silence between them."""
    samples = np.zeros((round(end_s * rate_hz) + 1, pieces[0][0].shape[1]), np.float32)
    for piece, starts_s in pieces:
        first = max(round(starts_s * rate_hz), 0)
        room = samples[first : first + len(piece)]
        room[:] = piece[: len(room)]
    return TakeAudio(samples, rate_hz)
