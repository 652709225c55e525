"""The highlight brush: whole strands or none, always the same, more towards the tips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.hair.brush import BrushSettings, Dab, Falloff, Stroke
from avatar_core.hair.brushes import brush_kind
from avatar_core.hair.brushes.highlight import streak_weights
from avatar_core.hair.canvas import HairCanvas
from avatar_core.project.hair_edits import HairEdits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

BLOND = (0.79, 0.64, 0.41)


def _everywhere(canvas: HairCanvas, options: Mapping[str, float]) -> None:
    settings = BrushSettings(0.25, 1.0, Falloff.CONSTANT, options, BLOND)
    stroke = Stroke(brush_kind("highlight"), settings, canvas, is_mirrored=False)
    stroke.dab(
        Dab(np.zeros(3, np.float32), np.zeros(3, np.float32), np.float32([0, 0, -1]), 0.25, 1)
    )
    stroke.end()


def test_strands_are_painted_as_a_whole_or_not_at_all(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = HairCanvas(known_hair.cloud, HairEdits(), strands=known_strands)
    before = canvas.colours.copy()
    _everywhere(canvas, {"share": 0.4, "width": 0.001, "tips": 0.0})
    touched = np.isin(np.arange(canvas.count), canvas.touched).reshape(-1, 24)
    assert (touched.all(axis=1) | ~touched.any(axis=1)).all()
    assert 0.25 < touched[:, 0].mean() < 0.55
    left = np.repeat(~touched[:, 0], 24)
    np.testing.assert_array_equal(canvas.colours[left], before[left])


def test_another_stroke_goes_on_with_the_same_streaks(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    options = {"share": 0.3, "width": 0.002, "tips": 0.0}
    canvas = HairCanvas(known_hair.cloud, HairEdits(), strands=known_strands)
    _everywhere(canvas, options)
    first, colours = canvas.touched, canvas.colours.copy()
    _everywhere(canvas, options)
    np.testing.assert_array_equal(canvas.touched, first)
    np.testing.assert_allclose(canvas.colours, colours, atol=1e-5)


def test_a_larger_share_adds_strands_to_those_of_a_smaller(known_strands: Strands) -> None:
    few, more, all_ = (streak_weights(known_strands, share, 0.002) for share in (0.2, 0.6, 1.0))
    assert (more >= few).all()
    assert 0 < few.mean() < more.mean() < 1
    np.testing.assert_array_equal(all_, 1)
    np.testing.assert_array_equal(streak_weights(known_strands, 0.0, 0.002), 0)


def test_broad_streaks_hold_neighbours_together(known_strands: Strands) -> None:
    roots = known_strands.guides[:, 0]
    broad = streak_weights(known_strands, 0.5, 0.03).reshape(-1, 24)[:, 0]
    cells = np.floor(roots / np.float32(0.03)).astype(int)
    for cell in np.unique(cells, axis=0):
        together = broad[(cells == cell).all(axis=1)]
        assert np.ptp(together) == 0


def test_roots_are_left_out_as_far_as_asked(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = HairCanvas(known_hair.cloud, HairEdits(), strands=known_strands)
    before = canvas.colours.copy()
    _everywhere(canvas, {"share": 1.0, "width": 0.002, "tips": 1.0})
    change = np.linalg.norm(canvas.colours - before, axis=1)
    of_node = [change[known_hair.order == node].mean() for node in range(24)]
    assert of_node[0] == 0
    assert (np.diff(of_node) > -1e-3).all()
    whole = HairCanvas(known_hair.cloud, HairEdits(), strands=known_strands)
    _everywhere(whole, {"share": 1.0, "width": 0.002, "tips": 0.0})
    tips = known_hair.order == 23
    np.testing.assert_allclose(canvas.colours[tips], whole.colours[tips], atol=1e-5)


def test_streaks_need_strands(known_hair: KnownHair) -> None:
    canvas = HairCanvas(known_hair.cloud, HairEdits())
    with pytest.raises(AssetError, match="strands"):
        _everywhere(canvas, {})
    assert len(canvas.touched) == 0
