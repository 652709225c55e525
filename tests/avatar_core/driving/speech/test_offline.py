"""Whole sounds through a model that hears them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.speech.live import SpeechMotion
from avatar_core.driving.speech.offline import KnownFeatures, motion_of_sound
from avatar_core.errors import Cancelled, WeightsError
from avatar_core.motion import TakeAudio

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.speech.model_file import SpeechModel
    from avatar_core.geometry import Float32


class Encoder:
    """Hears nothing but one click, at a moment that it is told."""

    def __init__(self, click: int | None = None, sha256: str = "8" * 64) -> None:
        self.sha256 = sha256
        self.sounds: list[Float32] = []
        self._click = click

    def vectors(
        self, sound: Float32, progress: Callable[[int, int], None] | None = None
    ) -> Float32:
        self.sounds.append(sound)
        heard = np.zeros((-(-len(sound) // 320), 8), np.float32)
        if self._click is not None:
            heard[self._click] = 5
        if progress is not None:
            progress(1, 1)
        return heard


def weights(model: SpeechModel, sound: np.ndarray, encoder: Encoder, rate: int = 16_000) -> Float32:
    frames = motion_of_sound(TakeAudio(sound[:, None], rate), model, encoder=encoder)
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(len(frames)) / 50)
    return np.array([frame.weights for frame in frames])


def test_a_moment_hears_two_vectors_ahead(whisper_model: SpeechModel, babble: np.ndarray) -> None:
    silent = weights(whisper_model, babble, Encoder())
    clicked = weights(whisper_model, babble, Encoder(21))
    assert len(silent) == 100
    differs = np.flatnonzero((silent != clicked).any(axis=1))
    assert differs[0] == 19


def test_the_last_moments_are_spoken_too(whisper_model: SpeechModel, babble: np.ndarray) -> None:
    rates = [(babble, 16_000), (np.repeat(babble, 3), 48_000), (babble[:31_999], 16_000)]
    for sound, rate in rates:
        assert len(weights(whisper_model, sound, Encoder(), rate)) == 100
    last = weights(whisper_model, babble, Encoder(99)) != weights(whisper_model, babble, Encoder())
    assert last[97:].any()
    assert not last[:97].any()


def test_the_encoder_hears_the_whole_sound_at_its_own_rate(
    whisper_model: SpeechModel, babble: np.ndarray
) -> None:
    encoder = Encoder()
    broken = np.repeat(babble, 3)
    broken[1_000] = np.nan
    weights(whisper_model, broken, encoder, 48_000)
    (sound,) = encoder.sounds
    assert len(sound) == pytest.approx(32_000, abs=20)
    assert np.isfinite(sound).all()


def test_no_sound_gives_one_moment(whisper_model: SpeechModel) -> None:
    assert len(weights(whisper_model, np.zeros(0, np.float32), Encoder())) == 1


def test_features_come_as_their_sound_does() -> None:
    features = np.arange(20, dtype=np.float32)[:, None]
    silent = np.full(1, -1, np.float32)
    stream = KnownFeatures(features, 2, silent)
    pieces = [stream.feed(np.zeros(count, np.float32)) for count in (799, 1, 320, 5_000, 4_000)]
    assert [len(piece) for piece in pieces] == [0, 3, 1, 15, 13]
    given = np.concatenate(pieces)[:, 0]
    assert given[:20].tolist() == list(range(20))
    assert (given[20:] == -1).all()


def test_live_speech_is_refused(whisper_model: SpeechModel) -> None:
    with pytest.raises(WeightsError, match="needs the whole sound"):
        SpeechMotion(whisper_model)


@pytest.mark.parametrize("encoder", [None, Encoder(sha256="7" * 64)])
def test_another_encoder_is_refused(
    whisper_model: SpeechModel, babble: np.ndarray, encoder: Encoder | None
) -> None:
    audio = TakeAudio(babble[:, None], 16_000)
    with pytest.raises(WeightsError, match="Whisper tiny, 888888888888, which is not here"):
        motion_of_sound(audio, whisper_model, encoder=encoder)


def test_it_can_be_stopped_while_it_hears(whisper_model: SpeechModel, babble: np.ndarray) -> None:
    def stop(done: int, of: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        motion_of_sound(
            TakeAudio(babble[:, None], 16_000), whisper_model, progress=stop, encoder=Encoder()
        )
