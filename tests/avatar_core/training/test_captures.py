"""Captures: what is read, what may be missing, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.training.captures import open_capture
from avatar_core.training.recipes import read_capture_head

if TYPE_CHECKING:
    from pathlib import Path


def test_series_cameras_and_poses(capture_folder: Path) -> None:
    capture = open_capture(capture_folder)
    assert {name: len(frames) for name, frames in capture.series.items()} == {
        "hair": 3,
        "face": 6,
        "full": 6,
    }
    frame = capture.frames("face")[5]
    assert (frame.name, frame.expression_name, frame.has_hair) == ("face/00001_02", "open", False)
    assert frame.parameters.expression[17] == np.float32(0.8)
    centre, depth = frame.camera.project(np.zeros((1, 3), np.float32))
    np.testing.assert_allclose(centre[0], [16, 16], atol=1e-4)
    np.testing.assert_allclose(depth[0], 0.5, atol=1e-6)


def test_pictures_at_half_size(capture_folder: Path) -> None:
    capture = open_capture(capture_folder)
    picture = capture.picture(capture.frames("full")[0], (16, 16))
    assert picture.image.shape == (16, 16, 3)
    assert picture.image[0, 0].tolist() == [1, 1, 1]
    assert picture.image[10, 8, 0] > picture.image[10, 8, 2]  # red first
    assert picture.hair is not None
    assert picture.hair[3, 8] == 1
    assert picture.hair[10, 8] == 0
    assert picture.depth_m is not None
    np.testing.assert_allclose(picture.depth_m[8, 8], 0.4, atol=1e-6)


def test_missing_optional_parts_are_said(capture_folder: Path) -> None:
    for kind in ("depth", "parsing", "fg_masks"):
        for path in (capture_folder / "face" / kind).iterdir():
            path.unlink()
    capture = open_capture(capture_folder)
    assert len(capture.warnings) == 2
    picture = capture.picture(capture.frames("face")[0], (32, 32))
    assert picture.depth_m is None
    assert picture.hair is None
    assert picture.person.min() == 1


def test_folders_without_an_index_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no capture"):
        open_capture(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"frames": [{}]}', '{"frames": [[1]]}'])
def test_damaged_indices_are_refused(capture_folder: Path, text: str) -> None:
    (capture_folder / "transforms_face.json").write_text(text, encoding="utf-8")
    with pytest.raises(AssetError):
        open_capture(capture_folder)


def test_missing_and_truncated_pictures_are_named(capture_folder: Path) -> None:
    path = capture_folder / "full" / "images" / "00000_01.png"
    path.write_bytes(path.read_bytes()[:20])
    capture = open_capture(capture_folder)
    with pytest.raises(AssetError, match="00000_01"):
        capture.picture(capture.frames("full")[1], (32, 32))
    path.unlink()
    with pytest.raises(AssetError, match="missing"):
        open_capture(capture_folder)


@pytest.mark.parametrize("size", [0, 100])
def test_damaged_head_parameters_are_named(capture_folder: Path, size: int) -> None:
    path = capture_folder / "head_param" / "00001.npz"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(AssetError, match="00001"):
        open_capture(capture_folder)


@pytest.mark.parametrize("size", [0, 100])
def test_a_damaged_head_model_is_named(capture_folder: Path, size: int) -> None:
    path = capture_folder / "head_model.npz"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(AssetError, match="no readable head model"):
        read_capture_head(open_capture(capture_folder))


def test_impossible_cameras_are_refused(capture_folder: Path) -> None:
    path = capture_folder / "transforms_hair.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    index["frames"][0]["transform_matrix"] = np.zeros((4, 4)).tolist()
    path.write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(AssetError, match="incomplete"):
        open_capture(capture_folder)
