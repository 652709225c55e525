"""Which engine a portrait gets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avatar_core.errors import FaceNotFoundError, WeightsError
from avatar_core.exchange.portrait_engines import COMPILING, ModelWishes, PortraitEngines
from avatar_core.io.portrait_model_file import PortraitModelInfo
from avatar_core.io.portrait_models import PortraitModelEntry, bundled_models_folder
from avatar_core.project import CropBox, Portrait, PortraitEngine, PortraitSettings

_INFO = PortraitModelInfo("Model", "", {})
_BUNDLED = PortraitModelEntry(bundled_models_folder() / "portrait_compact.safetensors", _INFO)
_IMPORTED = PortraitModelEntry(Path("released.safetensors"), _INFO)


def _portrait(*, has_face: bool = True) -> Portrait:
    return Portrait(
        "Someone",
        "",
        np.zeros((32, 32, 3), np.uint8),
        CropBox(0, 0, 32),
        landmarks=np.zeros((478, 3), np.float32) if has_face else None,
    )


def _chosen(
    portrait: Portrait, engine: PortraitEngine, *entries: PortraitModelEntry
) -> PortraitModelEntry | None:
    engines = PortraitEngines(list_models=lambda: list(entries))
    return engines.chosen(portrait, PortraitSettings(engine=engine))


def test_the_best_is_an_imported_model_and_without_one_the_warp() -> None:
    assert _chosen(_portrait(), PortraitEngine.BEST, _IMPORTED, _BUNDLED) is _IMPORTED
    assert _chosen(_portrait(), PortraitEngine.BEST, _BUNDLED) is None


def test_the_engine_that_was_chosen_is_used() -> None:
    assert _chosen(_portrait(), PortraitEngine.MODEL, _BUNDLED) is _BUNDLED
    assert _chosen(_portrait(), PortraitEngine.WARP, _IMPORTED, _BUNDLED) is None


def test_a_picture_without_a_face_is_left_to_a_model() -> None:
    assert _chosen(_portrait(has_face=False), PortraitEngine.BEST, _BUNDLED) is _BUNDLED


def test_without_models_a_model_is_refused_and_the_warp_goes_on() -> None:
    assert _chosen(_portrait(), PortraitEngine.BEST) is None
    with pytest.raises(WeightsError, match="no portrait model"):
        _chosen(_portrait(), PortraitEngine.MODEL)
    engines = PortraitEngines(list_models=list)
    with pytest.raises(FaceNotFoundError, match="No face is known"):
        engines.open(_portrait(has_face=False), PortraitSettings(engine=PortraitEngine.WARP))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_model_is_loaded_again_when_it_is_to_run_otherwise(
    monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    asked: list[ModelWishes] = []

    def load(path: Path, notice: Any, wishes: ModelWishes) -> Any:
        asked.append(wishes)
        return SimpleNamespace(device=SimpleNamespace(type=device))

    monkeypatch.setattr("avatar_core.exchange.portrait_engines.load_runtime", load)
    said: list[str] = []
    engines = PortraitEngines(said.append)
    first = engines.runtime(_BUNDLED)
    assert engines.runtime(_BUNDLED) is first
    engines.wishes = ModelWishes(enhances=True, compiles=True)
    assert engines.runtime(_BUNDLED) is not first
    engines.runtime(_BUNDLED)
    assert asked == [ModelWishes(), engines.wishes]
    assert said == ([COMPILING] if device == "cuda" else [])
