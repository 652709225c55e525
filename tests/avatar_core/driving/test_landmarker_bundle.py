"""The tracker's model file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.driving import landmarker_bundle
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.errors import AssetError, WeightsError
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path


def test_holds_three_networks() -> None:
    bundle = load_landmarker_bundle()
    for content in (bundle.detector, bundle.landmarks, bundle.blendshapes):
        assert content[4:8] == b"TFL3"


def test_missing_file_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read") as caught:
        load_landmarker_bundle(tmp_path / "no.task")
    assert caught.value.hint


def test_missing_resource_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: str) -> Path:
        raise AssetError("gone")

    monkeypatch.setattr(landmarker_bundle, "resource_path", missing)
    with pytest.raises(WeightsError, match="cannot be read"):
        load_landmarker_bundle()


@pytest.mark.parametrize("keep", [0, 1000, -1])
def test_truncated_file_is_refused(tmp_path: Path, keep: int) -> None:
    content = resource_path("models", "face_landmarker.task").read_bytes()
    path = tmp_path / "cut.task"
    path.write_bytes(content[:keep])
    with pytest.raises(WeightsError, match=r"damaged.*cut\.task"):
        load_landmarker_bundle(path)


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        load_landmarker_bundle(tmp_path)
