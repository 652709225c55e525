"""How a speech style shapes what the network gives: amount, articulation, mood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.timing import FPS
from avatar_core.motion import UNIT_INDEX
from avatar_core.motion.mouth_space import IS_MOUTH_UNIT
from avatar_core.motion.speech_style import Mood, SpeechStyle

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_FACE_OF_MOOD: dict[Mood, dict[str, float]] = {
    Mood.NEUTRAL: {},
    Mood.HAPPY: {
        "mouthSmile": 0.3, "mouthDimple": 0.1, "cheekSquint": 0.2, "browOuterUp": 0.12,
    },
    Mood.SAD: {
        "mouthFrown": 0.3, "browInnerUp": 0.4, "mouthShrugLower": 0.1, "eyeSquint": 0.08,
    },
    Mood.ANGRY: {
        "browDown": 0.5, "noseSneer": 0.2, "mouthFrown": 0.12, "mouthStretch": 0.08,
        "eyeSquint": 0.2,
    },
}  # fmt: skip

_MUMBLED, _ARTICULATE = 0.5, 1.5
"""Size of the motion at both ends of the slider; 1 in its middle."""

_MUMBLING_S = 0.06
"""Time constant of lips that cannot be bothered."""


def face_of_mood(mood: Mood) -> Float32:
    """[52] weights of a face in a mood that does not speak."""
    weights = np.zeros(len(UNIT_INDEX), np.float32)
    for name, value in _FACE_OF_MOOD[mood].items():
        for unit in (name, f"{name}Left", f"{name}Right"):
            if unit in UNIT_INDEX:
                weights[UNIT_INDEX[unit]] = value
    return weights


def rest_of_mood(mood: Mood) -> Float32:
    """[52] the mouth of a mood alone, which speech departs from."""
    return np.where(IS_MOUTH_UNIT, face_of_mood(mood), np.float32(0))


class Styling:
    """Shapes mouths one after the other; what a mumbled mouth missed, it never makes up for.

    Args:
        style: how to speak; may be replaced while it goes on.
    """

    def __init__(self, style: SpeechStyle) -> None:
        self.style = style
        self._mouth: Float32 | None = None

    def apply(self, mouth: Float32, openness: float) -> Float32:
        """The face [52] of a moment.

        Args:
            mouth: [52] weights of the mouth as learned, in the mood's own rest.
            openness: 0..1 of the silence gate; 0 leaves the mouth at rest.
        """
        style = self.style
        face, rest = face_of_mood(style.mood), rest_of_mood(style.mood)
        departure = openness * style.amount * self._size() * (self._followed(mouth) - rest)
        return np.clip(face + departure, 0.0, 1.0).astype(np.float32)

    def _size(self) -> float:
        return _MUMBLED + (_ARTICULATE - _MUMBLED) * self.style.articulation

    def _followed(self, mouth: Float32) -> Float32:
        """The mouth, or where a sluggish one has got to."""
        sluggish_s = _MUMBLING_S * max(0.0, 1 - 2 * self.style.articulation)
        if self._mouth is None or sluggish_s == 0:
            self._mouth = mouth
        else:
            self._mouth = self._mouth + (1 - np.exp(-1 / (FPS * sluggish_s))) * (
                mouth - self._mouth
            )
        return self._mouth
