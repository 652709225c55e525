from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.bench import budget_of
from avatar_core.bench.registry import BENCHES
from avatar_core.bench.speech import live, run, with_noise
from avatar_core.driving.speech.baseline import EnergyMotion
from avatar_core.driving.speech.live import SpeechMotion
from avatar_core.driving.speech.model_file import load_speech_model
from avatar_core.driving.speech.offline import motion_of_sound
from avatar_core.motion import TakeAudio
from avatar_core.resources import resource_path
from avatar_core.training.speech_data import Utterance, read_utterances
from tests.avatar_core.training.toy_speech import write_speech

if TYPE_CHECKING:
    from pathlib import Path

_JUDGED = ("viseme_accuracy", "viseme_accuracy_all", "closure_rate", "jaw_correlation", "lag_ms")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_speech(tmp_path / "speech", ("test", "train", "test"))


@pytest.fixture
def utterance(folder: Path) -> Utterance:
    return read_utterances(folder, "test")[0]


def test_all_its_numbers_beside_the_baseline(folder: Path) -> None:
    results = run(folder)
    for name in _JUDGED:
        assert np.isfinite(results[f"speech_{name}"])
        assert np.isfinite(results[f"speech_{name}_baseline"])
    assert results["speech_test_s"] == pytest.approx(4.8, abs=0.7)
    assert "speech" in BENCHES
    assert budget_of("speech_viseme_accuracy") is not None


def test_what_comes_live_is_what_is_judged(utterance: Utterance) -> None:
    heard = live(SpeechMotion(load_speech_model()), utterance, utterance.sound)
    frames = motion_of_sound(TakeAudio(utterance.sound[:, None], 16_000))
    count = len(utterance)
    assert heard.spoken.weights.shape == (count, 52)
    assert heard.spoken.scores.shape == (count, 10)
    offline = np.array([frame.weights for frame in frames[:count]])
    np.testing.assert_allclose(heard.spoken.weights, offline, atol=1e-4)
    # 50 ms ahead, and what the pieces of 20 ms and the resampler keep back; then computing.
    assert heard.waited_ms > 60


def test_loudness_alone_opens_the_jaw_for_loud_sounds(utterance: Utterance) -> None:
    heard = live(EnergyMotion(), utterance, utterance.sound)
    jaw = heard.spoken.weights[:, 17]
    loud = np.array([p.name == "aa" for p in utterance.phones])
    middles = [
        int(50 * (p.start_s + p.end_s) / 2)
        for p, is_loud in zip(utterance.phones, loud, strict=True)
        if is_loud
    ]
    assert jaw[middles].min() > 0.4
    assert jaw[3] < 0.1


def test_noise_lies_where_it_is_said_to(utterance: Utterance) -> None:
    noise = with_noise(utterance) - utterance.sound
    decibels = 10 * np.log10(2 * np.mean(utterance.sound**2) / np.mean(noise**2))
    assert decibels == pytest.approx(15, abs=0.3)


def test_voices_of_the_bundled_test_set_are_held_out() -> None:
    utterances = read_utterances(resource_path("demo", "speech", "held_out"), "test")
    assert 100 < sum(each.duration_s for each in utterances) < 200
    assert {each.voice.split("-")[0] for each in utterances} == {"flite", "espeak"}
    assert {each.voice for each in utterances if each.voice.startswith("flite")} == {"flite-rms"}
