"""Takes and frames that panels are shown."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import MotionFrame, Take, TakeAudio


@pytest.fixture
def takes() -> list[Take]:
    """Two takes; the first has sound."""
    frames = [MotionFrame.from_units(step / 30, jawOpen=step / 60) for step in range(60)]
    sound = TakeAudio(np.full((16000, 1), 0.5, np.float32), 16000)
    return [
        Take.from_frames("Monologue", frames, 30, sound, id="first"),
        Take.from_frames("Smiles", frames[:30], 30, id="second"),
    ]
