"""The motion of a whole sound at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.driving.speech.live import SpeechMotion, clean_sound
from avatar_core.driving.speech.model_file import load_speech_model
from avatar_core.driving.speech.resampling import Resampler
from avatar_core.driving.speech.timing import FPS, HOP, HOPS_PER_FRAME, LOOKAHEAD_HOPS
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.speech.model_file import SpeechModel
    from avatar_core.geometry import Float32
    from avatar_core.motion import MotionFrame, TakeAudio
    from avatar_core.motion.speech_style import SpeechStyle

_PIECE_S = 2
_FRAME = HOP * HOPS_PER_FRAME


class SoundEncoder(Protocol):
    """What hears a whole sound at once; `WhisperEncoder` fits."""

    @property
    def sha256(self) -> str:
        """Which one it is."""

    def vectors(
        self, sound: Float32, progress: Callable[[int, int], None] | None = None
    ) -> Float32:
        """[ceil(n / 320), width] what is heard around each moment of a sound [n], 16 kHz."""


class KnownFeatures:
    """Features that are known beforehand, given as the stream of their sound comes.

    Args:
        features: [T, size], one a moment; behind the last there is silence, as `silent` sounds.
        ahead: features after the one of a moment that are given with it.
        silent: [size].
    """

    def __init__(self, features: Float32, ahead: int, silent: Float32) -> None:
        self._features = features
        self._ahead = ahead
        self._silent = silent
        self._fed = 0
        self._given = 0

    def feed(self, samples: Float32) -> Float32:
        """The features [k, size] of the moments that samples [n], 16 kHz, complete."""
        self._fed += len(samples)
        moments = max(0, (self._fed - HOP * LOOKAHEAD_HOPS) // _FRAME + 1)
        end = moments + self._ahead if moments else 0
        given = self._features[self._given : end]
        behind = end - max(self._given, len(self._features))
        self._given = max(end, self._given)
        return np.concatenate([given, np.repeat(self._silent[None], max(behind, 0), axis=0)])


def motion_of_sound(
    audio: TakeAudio,
    model: SpeechModel | None = None,
    style: SpeechStyle | None = None,
    *,
    moves_head: bool = True,
    progress: Callable[[int, int], None] | None = None,
    encoder: SoundEncoder | None = None,
) -> list[MotionFrame]:
    """The motion of a face that speaks a sound: the same as live, without its lag.

    Args:
        audio: what is said; its channels are averaged.
        model: the bundled one when left out.
        style: how it is performed.
        moves_head: whether the head follows the melody.
        progress: hears how many of all moments are done; may raise `Cancelled`.
        encoder: of Whisper, for a model that hears through it; others do without.

    Returns:
        50 moments for each second of sound, at least one, the first at time 0.

    Raises:
        AvatarError: speech cannot be read from such a rate, there is no model, or it hears through
            another encoder.
    """
    model = model or load_speech_model()
    count = max(1, math.ceil(audio.duration_s * FPS))
    mono = audio.samples.mean(1)
    features = None
    if model.encoder is not None:
        features = _heard_at_once(model, encoder, mono, audio.rate_hz, progress)
    motion = SpeechMotion(model, style, moves_head=moves_head, features=features)
    piece = _PIECE_S * audio.rate_hz
    frames: list[MotionFrame] = []
    for start in range(0, len(mono), piece):
        frames += motion.feed(mono[start : start + piece], audio.rate_hz)
        if progress is not None:
            progress(min(len(frames), count), count)
    while len(frames) < count:
        frames += motion.flush()
    return frames[:count]


def _heard_at_once(
    model: SpeechModel,
    encoder: SoundEncoder | None,
    mono: Float32,
    rate_hz: int,
    progress: Callable[[int, int], None] | None,
) -> KnownFeatures:
    needed = model.encoder
    assert needed is not None
    if encoder is None or encoder.sha256 != needed.sha256:
        raise WeightsError(
            f"This speech model hears through the encoder of Whisper {needed.title},"
            f" {needed.sha256[:12]}, which is not here.",
            "Import the Whisper model that it was trained with.",
        )
    resampler = Resampler(rate_hz)
    sound = np.concatenate([resampler.feed(clean_sound(mono)), resampler.flush()])
    vectors = encoder.vectors(sound, progress)
    return KnownFeatures(vectors, model.shape.hearing.ahead, model.weights["feature_mean"])
