"""The speech network in plain numpy, one moment after the other: sound becomes mouth coordinates.

Three small perceptrons after the published design, over a causal audio encoder, or over Whisper's
where a whole sound is there. `training.speech_network` holds the same in torch; a test compares
the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.features import MELS
from avatar_core.driving.speech.timing import HOPS_PER_FRAME, LOOKAHEAD_HOPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32

DILATIONS = (1, 2, 4, 8)
"""Moments between the three taps of each block of the encoder: 0.6 s of past in all."""

TAPS = 3
STEM = 8
"""Features that the encoder's first layer sees, the last of them `LOOKAHEAD_HOPS` ahead."""

STEM_PAST = STEM - LOOKAHEAD_HOPS
"""Features before a moment that the first layer sees."""

Weights = dict[str, "Float32"]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the network hears, and how far it looks around each moment.

    Args:
        size: of a feature.
        per_moment: features from one moment to the next.
        past: features before a moment that its first layer sees.
        window: features that it sees in all.
        dilations: moments between the taps of each block behind it.
    """

    size: int
    per_moment: int
    past: int
    window: int
    dilations: tuple[int, ...]

    @property
    def ahead(self) -> int:
        """Features after the one of the moment itself that are waited for."""
        return self.window - self.past - 1


MEL_HEARING = Hearing(MELS, HOPS_PER_FRAME, STEM_PAST, STEM, DILATIONS)
"""Log-mel features as they come, for live speech."""


def whisper_hearing(width: int) -> Hearing:
    """Whisper's vectors [width], one a moment, two of them on either side: for whole sounds.

    They know what comes and what was: no blocks look further.
    """
    return Hearing(width, per_moment=1, past=2, window=5, dilations=())


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """Sizes of the speech network.

    Args:
        coordinates: of the mouth.
        visemes: classes that the helper head tells apart.
        channels: of the audio encoder.
        state: width of MLP_a, which reads the mouth of the moment before.
        hidden: width of MLP_c, which gives the motion.
        whisper: width of Whisper's vectors, where it hears through these; 0: log-mel features.
    """

    coordinates: int
    visemes: int
    channels: int = 128
    state: int = 64
    hidden: int = 192
    whisper: int = 0

    @property
    def hearing(self) -> Hearing:
        """What it hears."""
        return whisper_hearing(self.whisper) if self.whisper else MEL_HEARING

    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shape of each array; a layer is `[out, in]`, of a convolution `[out, taps * in]`."""
        c, k, hearing = self.channels, self.coordinates, self.hearing
        layers = {"stem": (c, hearing.window * hearing.size), "visemes": (self.visemes, c)}
        for block in range(len(hearing.dilations)):
            layers |= {f"block{block}.mix": (c, TAPS * c), f"block{block}.out": (c, c)}
        layers |= {"base.0": (self.state, k), "base.1": (k, self.state)}
        layers |= {"state.0": (self.state, k), "state.1": (self.state, self.state)}
        layers |= {"motion.0": (self.hidden, self.state + c)}
        layers |= {"motion.1": (self.hidden, self.hidden), "motion.2": (k, self.hidden)}
        feature = (hearing.size,)
        shapes: dict[str, tuple[int, ...]] = {"feature_mean": feature, "feature_scale": feature}
        for name, (out, inputs) in layers.items():
            shapes |= {f"{name}.weight": (out, inputs), f"{name}.bias": (out,)}
        return shapes


class AudioEncoder:
    """Features in, one vector [channels] for each moment of motion out; remembers the past.

    Moment n of a live network looks at features `2n - STEM_PAST` to `2n + LOOKAHEAD_HOPS - 1`, and
    through its blocks at moments before it. Before the start there is the average feature.

    Args:
        weights: of the network.
        hearing: what it hears.
    """

    def __init__(self, weights: Mapping[str, Float32], hearing: Hearing = MEL_HEARING) -> None:
        self._weights = weights
        self._hearing = hearing
        self._features = np.zeros((hearing.past, hearing.size), np.float32)
        channels = len(weights["stem.bias"])
        self._past = [np.zeros((2 * gap, channels), np.float32) for gap in hearing.dilations]

    def feed(self, features: Float32) -> Float32:
        """The vectors [m, channels] that features [k, size] complete."""
        weights, hearing = self._weights, self._hearing
        normalised = (features - weights["feature_mean"]) / weights["feature_scale"]
        kept = np.concatenate([self._features, normalised])
        count = max(0, (len(kept) - hearing.window) // hearing.per_moment + 1)
        self._features = kept[count * hearing.per_moment :]
        starts = hearing.per_moment * np.arange(count)
        windows = kept[starts[:, None] + np.arange(hearing.window)]
        x = _relu(_layer(weights, "stem", windows.reshape(count, hearing.window * hearing.size)))
        for block in range(len(hearing.dilations)):
            x = self._block(block, x)
        return x

    def _block(self, block: int, x: Float32) -> Float32:
        gap, count = self._hearing.dilations[block], len(x)
        line = np.concatenate([self._past[block], x])
        self._past[block] = line[count:]
        taps = [line[tap * gap : tap * gap + count] for tap in range(TAPS)]
        mixed = _relu(_layer(self._weights, f"block{block}.mix", np.concatenate(taps, axis=1)))
        return x + _layer(self._weights, f"block{block}.out", mixed)


class MotionDecoder:
    """Vectors of the encoder in, mouth coordinates out; remembers the mouth it gave last.

    Args:
        weights: of the network.
        reference: [K] coordinates of the mouth at rest, from which everything departs.

    Source:
        Drobyshev et al. 2024, EMOPortraits, supplement: z_n = MLP_b(z_0) + MLP_c(MLP_a(z_n-1),
        audio_n); here MLP_b adds to z_0, so that a rest never seen is kept nearly as it is.
    """

    def __init__(self, weights: Mapping[str, Float32], reference: Float32) -> None:
        self._weights = weights
        self._mouth = reference.astype(np.float32)
        self._base = np.zeros_like(self._mouth)
        self.rest_at(reference)

    def rest_at(self, reference: Float32) -> None:
        """Depart from another mouth [K] from now on."""
        hidden = _relu(_layer(self._weights, "base.0", reference))
        self._base = reference + _layer(self._weights, "base.1", hidden)

    def feed(self, heard: Float32) -> Float32:
        """Mouth coordinates [m, K] for encoder vectors [m, channels]."""
        mouths = np.empty((len(heard), len(self._mouth)), np.float32)
        for index, audio in enumerate(heard):
            self._mouth = self._base + self._departure(audio)
            mouths[index] = self._mouth
        return mouths

    def _departure(self, audio: Float32) -> Float32:
        weights = self._weights
        state = _relu(_layer(weights, "state.0", self._mouth))
        state = _relu(_layer(weights, "state.1", state))
        hidden = _relu(_layer(weights, "motion.0", np.concatenate([state, audio])))
        hidden = _relu(_layer(weights, "motion.1", hidden))
        return _layer(weights, "motion.2", hidden)


def viseme_scores(weights: Mapping[str, Float32], heard: Float32) -> Float32:
    """Scores [m, V] of the viseme classes for encoder vectors [m, channels]; the highest wins."""
    return _layer(weights, "visemes", heard)


def _layer(weights: Mapping[str, Float32], name: str, x: Float32) -> Float32:
    made: Float32 = x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return made


def _relu(x: Float32) -> Float32:
    return np.maximum(x, 0)
