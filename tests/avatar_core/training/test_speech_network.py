from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar_core.driving.speech.features import MELS
from avatar_core.driving.speech.network import (
    STEM,
    STEM_PAST,
    AudioEncoder,
    MotionDecoder,
    NetworkShape,
    viseme_scores,
)
from avatar_core.training.speech_network import SpeechNetwork

_SHAPE = NetworkShape(coordinates=5, visemes=10, channels=12, state=7, hidden=9)
_MOMENTS = 40


@pytest.fixture
def network() -> SpeechNetwork:
    torch.manual_seed(7)
    network = SpeechNetwork(_SHAPE)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.2)
        network.feature_mean.normal_()
        network.feature_scale.uniform_(1, 2)
    return network


def _arrays(network: SpeechNetwork) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in network.state_dict().items()}


def test_its_arrays_are_those_of_its_twin(network: SpeechNetwork) -> None:
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert shapes == _SHAPE.arrays()


@pytest.mark.parametrize("piece", [1, 2, 7, 2 * _MOMENTS + STEM])
def test_both_twins_say_the_same(network: SpeechNetwork, piece: int) -> None:
    rng = np.random.default_rng(7)
    features = rng.normal(size=(2 * _MOMENTS + STEM - 2 - STEM_PAST, MELS)).astype("f4")
    reference = rng.normal(size=5).astype("f4")
    weights = _arrays(network)
    encoder, decoder = AudioEncoder(weights), MotionDecoder(weights, reference)
    cuts = [features[start : start + piece] for start in range(0, len(features), piece)]
    live = np.concatenate([encoder.feed(cut) for cut in cuts])

    # Before the start there is the average feature, which is 0 once it is normalised.
    mean = np.repeat(weights["feature_mean"][None], STEM_PAST, axis=0)
    whole = torch.from_numpy(np.concatenate([mean, features]))[None]
    rest = torch.from_numpy(reference)[None]
    with torch.no_grad():
        heard = network.hear(whole)
        mouths = network.speak(heard, rest, rest)
        scores = network.visemes(heard)
    assert live.shape == (_MOMENTS, 12)
    np.testing.assert_allclose(live, heard[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(decoder.feed(live), mouths[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(viseme_scores(weights, live), scores[0].numpy(), atol=1e-4)


def test_nothing_heard_before_its_time(network: SpeechNetwork) -> None:
    rng = np.random.default_rng(7)
    features = rng.normal(size=(2 * _MOMENTS + STEM - 2, MELS)).astype("f4")
    later = features.copy()
    # Moment 10 ends its window with row 2 * 10 + STEM - 1.
    later[2 * 10 + STEM :] += 1
    with torch.no_grad():
        both = network.hear(torch.from_numpy(np.stack([features, later])))
    np.testing.assert_array_equal(both[0, :11].numpy(), both[1, :11].numpy())
    assert (both[0, 11] != both[1, 11]).any()


def test_an_untrained_mouth_rests() -> None:
    network = SpeechNetwork(_SHAPE)
    rest = torch.randn(2, 5)
    mouths = network.speak(torch.randn(2, 6, 12), rest, rest)
    torch.testing.assert_close(mouths, rest[:, None].expand(-1, 6, -1))
