"""Which model speaks a sound, and which speaks live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.speech.model_file import load_speech_model, write_speech_model
from avatar_core.errors import AvatarError
from avatar_core.exchange.speech_import import import_speech
from avatar_core.io.audio import save_wav
from avatar_core.io.speech_files import encoder_path, make_speech_folder, user_speech_path
from avatar_core.recording.performance import load_performance
from avatar_core.recording.speech_choice import encoder_of, speech_for_files, speech_for_live
from tests.avatar_core.driving.speech.toy_whisper import toy_encoder
from tests.avatar_core.exchange.test_speech_import import hugging_file, whisper_speech

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))


@pytest.fixture
def encoder_file(tmp_path: Path) -> Path:
    return hugging_file(tmp_path / "model.safetensors", toy_encoder(context=1_500))


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    times_s = np.arange(24_000) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * k * times_s) / k for k in range(1, 20))
    save_wav(tmp_path / "voice.wav", (0.1 * buzz)[:, None].astype("f4"), 16_000)
    return tmp_path / "voice.wav"


def import_both(encoder_file: Path, tmp_path: Path) -> None:
    sha256 = import_speech(encoder_file).sha256
    write_speech_model(whisper_speech(sha256), tmp_path / "mine.npz")
    import_speech(tmp_path / "mine.npz")


def test_the_bundled_model_speaks_where_nothing_was_imported() -> None:
    for choice in (speech_for_files(), speech_for_live()):
        assert (choice.model, choice.is_own, choice.note) == (load_speech_model(), False, "")
    assert encoder_of(load_speech_model()) is None


def test_an_own_model_of_the_same_kind_speaks_everywhere(tmp_path: Path) -> None:
    write_speech_model(load_speech_model(), tmp_path / "mine.npz")
    import_speech(tmp_path / "mine.npz")
    assert speech_for_files().is_own
    assert speech_for_live().is_own


def test_a_model_that_hears_through_whisper_speaks_files_and_is_refused_live(
    encoder_file: Path, tmp_path: Path, voice: Path
) -> None:
    plain = load_performance(str(voice))
    import_both(encoder_file, tmp_path)
    files, live = speech_for_files(), speech_for_live()
    assert files.is_own
    assert not live.is_own
    assert live.model is load_speech_model()
    assert live.note == (
        "Live speech takes the studio's own model: the imported one hears through Whisper, which"
        " needs whole sounds."
    )
    take = load_performance(str(voice))
    assert len(take) == len(plain) == 75
    assert np.abs(take.weights - plain.weights).max() > 0.05


def test_without_its_encoder_the_bundled_model_speaks_and_says_so(
    encoder_file: Path, tmp_path: Path, voice: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain = load_performance(str(voice))
    import_both(encoder_file, tmp_path)
    for path in (tmp_path / "user").rglob("whisper-*"):
        path.unlink()
    take = load_performance(str(voice))
    np.testing.assert_array_equal(take.weights, plain.weights)
    assert "Whisper 128 x 2, which is not imported" in caplog.text


def test_an_encoder_of_other_values_is_not_taken_for_it(encoder_file: Path, tmp_path: Path) -> None:
    import_both(encoder_file, tmp_path)
    needed = speech_for_files().model.encoder
    assert needed is not None
    path = encoder_path(needed.sha256)
    data = bytearray(path.read_bytes())
    data[-3] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(AvatarError, match="damaged"):
        encoder_of(speech_for_files().model)


def test_a_damaged_own_model_is_passed_over() -> None:
    make_speech_folder()
    user_speech_path().write_bytes(b"nothing")
    choice = speech_for_files()
    assert choice.model is load_speech_model()
    assert "damaged" in choice.note
