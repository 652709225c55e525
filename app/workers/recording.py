"""ClipRecording: a clip, its sound and the take it shows, recorded together."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import RecordingError
from avatar_core.motion import TakeAudio, TakeRecorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.playback import Transport
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.motion import Take
    from avatar_core.recording.clip import RecordingReport, VideoSettings
    from avatar_core.recording.video_writer import VideoWriter

_JUMP_S = 0.04
"""A sound that is further off than this was sought, looped or replaced."""


class ClipSound:
    """What the room hears, as one stream of samples on the clip's clock.

    Ask for it often: between two calls the sound is taken to have run on evenly.

    Args:
        rate_hz: of the clip.
        channels: 1 or 2.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self.rate_hz = rate_hz
        self._channels = channels
        self._transport: Transport | None = None
        self._place_s: float | None = None
        self._given_s = 0.0

    def advance(self, transport: Transport | None, clip_s: float) -> tuple[Float32, float] | None:
        """The samples [n, channels] up to `clip_s` and their clip time; None for silence."""
        is_new = transport is not self._transport
        self._transport = transport
        if transport is None or transport.soundtrack is None:
            self._place_s = None
            return None
        elapsed_s, is_playing = transport.elapsed_s, transport.is_playing
        begun_s = None if is_new else self._place_s
        self._place_s = elapsed_s if is_playing else None
        if begun_s is None or elapsed_s <= begun_s:
            self._given_s = clip_s
            return None
        count = round((elapsed_s - begun_s) * self.rate_hz)
        # The device's clock and ours drift apart; what is heard now belongs to now.
        starts_s = clip_s - count / self.rate_hz
        if abs(starts_s - self._given_s) > _JUMP_S:
            begun_s, count, starts_s = self._caught_up(elapsed_s, clip_s)
        else:
            starts_s = self._given_s
        self._given_s = starts_s + count / self.rate_hz
        if is_playing:
            self._place_s = begun_s + count / self.rate_hz
        samples = transport.soundtrack.read(begun_s, count, self.rate_hz, transport.period_s)
        return _in_channels(samples, self._channels), starts_s

    def _caught_up(self, elapsed_s: float, clip_s: float) -> tuple[float, int, float]:
        """After a jump: what was heard since the last call, ending now."""
        count = round(max(clip_s - self._given_s, 0.0) * self.rate_hz)
        return elapsed_s - count / self.rate_hz, count, clip_s - count / self.rate_hz


@dataclass(frozen=True, slots=True)
class FinishedClip:
    """What remains of a recording; `take` is None when nothing moved."""

    report: RecordingReport
    take: Take | None


class ClipRecording:
    """Collects pictures from the viewport, sound from the transport and motion from the mixer.

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
        self._sound = (
            ClipSound(settings.audio_rate_hz, settings.audio_channels)
            if settings.audio_rate_hz is not None
            else None
        )
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
        """Take a picture [H, W, 3]; never blocks."""
        clip_s = self._clip_s(captured_s)
        self._last_slot = self._slot(clip_s)
        self._writer.submit(image, clip_s)

    def follow_sound(self, transport: Transport | None) -> None:
        """Take the sound that was heard since the last call."""
        if self._sound is None:
            return
        piece = self._sound.advance(transport, self.elapsed_s)
        if piece is not None and len(piece[0]):
            self._pieces.append(piece)
            self._writer.submit_audio(*piece)

    def end(self, transport: Transport | None) -> None:
        """The clip ends here and now. Returns at once; `finish` waits for the file."""
        self.follow_sound(transport)
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


def with_sound(settings: VideoSettings, transport: Transport | None) -> VideoSettings:
    """The settings with the sound of what plays; without sound when nothing can be heard."""
    if transport is None or transport.soundtrack is None:
        return replace(settings, audio_rate_hz=None)
    channels = min(transport.soundtrack.channels, 2)
    return replace(settings, audio_rate_hz=transport.soundtrack.rate_hz, audio_channels=channels)


def _in_channels(samples: Float32, channels: int) -> Float32:
    if samples.shape[1] == channels:
        return samples
    if channels == 1:
        mean: Float32 = samples.mean(axis=1, keepdims=True, dtype=np.float32)
        return mean
    repeated: Float32 = np.repeat(samples[:, :1], channels, axis=1)
    return repeated


def _joined(pieces: list[tuple[Float32, float]], rate_hz: int, end_s: float) -> TakeAudio:
    """The pieces at their times, silence between them."""
    samples = np.zeros((round(end_s * rate_hz) + 1, pieces[0][0].shape[1]), np.float32)
    for piece, starts_s in pieces:
        first = max(round(starts_s * rate_hz), 0)
        room = samples[first : first + len(piece)]
        room[:] = piece[: len(room)]
    return TakeAudio(samples, rate_hz)
