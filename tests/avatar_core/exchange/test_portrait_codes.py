"""Sources that were encoded before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.model import model_arrays, model_config
from avatar_core.emoportraits.runtime import PortraitRuntime
from avatar_core.exchange.portrait_codes import keep_code, kept_codes_folder, with_kept_code
from avatar_core.exchange.portrait_engines import PortraitEngines
from avatar_core.io.array_cache import keep_arrays
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    save_portrait_model,
)
from avatar_core.io.portrait_models import PortraitModelEntry
from avatar_core.motion import MotionFrame
from avatar_core.project import (
    CropBox,
    Portrait,
    PortraitCode,
    PortraitEngine,
    PortraitSettings,
)
from tests.avatar_core.emoportraits.conftest import small_config as small_config

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.emoportraits.config import PortraitConfig
    from avatar_core.geometry import UInt8

_BY_MODEL = PortraitSettings(engine=PortraitEngine.MODEL)


@pytest.fixture
def portrait() -> Portrait:
    rng = np.random.default_rng(3)
    return Portrait(
        "Ada", "", rng.integers(0, 255, (40, 60, 3), dtype=np.uint8), CropBox(10, 2, 36),
        matte=np.full((40, 60), 255, np.uint8),
    )  # fmt: skip


@pytest.fixture
def code() -> PortraitCode:
    rng = np.random.default_rng(4)
    return PortraitCode(
        identity=rng.standard_normal((3, 2, 2)).astype(np.float32),
        canonical=rng.standard_normal((3, 2, 4, 4)).astype(np.float16),
        theta=np.eye(4, dtype=np.float32),
        latent=rng.standard_normal(5).astype(np.float32),
    )


def test_what_was_kept_comes_back_with_the_same_portrait(
    portrait: Portrait, code: PortraitCode, tmp_path: Path
) -> None:
    assert with_kept_code(portrait, "ab", tmp_path) is portrait
    keep_code(portrait, "ab", code, tmp_path)
    twin = replace(portrait, name="Another", picture=portrait.picture.copy())
    again = with_kept_code(twin, "ab", tmp_path).codes["ab"]
    for name in ("identity", "canonical", "theta", "latent"):
        found, wanted = getattr(again, name), getattr(code, name)
        np.testing.assert_array_equal(found, wanted)
        assert found.dtype == wanted.dtype


def test_whatever_encoding_looks_at_makes_it_another_one(
    portrait: Portrait, code: PortraitCode, tmp_path: Path
) -> None:
    keep_code(portrait, "ab", code, tmp_path)
    others = (
        portrait.with_box(CropBox(11, 2, 36)),
        replace(portrait, picture=portrait.picture // 2),
        replace(portrait, matte=None),
        replace(portrait, landmarks=np.zeros((478, 3), np.float32)),
    )
    assert all(not with_kept_code(each, "ab", tmp_path).codes for each in others)
    assert not with_kept_code(portrait, "cd", tmp_path).codes


def test_a_code_of_the_file_comes_first(
    portrait: Portrait, code: PortraitCode, tmp_path: Path
) -> None:
    keep_code(portrait, "ab", code, tmp_path)
    brought = replace(portrait, codes={"ab": replace(code, theta=2 * code.theta)})
    assert with_kept_code(brought, "ab", tmp_path) is brought
    both = with_kept_code(replace(portrait, codes={"cd": code}), "ab", tmp_path)
    assert set(both.codes) == {"ab", "cd"}


def test_a_few_of_them_are_kept(portrait: Portrait, code: PortraitCode, tmp_path: Path) -> None:
    for model in range(20):
        keep_code(portrait, f"{model}", code, tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 12
    assert with_kept_code(portrait, "19", tmp_path).codes


@pytest.mark.parametrize(
    "arrays",
    [
        {"theta": np.eye(4, dtype=np.float32)},
        {"identity": np.zeros(3, np.float32), "more": np.zeros(1)},
    ],
)
def test_nonsense_is_no_code(
    portrait: Portrait, tmp_path: Path, arrays: dict[str, np.ndarray]
) -> None:
    keep_code(portrait, "ab", PortraitCode(*_zeros()), tmp_path)
    (file,) = tmp_path.glob("*.npz")
    keep_arrays(tmp_path, file.stem, arrays)
    assert with_kept_code(portrait, "ab", tmp_path) is portrait


def test_it_lies_in_the_cache_of_the_user(
    portrait: Portrait, code: PortraitCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda _name: str(tmp_path))
    keep_code(portrait, "ab", code)
    assert len(list(kept_codes_folder().glob("*.npz"))) == 1
    assert with_kept_code(portrait, "ab").codes


def test_a_model_encodes_a_portrait_once(
    portrait: Portrait,
    small_config: PortraitConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second time is another start of the studio: nothing is known but what lies on disk."""
    entry = _saved(small_config, tmp_path)
    encoded: list[UInt8] = []
    encode = PortraitRuntime.encode
    monkeypatch.setattr(
        PortraitRuntime,
        "encode",
        lambda self, image, matte: encoded.append(image) or encode(self, image, matte),
    )
    heads = []
    for person in (portrait, portrait, portrait.with_box(CropBox(0, 0, 40))):
        engines = PortraitEngines(list_models=lambda: [entry], codes=tmp_path / "codes")
        performer = engines.open(person, _BY_MODEL)
        heads.append(performer.perform(MotionFrame(), _BY_MODEL).head)
    assert len(encoded) == 2
    assert heads[0] is not None
    assert heads[1] is not None
    # The volume is kept in float16, and some processors draw in bfloat16.
    assert np.abs(heads[0].astype(int) - heads[1]).mean() < 1.5


def _zeros() -> tuple[np.ndarray, ...]:
    return tuple(np.zeros(shape, np.float32) for shape in ((1, 1, 1), (1, 1, 1, 1), (4, 4), (1,)))


def _saved(small_config: PortraitConfig, folder: Path) -> PortraitModelEntry:
    """A model of few and random weights."""
    torch.manual_seed(5)
    config = replace(small_config, head_pose_width=8, head_pose_size=32)
    arrays = model_arrays(
        PortraitGenerator(config).eval(), HeadPoseNet("resnet18", 8, 32).eval(), half=False
    )
    info = PortraitModelInfo("Tiny", "", model_config(config))
    path = folder / "tiny.safetensors"
    return PortraitModelEntry(path, save_portrait_model(PortraitModelFile(info, arrays), path))
