"""How speech moves a face: plain values that a project stores and a driver of speech follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """What lies on a face while it speaks."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"


@dataclass(frozen=True, slots=True)
class SpeechStyle:
    """How speech is performed.

    Args:
        amount: factor on all that speech moves, 0..2.
        articulation: 0 (mumbled) .. 1 (articulate); 0.5 as the model learned it.
        mood: what lies on the face besides.
        mouth_share: how much of the mouth's coordinates speech takes in groups it shares with a
            driver that sees the face, 0..1. What speech never moves, such as a crooked smile, stays
            with that driver.
    """

    amount: float = 1.0
    articulation: float = 0.5
    mood: Mood = Mood.NEUTRAL
    mouth_share: float = 1.0
