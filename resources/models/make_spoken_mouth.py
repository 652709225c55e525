"""Makes spoken_mouth.npz, the mouth space of speech alone: run this to make it again.

Principal components of the mouths of the bundled utterances, which depart from a neutral face:
eight of them, as published, hold all of what these mouths do to within 0.01 of a weight. A speech
model's own space also holds the moods that it speaks in; this one leaves smiles to whoever sees
them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parents[1]))

from avatar_core.motion import MotionFrame  # noqa: E402
from avatar_core.motion.mouth_space import SPACE_ARRAYS, MouthSpace  # noqa: E402
from avatar_core.training.speech_data import read_utterances  # noqa: E402

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

SIZE = 8


MOVEMENTS = {
    "jaw open": {"jawOpen": 1},
    "pucker": {"mouthPucker": 1},
    "tongue": {"tongueOut": 1},
    "smile": {"mouthSmileLeft": 1, "mouthSmileRight": 1},
    "crooked smile": {"mouthSmileLeft": 1, "mouthSmileRight": -1},
    "frown": {"mouthFrownLeft": 1, "mouthFrownRight": 1},
}
"""Of which is told how much speech takes over."""


def spoken_mouths() -> Float32:
    """[T, 52] mouths of the bundled utterances."""
    spoken = read_utterances(_HERE.parent / "demo" / "speech" / "held_out", "test")
    return np.concatenate([utterance.weights for utterance in spoken])


def described(space: MouthSpace, mouths: Float32) -> str:
    """What a space holds of mouths [T, 52] and of single movements, in lines."""
    moved = mouths.astype(np.float64) - mouths.mean(0, dtype=np.float64)
    lost = moved - moved @ space.basis.T.astype(np.float64) @ space.basis
    lines = [
        f"of all mouths {100 * (1 - (lost**2).sum() / (moved**2).sum()):.2f} %",
        f"worst unit off by {np.sqrt((lost**2).mean(0)).max():.4f} (RMS)",
    ]
    for name, units in MOVEMENTS.items():
        movement = MotionFrame.from_units(**units).weights
        taken = space.exchanged(movement, 1.0)
        lines.append(f"of a {name} {float(taken @ movement / (movement @ movement)):.2f}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    spoken = spoken_mouths()
    space = MouthSpace.of(spoken, SIZE)
    sys.stdout.write(described(space, spoken))
    arrays = dict(zip(SPACE_ARRAYS, (space.mean, space.basis, space.scale), strict=True))
    np.savez(_HERE / "spoken_mouth.npz", allow_pickle=False, **arrays)
