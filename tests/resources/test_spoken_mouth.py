from __future__ import annotations

import numpy as np

from avatar_core.motion.mouth_space import spoken_space
from avatar_core.resources import resource_path
from avatar_core.training.speech_data import read_utterances


def test_the_mouths_of_all_bundled_utterances_lie_in_the_space_of_speech() -> None:
    spoken = read_utterances(resource_path("demo", "speech", "held_out"), "test")
    mouths = np.concatenate([utterance.weights for utterance in spoken]).astype(np.float64)
    space = spoken_space()
    off = mouths - mouths.mean(0)
    off -= off @ space.basis.T.astype(np.float64) @ space.basis
    assert np.sqrt((off**2).mean(0)).max() < 0.01
    values, _ = np.linalg.eigh(np.cov(mouths.T))
    np.testing.assert_allclose(space.scale, np.sqrt(values[::-1][:8]), rtol=1e-3)
