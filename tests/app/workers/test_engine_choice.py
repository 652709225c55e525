from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from app.workers.engine_choice import WARP_WORDS, EngineChoice, choose_engine
from avatar_core.emoportraits.config import COMPACT
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    save_portrait_model,
)
from avatar_core.project import CropBox, Portrait, PortraitEngine, PortraitSettings

if TYPE_CHECKING:
    from pathlib import Path

_BY_MODEL = PortraitSettings(engine=PortraitEngine.MODEL)


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder of models, without any that come along."""
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path))
    monkeypatch.setattr(
        "avatar_core.io.portrait_models.bundled_models_folder", lambda: tmp_path / "bundled"
    )
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def portrait() -> Portrait:
    picture = np.zeros((32, 32, 3), np.uint8)
    landmarks = np.zeros((478, 3), np.float32)
    return Portrait("Ada", "", picture, CropBox(0, 0, 32), landmarks=landmarks)


def _save(models: Path, piece: str = "extra", **extra: np.ndarray) -> None:
    info = PortraitModelInfo("Fine", "Trained on rendered heads.", COMPACT.to_plain())
    arrays = {f"{piece}.{name}": array for name, array in extra.items()}
    arrays["generator.weight"] = np.zeros(3, np.float32)
    save_portrait_model(PortraitModelFile(info, arrays), models / "fine.safetensors")


def test_without_a_model_the_warp_is_the_best(portrait: Portrait) -> None:
    assert choose_engine(portrait, PortraitSettings()) == EngineChoice(WARP_WORDS)
    words = choose_engine(portrait, _BY_MODEL).words
    assert "no portrait model" in words
    assert "Import" in words


def test_an_imported_model_speaks_for_itself(models: Path, portrait: Portrait) -> None:
    _save(models)
    choice = choose_engine(portrait, PortraitSettings())
    assert choice == EngineChoice("Fine: Trained on rendered heads.")
    warp = choose_engine(portrait, PortraitSettings(engine=PortraitEngine.WARP))
    assert warp == EngineChoice(WARP_WORDS)


def test_its_sliders_are_counted(models: Path, portrait: Portrait) -> None:
    _save(models, **{"latent_basis.deviations": np.ones(7, np.float32)})
    assert choose_engine(portrait, _BY_MODEL).latents == 7


def test_a_second_stage_is_told(models: Path, portrait: Portrait) -> None:
    _save(models)
    assert not choose_engine(portrait, _BY_MODEL).has_detail
    _save(models, piece="enhancer", weight=np.ones(2, np.float32))
    assert choose_engine(portrait, _BY_MODEL).has_detail
    assert not choose_engine(portrait, PortraitSettings(engine=PortraitEngine.WARP)).has_detail


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_graphics_card_is_told(
    models: Path, portrait: Portrait, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setattr(
        "avatar_core.emoportraits.runtime.best_device", lambda: torch.device(device)
    )
    _save(models)
    assert choose_engine(portrait, _BY_MODEL).is_on_card is (device == "cuda")
    assert not choose_engine(portrait, PortraitSettings(engine=PortraitEngine.WARP)).is_on_card
