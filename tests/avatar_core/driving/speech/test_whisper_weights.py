from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.speech.whisper_weights import WhisperShape, WhisperWeights, sinusoids
from avatar_core.errors import WeightsError
from tests.avatar_core.driving.speech.toy_whisper import in_hugging_face, toy_encoder


def test_both_kinds_of_files_hold_the_same_encoder() -> None:
    arrays = toy_encoder(layers=3)
    openai = WhisperWeights.of(arrays)
    hugging = WhisperWeights.of(in_hugging_face(arrays))
    assert openai.shape == hugging.shape == WhisperShape(80, 128, 3, 30)
    assert openai.sha256 == hugging.sha256
    assert openai.arrays.keys() == hugging.arrays.keys()
    assert "decoder.ln.weight" not in openai.arrays
    bare = {name.removeprefix("model."): array for name, array in in_hugging_face(arrays).items()}
    assert WhisperWeights.of(bare).sha256 == openai.sha256


def test_half_precision_is_the_same_encoder_and_other_values_are_another() -> None:
    arrays = toy_encoder()
    narrow = {name: array.astype(np.float16) for name, array in arrays.items()}
    assert WhisperWeights.of(narrow).sha256 == WhisperWeights.of(arrays).sha256
    arrays["encoder.conv1.bias"] = arrays["encoder.conv1.bias"] + 1
    assert WhisperWeights.of(narrow).sha256 != WhisperWeights.of(arrays).sha256


@pytest.mark.parametrize(
    ("bands", "width", "layers", "title"),
    [(80, 384, 4, "tiny"), (80, 512, 6, "base"), (128, 1_280, 32, "large"), (80, 64, 1, "64 x 1")],
)
def test_sizes_have_the_names_their_makers_gave(
    bands: int, width: int, layers: int, title: str
) -> None:
    assert WhisperShape(bands, width, layers, 1_500).title == title


def test_positions_that_are_left_out_are_sinusoids() -> None:
    arrays = toy_encoder(context=1_500, layers=1, width=64)
    kept = arrays.pop("encoder.positional_embedding")
    np.testing.assert_allclose(sinusoids(1_500, 64), kept, atol=1e-4)
    assert WhisperWeights.of(arrays).shape.context == 1_500


def test_a_file_without_an_encoder_is_refused() -> None:
    with pytest.raises(WeightsError, match="no encoder of Whisper"):
        WhisperWeights.of({"decoder.ln.weight": np.ones(4, np.float32)})
    with pytest.raises(WeightsError, match="no encoder of Whisper"):
        WhisperWeights.of({})


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("encoder.blocks.1.mlp.2.bias", None, r"blocks\.1\.mlp\.2\.bias"),
        ("encoder.conv2.weight", np.zeros((128, 128, 5), "f4"), r"conv2\.weight"),
        ("encoder.ln_post.bias", np.zeros(128, "i4"), r"ln_post\.bias"),
        ("encoder.conv1.bias", np.full(128, np.nan, "f4"), "no numbers"),
        ("encoder.conv1.weight", np.zeros((100, 80, 3), "f4"), "sizes that no Whisper"),
        ("encoder.conv1.weight", np.zeros((128, 40, 3), "f4"), "sizes that no Whisper"),
        ("encoder.conv1.weight", np.zeros((), "f4"), "sizes that no Whisper"),
        ("encoder.positional_embedding", np.zeros((9_000, 128), "f4"), "sizes that no Whisper"),
        ("encoder.positional_embedding", np.zeros((), "f4"), "sizes that no Whisper"),
        ("encoder.blocks.9.attn.query.weight", np.zeros((128, 128), "f4"), r"blocks\.2\."),
    ],
)
def test_what_is_wrong_with_an_encoder_is_named(
    name: str, array: np.ndarray | None, words: str
) -> None:
    arrays = toy_encoder()
    arrays.pop(name, None)
    if array is not None:
        arrays[name] = array
    with pytest.raises(WeightsError, match=words):
        WhisperWeights.of(arrays)
