from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.whisper_encoder import WhisperEncoder, window_weights
from avatar_core.driving.speech.whisper_weights import WhisperWeights
from avatar_core.errors import Cancelled, ShapeError
from tests.avatar_core.driving.speech.toy_whisper import (
    reference_log_mel,
    reference_window,
    toy_encoder,
)

CONTEXT = 30


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return toy_encoder(context=CONTEXT)


@pytest.fixture(scope="module")
def encoder(arrays: dict[str, np.ndarray]) -> WhisperEncoder:
    return WhisperEncoder(WhisperWeights.of(arrays))


def noise(moments: float, seed: int = 3) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).normal(size=int(320 * moments))).astype("f4")


def reference(arrays: dict[str, np.ndarray], sound: np.ndarray) -> list[np.ndarray]:
    """What the reference hears in each window of a sound."""
    rows = reference_log_mel(np.concatenate([sound, np.zeros(320 * CONTEXT)]), 80)
    starts = [0]
    while 320 * (starts[-1] + CONTEXT) < len(sound):
        starts.append(starts[-1] + CONTEXT * 2 // 3)
    return [reference_window(arrays, rows[2 * start : 2 * (start + CONTEXT)]) for start in starts]


@pytest.mark.parametrize("seconds", [0.02, 0.35, 0.6])
def test_sounds_of_one_window_are_heard_as_published(
    arrays: dict[str, np.ndarray], encoder: WhisperEncoder, seconds: float
) -> None:
    sound = noise(50 * seconds)
    heard = encoder.vectors(sound)
    assert heard.shape == (np.ceil(len(sound) / 320), 128)
    (expected,) = reference(arrays, sound)
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(heard, expected[: len(heard)], atol=1e-4)


def test_thirty_seconds_at_once_are_heard_as_published() -> None:
    arrays = toy_encoder(width=64, layers=1, context=1_500, bands=128)
    encoder = WhisperEncoder(WhisperWeights.of(arrays))
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(3_000, 128)).astype("f4")
    np.testing.assert_allclose(encoder.window(rows), reference_window(arrays, rows), atol=1e-4)


def test_longer_sounds_are_heard_in_windows_that_hand_over(
    arrays: dict[str, np.ndarray], encoder: WhisperEncoder
) -> None:
    sound = noise(2.4 * CONTEXT)
    heard = encoder.vectors(sound)
    assert len(heard) == 72
    windows = reference(arrays, sound)
    assert len(windows) == 4
    # A third of a window is heard twice; the middle fifth of that is where both count.
    np.testing.assert_allclose(heard[:24], windows[0][:24], atol=1e-4)
    np.testing.assert_allclose(heard[24], 0.75 * windows[0][24] + 0.25 * windows[1][4], atol=1e-4)
    np.testing.assert_allclose(heard[26:44], windows[1][6:24], atol=1e-4)
    np.testing.assert_allclose(heard[66:], windows[3][6:12], atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 29, 30, 31, 50, 51, 70, 1_000])
def test_windows_count_one_in_all_everywhere(count: int) -> None:
    total, starts = np.zeros(count), []
    for start, weights in window_weights(count, CONTEXT):
        starts.append(start)
        total[start : start + len(weights)] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert len(starts) == max(1, int(np.ceil((count - 10) / 20)))


def test_no_sound_gives_no_vectors(encoder: WhisperEncoder) -> None:
    assert encoder.vectors(np.zeros(0, np.float32)).shape == (0, 128)


def test_it_tells_how_far_it_is_and_can_be_stopped(encoder: WhisperEncoder) -> None:
    told: list[tuple[int, int]] = []
    encoder.vectors(noise(75), lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def stop(done: int, of: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        encoder.vectors(noise(75), stop)


def test_pictures_of_another_size_are_refused(encoder: WhisperEncoder) -> None:
    with pytest.raises(ShapeError, match="rows"):
        encoder.window(np.zeros((60, 81), np.float32))
