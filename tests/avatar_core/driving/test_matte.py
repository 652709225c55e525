from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.matte import PersonMatte
from avatar_core.errors import ShapeError, WeightsError
from avatar_core.project import CropBox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def matte() -> PersonMatte:
    return PersonMatte(threads=1)


@pytest.mark.parametrize("head", [None, CropBox(130, 30, 200)])
def test_a_person_is_told_from_the_background(
    head: CropBox | None, matte: PersonMatte, astronaut: np.ndarray
) -> None:
    found = matte.of(astronaut, head)
    assert found.dtype == np.float32
    assert found.shape == astronaut.shape[:2]
    assert found[60:150, 200:250].min() > 0.95  # face
    assert found[400:450, 100:150].min() > 0.9  # suit
    assert found[:100, 320:370].max() < 0.05  # wall
    assert found[:140, :60].max() < 0.05  # flag
    assert found.min() >= 0
    assert found.max() <= 1


def test_an_empty_wall_is_nobody(matte: PersonMatte) -> None:
    assert matte.of(np.full((90, 160, 3), 128, np.uint8)).mean() < 0.1


def test_a_closer_look_leaves_no_seam_and_changes_nothing_far_away(
    matte: PersonMatte, astronaut: np.ndarray
) -> None:
    whole = matte.of(astronaut)
    closer = matte.of(astronaut, CropBox(150, 40, 120))
    difference = closer - whole
    looked_at = difference[10:190, 120:300]
    assert np.abs(looked_at).max() > 0.05
    assert not difference[190:].any()
    assert not difference[:, 300:].any()
    assert np.abs(difference[189]).max() < 0.05


@pytest.mark.parametrize("head", [CropBox(0, 0, 512), CropBox(500, 500, 12), CropBox(0, 496, 16)])
def test_heads_at_the_edges_are_looked_at_too(
    head: CropBox, matte: PersonMatte, astronaut: np.ndarray
) -> None:
    assert np.isfinite(matte.of(astronaut, head)).all()


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)],
)
def test_what_is_no_picture_is_refused(image: np.ndarray, matte: PersonMatte) -> None:
    with pytest.raises(ShapeError, match="image"):
        matte.of(image)


def test_another_model_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "matte.tflite"
    with pytest.raises(WeightsError, match="cannot be read"):
        PersonMatte(path)
    path.write_bytes(b"something else")
    with pytest.raises(WeightsError, match="another version") as caught:
        PersonMatte(path)
    assert "Reinstall" in caught.value.hint
