"""The sound of a clip: what plays in the room, or what a microphone hears."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.workers.sound_tape import SoundTape, at_rate

if TYPE_CHECKING:
    from app.workers.playback import Transport
    from avatar_core.geometry import Float32
    from avatar_core.recording.clip import VideoSettings

    Sound = tuple[Float32, float]
    """Samples [n, channels] and the clip time of the first one."""

_JUMP_S = 0.04
"""A sound that is further off than this was sought, looped or replaced."""
_MICROPHONE_HZ = 48_000


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Where the sound of a recording comes from.

    Args:
        transport: of the take, film or sound file that plays; None without one.
        tape: what the microphone hears, where one drives; it then wins.
    """

    transport: Transport | None = None
    tape: SoundTape | None = None

    def settings(self, settings: VideoSettings) -> VideoSettings:
        """Settings of a clip with this sound; without sound where nothing can be heard."""
        if self.tape is not None:
            return replace(settings, audio_rate_hz=_MICROPHONE_HZ, audio_channels=1)
        if self.transport is None or self.transport.soundtrack is None:
            return replace(settings, audio_rate_hz=None)
        soundtrack = self.transport.soundtrack
        channels = min(soundtrack.channels, 2)
        return replace(settings, audio_rate_hz=soundtrack.rate_hz, audio_channels=channels)


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

    def advance(self, transport: Transport | None, clip_s: float) -> Sound | None:
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


class TapeSound:
    """What a microphone hears, on the clip's clock; gaps are left, nothing is dropped.

    Args:
        rate_hz: of the clip.
        channels: 1 or 2.
        started_s: when the clip began, on the clock of the tape.
    """

    def __init__(self, rate_hz: int, channels: int, started_s: float) -> None:
        self._rate_hz = rate_hz
        self._channels = channels
        self._started_s = started_s
        self._taken = 0
        self._given_s = -np.inf

    def advance(self, tape: SoundTape) -> list[Sound]:
        """What came onto the tape since the last call."""
        pieces = tape.pieces(self._taken)
        self._taken += len(pieces)
        sounds = []
        for piece in pieces:
            samples = at_rate(piece.samples, piece.rate_hz, self._rate_hz)
            starts_s = piece.began_s - self._started_s
            if abs(starts_s - self._given_s) <= _JUMP_S:
                starts_s = self._given_s
            early = max(round(-starts_s * self._rate_hz), 0)
            self._given_s = starts_s + len(samples) / self._rate_hz
            if early < len(samples):
                inside = _in_channels(samples[early:, None], self._channels)
                sounds.append((inside, starts_s + early / self._rate_hz))
        return sounds


def _in_channels(samples: Float32, channels: int) -> Float32:
    if samples.shape[1] == channels:
        return samples
    if channels == 1:
        mean: Float32 = samples.mean(axis=1, keepdims=True, dtype=np.float32)
        return mean
    repeated: Float32 = np.repeat(samples[:, :1], channels, axis=1)
    return repeated
