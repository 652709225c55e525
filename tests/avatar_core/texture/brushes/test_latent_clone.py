from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import AssetError, ShapeError
from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.latent_clone import (
    LATENT_CLONE,
    LatentClone,
    LatentPairs,
    latent_clone,
)
from avatar_core.texture.ground import UvGround
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, SIZE, moved, stroke, texels_around

TARGET = moved(MIDDLE, 0, 80)
SIDE = 128


@pytest.fixture
def pairs() -> LatentPairs:
    atlas, _ = sheet_atlas()
    canvas = sheet_canvas(atlas)
    source = UvGround(atlas).place(MIDDLE)
    settings = PaintSettings(radius=12.0, tip=Tip(1.0), source=source, opacity=0.5)
    made = stroke(canvas, LATENT_CLONE, settings, TARGET, moved(TARGET, 20, 0))
    assert not canvas.dirty
    brush = made.brushes[0]
    assert isinstance(brush, LatentClone)
    return brush.pairs


def test_a_stroke_collects_what_is_copied_where(pairs: LatentPairs) -> None:
    within = texels_around(moved(TARGET, 10, 0), 9)

    assert np.isin(within, pairs.targets).all()
    assert (np.diff(pairs.targets) > 0).all()
    assert np.array_equal(pairs.sources, pairs.targets - 80 * SIZE)
    assert pairs.weights.max() == pytest.approx(0.5)
    assert pairs.weights.min() > 0


def test_the_neural_texture_takes_over_what_lies_at_the_source(pairs: LatentPairs) -> None:
    atlas, _ = sheet_atlas()
    grid = np.linspace(0, 1, SIDE)
    u, v = np.meshgrid(grid, grid)  # row 0 at the bottom: v = 0
    texture = np.stack([u, v, u * 0 + 3]).astype(np.float32)

    texels, deltas = latent_clone(texture, atlas, pairs)

    assert (np.diff(texels) > 0).all()
    assert len(texels) == pytest.approx(len(pairs.targets) * (SIDE / SIZE) ** 2, rel=0.1)
    rows, columns = np.divmod(texels, SIDE)
    across, down = grid[columns] * SIZE - TARGET[0] - 10, (1 - grid[rows]) * SIZE - TARGET[1]
    inside = np.hypot(across, down) < 8
    assert inside.sum() > 8
    # Half of the way (opacity) to a place 80 texels further up, to half a texel of the painting.
    assert np.allclose(deltas[inside, 0], 0, atol=0.5 / SIZE)
    assert np.allclose(deltas[inside, 1], 0.5 * 80 / SIZE, atol=0.5 / SIZE)
    assert np.allclose(deltas[:, 2], 0, atol=1e-6)


def test_where_nothing_was_copied_nothing_changes() -> None:
    atlas, _ = sheet_atlas()
    none = LatentPairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))

    texels, deltas = latent_clone(np.ones((4, SIDE, SIDE), np.float32), atlas, none)

    assert len(texels) == 0
    assert deltas.shape == (0, 4)


def test_textures_that_are_not_square_are_refused(pairs: LatentPairs) -> None:
    with pytest.raises(ShapeError, match="texture"):
        latent_clone(np.ones((4, 8, 9), np.float32), sheet_atlas()[0], pairs)


def test_without_a_place_to_copy_from_one_is_asked_for() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    with pytest.raises(AssetError, match="no place to copy from"):
        stroke(canvas, LATENT_CLONE, PaintSettings(radius=9.0), TARGET)
