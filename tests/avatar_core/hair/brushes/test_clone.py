"""The clone brush: what lies around a place chosen before, where the brush passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.hair.brush import BrushSettings, Dab, Stroke
from avatar_core.hair.brushes.clone import CLONE, SOURCE
from tests.avatar_core.hair.shaped import (
    FORWARDS,
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
    paint,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

CHIN = np.array([0.0, -0.03, 0.088], np.float32)


def _source(hair: KnownHair) -> np.ndarray:
    return hair.cloud.means[(hair.lock == 20) & (hair.order == 6)].mean(axis=0)


def _options(place: np.ndarray) -> dict[str, float]:
    return dict(zip(SOURCE, map(float, place), strict=True))


def test_copies_what_is_around_the_source(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    source = _source(known_hair)
    around = np.linalg.norm(known_hair.cloud.means - source, axis=1) < 0.012
    paint(canvas, CLONE, CHIN[None], 0.012, **_options(source))
    added = np.arange(len(known_hair.cloud), canvas.count)
    assert len(added) == around.sum() > 10
    assert np.linalg.norm(canvas.means[added] - CHIN, axis=1).max() < 0.03
    assert_untouched(canvas, np.arange(len(known_hair.cloud)))
    assert_out_of_head(canvas, known_hair)
    assert_result_looks_alike(canvas)


def test_resting_makes_no_doubles(known_hair: KnownHair, known_strands: Strands) -> None:
    one, other = (canvas_of(known_hair, known_strands) for _ in range(2))
    paint(one, CLONE, CHIN[None], 0.012, **_options(_source(known_hair)))
    paint(other, CLONE, np.tile(CHIN, (5, 1)), 0.012, **_options(_source(known_hair)))
    assert one.count == other.count


def test_the_source_moves_with_the_brush(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    steps = np.linspace(0, 0.02, 5)[:, None] * np.array([1, 0, 0])
    paint(canvas, CLONE, CHIN + steps, 0.012, **_options(_source(known_hair)))
    parents = np.arange(len(known_hair.cloud), canvas.count)
    resting = canvas_of(known_hair, known_strands)
    paint(resting, CLONE, CHIN[None], 0.012, **_options(_source(known_hair)))
    assert canvas.count > resting.count
    places = np.round(canvas.means[parents], 6)
    assert len(np.unique(places, axis=0)) == len(parents)


def test_says_what_to_do_while_there_is_no_source(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    with pytest.raises(AssetError) as error:
        paint(canvas, CLONE, CHIN[None], 0.012, source_x=float("nan"))
    assert "Alt-click" in error.value.hint
    assert canvas.count == len(known_hair.cloud)


def test_copies_nothing_from_where_nothing_is(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    paint(canvas, CLONE, CHIN[None], 0.012, **_options(np.array([0.3, 0.3, 0.3])))
    assert canvas.count == len(known_hair.cloud)


def test_a_mirrored_stroke_copies_from_both_sides(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    flip = np.array([-1, 1, 1], np.float32)
    target = np.array([0.04, -0.03, 0.075], np.float32)
    source = _source(known_hair)
    options = _options(source)
    there = known_hair.cloud.means
    around = [np.linalg.norm(there - each, axis=1) < 0.012 for each in (source, flip * source)]
    assert around[0].sum() != around[1].sum() > 3
    canvas = canvas_of(known_hair, known_strands)
    stroke = Stroke(CLONE, BrushSettings(0.012, 1.0, options=options), canvas, is_mirrored=True)
    stroke.dab(Dab(target, 0 * target, FORWARDS, 0.012, 1.0))
    stroke.end()
    added = canvas.means[len(there) :]
    assert (added[:, 0] > 0).sum() == around[0].sum()
    assert (added[:, 0] < 0).sum() == around[1].sum()
    assert options == _options(source)
