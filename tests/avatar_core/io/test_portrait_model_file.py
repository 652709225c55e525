"""Portrait model files: what they say, and what is said of others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    load_portrait_model,
    load_portrait_model_info,
    save_portrait_model,
)
from avatar_core.io.safetensors_file import load_safetensors, save_safetensors

if TYPE_CHECKING:
    from pathlib import Path

INFO = PortraitModelInfo(
    "Compact", "Trained on rendered heads.", {"image_size": 128}, {"weights": "CC0"}, {"seed": 3}
)
MODEL = PortraitModelFile(
    INFO,
    {
        "generator.a.weight": np.arange(6, dtype=np.float16).reshape(2, 3),
        "head_pose.fc.bias": np.ones(9, np.float32),
        "extra.motion": np.zeros(2, np.float32),
    },
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.safetensors"


def test_a_model_comes_back(path: Path) -> None:
    info = save_portrait_model(MODEL, path)
    assert replace(info, digest="") == INFO
    assert load_portrait_model_info(path) == info
    found = load_portrait_model(path)
    assert found.info == info
    assert list(found.piece("generator")) == ["a.weight"]
    assert found.piece("enhancer") == {}
    for name, array in MODEL.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


def test_the_digest_is_that_of_weights_and_sizes(path: Path) -> None:
    digest = save_portrait_model(MODEL, path).digest
    renamed = replace(MODEL, info=replace(INFO, name="Other", description="", provenance={}))
    assert save_portrait_model(renamed, path).digest == digest
    other = replace(MODEL, info=replace(INFO, config={"image_size": 256}))
    changed = replace(MODEL, arrays={**MODEL.arrays, "extra.motion": np.ones(2, np.float32)})
    digests = {save_portrait_model(model, path).digest for model in (MODEL, other, changed)}
    assert len(digests) == 3


def test_arrays_belong_to_a_piece(path: Path) -> None:
    with pytest.raises(ValueError, match="decoder"):
        save_portrait_model(replace(MODEL, arrays={"decoder.weight": np.ones(1)}), path)
    assert not path.exists()


def test_weights_of_others_are_no_model(path: Path) -> None:
    save_safetensors({"conv.weight": np.ones(3, np.float32)}, {"format": "pt"}, path)
    with pytest.raises(ProjectFormatError, match="not a portrait model"):
        load_portrait_model(path)


def _rewritten(path: Path, **changes: Any) -> None:
    save_portrait_model(MODEL, path)
    arrays, texts = load_safetensors(path)
    manifest = {**json.loads(texts["manifest"]), **changes}
    save_safetensors(
        {k: np.array(v) for k, v in arrays.items()}, {"manifest": json.dumps(manifest)}, path
    )


def test_newer_models_are_refused_in_words(path: Path) -> None:
    _rewritten(path, version=99)
    with pytest.raises(ProjectFormatError, match="newer release"):
        load_portrait_model(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 3}, {"description": "x" * 20_000}, {"config": []}, {"licences": {"a": 1}},
        {"licences": None}, {"provenance": "x"}, {"digest": None}, {"format": "other"},
    ],
)  # fmt: skip
def test_manifests_that_lie_are_refused(path: Path, changes: dict[str, Any]) -> None:
    _rewritten(path, **changes)
    with pytest.raises(AvatarError):
        load_portrait_model_info(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_manifests_that_are_none_are_refused(path: Path, text: str) -> None:
    save_safetensors({}, {"manifest": text}, path)
    with pytest.raises((AssetError, ProjectFormatError)):
        load_portrait_model(path)


def test_arrays_of_no_piece_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    info = PortraitModelInfo("A", "", {})
    save_portrait_model(PortraitModelFile(info, {"extra.a": np.zeros(1)}), path)
    path.write_bytes(path.read_bytes().replace(b"extra.a", b"extr_.a"))
    with pytest.raises(AssetError, match=r"'extr_.a', which is of no piece"):
        load_portrait_model(path)
