"""SpeechMotion: sound in, motion of a face out, as it is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.driving.speech.features import LogMel
from avatar_core.driving.speech.loudness import Levels, SilenceGate
from avatar_core.driving.speech.network import AudioEncoder, MotionDecoder, viseme_scores
from avatar_core.driving.speech.prosody import PITCH_WINDOW, ProsodicHead, melody_of
from avatar_core.driving.speech.resampling import Resampler
from avatar_core.driving.speech.styling import Styling, rest_of_mood
from avatar_core.driving.speech.timing import (
    FPS,
    HOP,
    HOPS_PER_FRAME,
    LOOKAHEAD_HOPS,
    LOOKAHEAD_S,
    RATE_HZ,
)
from avatar_core.driving.speech.visemes import Viseme
from avatar_core.errors import WeightsError
from avatar_core.geometry import expect_shapes
from avatar_core.motion import MotionFrame
from avatar_core.motion.speech_style import SpeechStyle

if TYPE_CHECKING:
    from avatar_core.driving.speech.model_file import SpeechModel
    from avatar_core.geometry import Float32

_FRAME = HOP * HOPS_PER_FRAME
_AHEAD = HOP * LOOKAHEAD_HOPS


def clean_sound(samples: Float32) -> Float32:
    """Sound [n] without what is no number, and without what no microphone gives."""
    clean = np.clip(np.nan_to_num(samples, posinf=0, neginf=0), -4, 4)
    return clean.astype(np.float32)


class FeatureStream(Protocol):
    """Features of a stream of sound; `LogMel` fits."""

    def feed(self, samples: Float32) -> Float32:
        """The features [k, size] that samples [n], 16 kHz, complete."""


class SpeechMotion:
    """The motion of a face that speaks a stream of sound; owned by one thread.

    The mouth comes from the speech model, the turns of the head from pitch and loudness. Motion of
    a moment is given once `lag_s` of sound after it has come; how the stream is cut into pieces
    changes nothing.

    Args:
        model: what moves the mouth.
        style: how it is performed; may be replaced at any time.
        moves_head: whether the head follows the melody; otherwise it keeps still.
        features: what the model hears of the sound; log-mel features when left out.
        note: a sentence on why it is not the model that the user chose, or empty.

    Raises:
        WeightsError: the model hears through Whisper, and `features` is left out.
    """

    lag_s = LOOKAHEAD_S
    """Seconds of sound after a moment that its motion waits for, before any buffers."""

    def __init__(
        self,
        model: SpeechModel,
        style: SpeechStyle | None = None,
        *,
        moves_head: bool = True,
        features: FeatureStream | None = None,
        note: str = "",
    ) -> None:
        if model.encoder is not None and features is None:
            raise WeightsError(
                "This speech model hears through Whisper, which needs the whole sound.",
                "Use it for sound files; live speech takes the studio's own model.",
            )
        self.moves_head = moves_head
        self.note = note
        self.viseme_scores = np.zeros(len(Viseme), np.float32)
        self._model = model
        self._resampler: Resampler | None = None
        self._features: FeatureStream = LogMel() if features is None else features
        self._levels, self._gate = Levels(), SilenceGate()
        self._encoder = AudioEncoder(model.weights, model.shape.hearing)
        self._styling = Styling(style or SpeechStyle())
        self._decoder = MotionDecoder(model.weights, self._rest())
        self._head = ProsodicHead()
        self._sound = np.zeros(0, np.float32)
        self._frames = 0

    @property
    def viseme(self) -> Viseme:
        """What the newest moment shows, as far as it is heard; the highest of `viseme_scores`."""
        return Viseme(int(self.viseme_scores.argmax()))

    @property
    def style(self) -> SpeechStyle:
        return self._styling.style

    @style.setter
    def style(self, style: SpeechStyle) -> None:
        mood = self._styling.style.mood
        self._styling.style = style
        if style.mood is not mood:
            self._decoder.rest_at(self._rest())

    def feed(self, samples: Float32, rate_hz: int) -> list[MotionFrame]:
        """The motion that more sound completes, 50 moments a second; `time_s` counts sound fed.

        Args:
            samples: [n] mono, -1..1; what is no number counts as silence.
            rate_hz: samples per second, which may change from piece to piece.

        Raises:
            AssetError: speech cannot be read from such a rate.
        """
        expect_shapes(samples=(samples, "n"))
        return self._advance(self._resampled(clean_sound(samples), rate_hz))

    def flush(self) -> list[MotionFrame]:
        """The motion that is left when the sound ends here."""
        rest = np.zeros(0, np.float32) if self._resampler is None else self._resampler.flush()
        return self._advance(np.concatenate([rest, np.zeros(_AHEAD + HOP, np.float32)]))

    def _rest(self) -> Float32:
        return self._model.space.coordinates(rest_of_mood(self.style.mood))

    def _resampled(self, samples: Float32, rate_hz: int) -> Float32:
        before = np.zeros(0, np.float32)
        if self._resampler is None or self._resampler.rate_hz != rate_hz:
            replaced, self._resampler = self._resampler, Resampler(rate_hz, RATE_HZ)
            before = before if replaced is None else replaced.flush()
        return np.concatenate([before, self._resampler.feed(samples)])

    def _advance(self, sound: Float32) -> list[MotionFrame]:
        """Motion of the moments that more sound at 16 kHz completes."""
        openness = self._gate.feed(self._levels.feed(sound))
        heard = self._encoder.feed(self._features.feed(sound))
        mouths = self._model.space.weights(self._decoder.feed(heard))
        self._sound = np.concatenate([self._sound, sound])
        if len(heard):
            self.viseme_scores = viseme_scores(self._model.weights, heard[-1])
        return [
            self._frame(mouth, float(is_open))
            for mouth, is_open in zip(mouths, openness, strict=True)
        ]

    def _frame(self, mouth: Float32, openness: float) -> MotionFrame:
        window, self._sound = self._sound[:PITCH_WINDOW], self._sound[_FRAME:]
        head = np.zeros(3, np.float32)
        if self.moves_head:
            head = self._head.feed(melody_of(window), openness)
        time_s = self._frames / FPS
        self._frames += 1
        return MotionFrame(
            time_s=time_s, weights=self._styling.apply(mouth, openness), head_rotation=head
        )
