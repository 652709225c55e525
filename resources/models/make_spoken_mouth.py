"""Makes spoken_mouth.npz, the mouth space of speech alone: run this to make it again.

Principal components of the mouths of the bundled utterances, which depart from a neutral face:
eight of them, as published, hold all of what these mouths do to within 0.01 of a weight. A speech
model's own space also holds the moods that it speaks in; this one leaves smiles to whoever sees
them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parents[1]))

from avatar_core.motion.mouth_space import SPACE_ARRAYS, MouthSpace  # noqa: E402
from avatar_core.training.speech_data import read_utterances  # noqa: E402

SIZE = 8


def spoken_mouth() -> MouthSpace:
    """The space of the bundled utterances."""
    spoken = read_utterances(_HERE.parent / "demo" / "speech" / "held_out", "test")
    return MouthSpace.of(np.concatenate([utterance.weights for utterance in spoken]), SIZE)


if __name__ == "__main__":
    space = spoken_mouth()
    arrays = dict(zip(SPACE_ARRAYS, (space.mean, space.basis, space.scale), strict=True))
    np.savez(_HERE / "spoken_mouth.npz", allow_pickle=False, **arrays)
