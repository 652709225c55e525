from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.driving.speech.model_file import NeededEncoder, SpeechModel
from avatar_core.driving.speech.network import NetworkShape
from avatar_core.driving.speech.visemes import Viseme
from avatar_core.motion.mouth_space import IS_MOUTH_UNIT, MouthSpace

SHAPE = NetworkShape(coordinates=6, visemes=len(Viseme), channels=16, state=8, hidden=12)


@pytest.fixture
def tiny_model() -> SpeechModel:
    """Weights by chance: what it says makes no sense, but depends on all it hears."""
    rng = np.random.default_rng(7)
    weights = {
        name: (rng.normal(size=shape) * (0.6 / np.sqrt(shape[-1]))).astype("f4")
        for name, shape in SHAPE.arrays().items()
    }
    weights["feature_mean"] = np.full(40, -3, np.float32)
    weights["feature_scale"] = np.full(40, 3, np.float32)
    mouths = np.where(IS_MOUTH_UNIT, rng.uniform(size=(50, 52)), 0).astype("f4")
    return SpeechModel(SHAPE, weights, MouthSpace.of(mouths, SHAPE.coordinates), {"label": "tiny"})


@pytest.fixture
def whisper_model() -> SpeechModel:
    """The same through eight numbers of a made-up encoder, whose fingerprint is all eights."""
    shape = replace(SHAPE, whisper=8)
    rng = np.random.default_rng(8)
    weights = {
        name: (rng.normal(size=size) * (0.6 / np.sqrt(size[-1]))).astype("f4")
        for name, size in shape.arrays().items()
    }
    weights["feature_mean"] = np.zeros(8, np.float32)
    weights["feature_scale"] = np.ones(8, np.float32)
    mouths = np.where(IS_MOUTH_UNIT, rng.uniform(size=(50, 52)), 0).astype("f4")
    space = MouthSpace.of(mouths, SHAPE.coordinates)
    return SpeechModel(shape, weights, space, {"label": "tiny"}, NeededEncoder("8" * 64, "tiny"))


@pytest.fixture
def babble() -> np.ndarray:
    """Two seconds at 16 kHz: a buzz that swells and rests."""
    times_s = np.arange(32_000) / 16_000
    swell = np.clip(np.sin(2 * np.pi * 1.5 * times_s), 0, 1)
    buzz = sum(np.sin(2 * np.pi * 120 * k * times_s) / k for k in range(1, 20))
    return (0.1 * swell * buzz).astype("f4")
