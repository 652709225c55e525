"""How loud a stream of sound is, and when somebody speaks in it."""

from __future__ import annotations

import numpy as np

from avatar_core.driving.speech.timing import HOP, HOPS_PER_FRAME, LOOKAHEAD_HOPS
from avatar_core.geometry import Float32, expect_shapes

QUIETEST_DB = -90.0
"""What digital silence counts as."""

_FLOOR_MOST_DB = -25.0
_FLOOR_LEAST_DB = -75.0
_FLOOR_RISE_DB = 0.04
"""Each hop: 4 dB a second, so that a pause in speech puts the floor back before it gets there."""
_ABOVE_FLOOR_DB = 9.0
_FAINTEST_DB = -58.0

_HELD_HOPS = 14
"""A pause shorter than this is part of speech: the closure of a plosive lasts half as long."""
_OPENING, _CLOSING = 0.5, 0.12
"""Part of the way that the gate goes each moment: open within 60 ms, shut within 350 ms."""


class Levels:
    """Loudness of each 10 ms, in decibels of full scale."""

    def __init__(self) -> None:
        self._kept = np.zeros(0, np.float32)

    def feed(self, samples: Float32) -> Float32:
        """The levels [k] that samples [n], 16 kHz, complete."""
        expect_shapes(samples=(samples, "n"))
        kept = np.concatenate([self._kept, samples])
        count = len(kept) // HOP
        self._kept = kept[count * HOP :]
        hops = kept[: count * HOP].reshape(count, HOP)
        power = np.mean(hops * hops, axis=1)
        levels: Float32 = np.maximum(10 * np.log10(power + 1e-12), QUIETEST_DB).astype(np.float32)
        return levels


class SilenceGate:
    """How far speech may move the mouth, moment by moment: eases it shut when nobody speaks.

    The floor of noise is followed, so that a humming computer is silence too.
    """

    def __init__(self) -> None:
        self._floor_db = _FAINTEST_DB - _ABOVE_FLOOR_DB
        self._hops_since_speech = _HELD_HOPS
        self._hops = 0
        self._frames = 0
        self._openness = 0.0

    def feed(self, levels_db: Float32) -> Float32:
        """Openness [m], 0..1, of the moments that levels [k] complete.

        Moment n waits for level `2 n + LOOKAHEAD_HOPS - 1`, as the network does, and opens before
        a sound is heard.
        """
        opened = []
        for level in levels_db.tolist():
            self._hear(level)
            self._hops += 1
            if self._hops >= HOPS_PER_FRAME * self._frames + LOOKAHEAD_HOPS:
                self._frames += 1
                self._ease()
                opened.append(self._openness)
        return np.array(opened, np.float32)

    def _hear(self, level_db: float) -> None:
        is_speech = level_db > max(self._floor_db + _ABOVE_FLOOR_DB, _FAINTEST_DB)
        self._hops_since_speech = 0 if is_speech else self._hops_since_speech + 1
        floor = min(level_db, self._floor_db + _FLOOR_RISE_DB)
        self._floor_db = min(max(floor, _FLOOR_LEAST_DB), _FLOOR_MOST_DB)

    def _ease(self) -> None:
        if self._hops_since_speech < _HELD_HOPS:
            self._openness += _OPENING * (1 - self._openness)
        else:
            self._openness -= _CLOSING * self._openness
