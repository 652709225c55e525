from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.driving.speech.model_file import (
    NeededEncoder,
    SpeechModel,
    load_speech_model,
    read_speech_model,
    speech_model_bytes,
    write_speech_model,
)
from avatar_core.driving.speech.whisper_weights import WhisperWeights
from avatar_core.errors import AssetError, AvatarError, Cancelled, WeightsError
from avatar_core.exchange.speech_import import SpeechPart, import_speech, read_whisper
from avatar_core.io.safetensors_file import save_safetensors
from avatar_core.io.speech_files import (
    encoder_path,
    forget_user_speech,
    kept_encoders,
    user_speech_path,
)
from tests.avatar_core.driving.speech.toy_whisper import in_hugging_face, toy_encoder
from tests.avatar_core.io.faulty_disk import FaultyDisk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))


def openai_file(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    tensors = {name: torch.from_numpy(array).half() for name, array in arrays.items()}
    torch.save({"dims": {"n_mels": 80, "n_audio_state": 128}, "model_state_dict": tensors}, path)
    return path


def hugging_file(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    save_safetensors(in_hugging_face(arrays), {"format": "pt"}, path)
    return path


def whisper_speech(sha256: str) -> SpeechModel:
    """The bundled model's mouth, hearing through an encoder."""
    bundled = load_speech_model()
    shape = replace(bundled.shape, whisper=128)
    rng = np.random.default_rng(1)
    weights = {
        name: (0.1 * rng.normal(size=size)).astype("f4") for name, size in shape.arrays().items()
    }
    weights["feature_scale"] = np.ones(128, np.float32)
    return SpeechModel(shape, weights, bundled.space, {}, NeededEncoder(sha256, "128 x 2"))


def test_both_releases_give_the_same_encoder(tmp_path: Path) -> None:
    arrays = toy_encoder()
    of_openai = read_whisper(openai_file(tmp_path / "tiny.pt", arrays))
    of_hugging = read_whisper(hugging_file(tmp_path / "model.safetensors", arrays))
    assert of_openai.sha256 == of_hugging.sha256 == WhisperWeights.of(arrays).sha256
    torch.save(
        {name: torch.from_numpy(array) for name, array in in_hugging_face(arrays).items()},
        tmp_path / "pytorch_model.bin",
    )
    assert read_whisper(tmp_path / "pytorch_model.bin").sha256 == of_openai.sha256


def test_weights_that_were_saved_while_learning_are_weights_too(tmp_path: Path) -> None:
    arrays = toy_encoder()
    named = {f"encoder.{name.removeprefix('encoder.')}": array for name, array in arrays.items()}
    learning = {name: torch.nn.Parameter(torch.from_numpy(each)) for name, each in named.items()}
    torch.save(learning, tmp_path / "model.pt")
    assert read_whisper(tmp_path / "model.pt").sha256 == WhisperWeights.of(arrays).sha256


def test_an_encoder_is_kept_in_half_the_space_and_comes_back_whole(tmp_path: Path) -> None:
    arrays = toy_encoder(width=256)
    source = hugging_file(tmp_path / "model.safetensors", arrays)
    imported = import_speech(source)
    assert imported.part is SpeechPart.ENCODER
    assert imported.path == encoder_path(imported.sha256)
    assert imported.path.stat().st_size < 0.55 * source.stat().st_size
    assert kept_encoders() == {imported.sha256: "256 x 2"}
    assert read_whisper(imported.path).sha256 == imported.sha256


def test_a_speech_model_is_kept_and_says_what_it_lacks(tmp_path: Path) -> None:
    weights = read_whisper(hugging_file(tmp_path / "model.safetensors", toy_encoder()))
    write_speech_model(whisper_speech(weights.sha256), tmp_path / "mine.npz")
    before = import_speech(tmp_path / "mine.npz")
    assert before.part is SpeechPart.MODEL
    assert before.path == user_speech_path()
    assert weights.sha256[:12] in before.note
    import_speech(tmp_path / "model.safetensors")
    assert import_speech(tmp_path / "mine.npz").note == ""
    kept = read_speech_model(user_speech_path()).encoder
    assert kept == NeededEncoder(weights.sha256, "128 x 2")
    assert forget_user_speech()
    assert not forget_user_speech()


def test_the_bundled_kind_of_model_needs_nothing(tmp_path: Path) -> None:
    write_speech_model(load_speech_model(), tmp_path / "mine.npz")
    imported = import_speech(tmp_path / "mine.npz")
    assert (imported.note, imported.sha256) == ("", "")


@pytest.mark.parametrize("is_model", [True, False])
def test_who_stops_an_import_keeps_nothing(is_model: bool, tmp_path: Path) -> None:
    path = tmp_path / "mine"
    if is_model:
        path.write_bytes(speech_model_bytes(load_speech_model()))
    else:
        hugging_file(path, toy_encoder())

    def stop(fraction: float, _text: str) -> None:
        if fraction > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_speech(path, stop)
    assert not (tmp_path / "user").exists()


def test_a_full_disk_keeps_the_model_that_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_speech_model(load_speech_model(), tmp_path / "mine.npz")
    import_speech(tmp_path / "mine.npz")
    before = user_speech_path().read_bytes()
    write_speech_model(whisper_speech("0" * 64), tmp_path / "other.npz")
    FaultyDisk(first=2).install(monkeypatch)
    with pytest.raises(AssetError, match="disk is full"):
        import_speech(tmp_path / "other.npz")
    assert user_speech_path().read_bytes() == before
    assert list(user_speech_path().parent.iterdir()) == [user_speech_path()]


def _reaching(path: Path) -> None:
    torch.save({"encoder.conv1.weight": print}, path)


def _text(path: Path) -> None:
    path.write_bytes(b"hello")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _other(path: Path) -> None:
    torch.save({"generator.weight": torch.zeros(3)}, path)


def _of_nothing(path: Path) -> None:
    torch.save({"encoder.conv1.weight": torch.empty(4, 80, 3, device="meta")}, path)


def _list(path: Path) -> None:
    torch.save([torch.zeros(3)], path)


def _cut(path: Path) -> None:
    hugging_file(path, toy_encoder())
    path.write_bytes(path.read_bytes()[:-1_000])


def _cut_zip(path: Path) -> None:
    openai_file(path, toy_encoder())
    path.write_bytes(path.read_bytes()[:-1_000])


def _decoder_only(path: Path) -> None:
    save_safetensors({"model.decoder.ln.weight": np.ones(4, np.float32)}, {}, path)


@pytest.mark.parametrize(
    "make",
    [_reaching, _text, _empty, _other, _of_nothing, _list, _cut, _cut_zip, _decoder_only],
)
def test_bad_files_are_refused_in_words_and_nothing_is_kept(tmp_path: Path, make: object) -> None:
    path = tmp_path / "bad.bin"
    make(path)  # type: ignore[operator]
    with pytest.raises(AvatarError, match=r"bad\.bin") as refused:
        import_speech(path)
    assert refused.value.hint
    assert not list((tmp_path / "user").rglob("*.*"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AvatarError, match=r"none\.pt"):
        import_speech(tmp_path / "none.pt")


def test_a_damaged_speech_model_leaves_the_one_before(tmp_path: Path) -> None:
    write_speech_model(load_speech_model(), tmp_path / "mine.npz")
    import_speech(tmp_path / "mine.npz")
    kept = user_speech_path().read_bytes()
    with np.load(tmp_path / "mine.npz") as file:
        arrays = dict(file)
    del arrays["stem.bias"]
    np.savez(tmp_path / "worse.npz", allow_pickle=False, **arrays)
    with pytest.raises(WeightsError, match=r"stem\.bias"):
        import_speech(tmp_path / "worse.npz")
    assert user_speech_path().read_bytes() == kept
