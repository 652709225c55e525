"""The growing brush: longer, with Ctrl shorter, down to a floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brushes.grow import GROW
from avatar_core.hair.limits import living
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
    paint,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def _middle(hair: KnownHair) -> np.ndarray:
    return hair.cloud.means[(hair.lock == 15) & (hair.order == 12)].mean(axis=0)[None]


def test_hair_under_it_gets_longer(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    place = _middle(known_hair)
    paint(canvas, GROW, place, 0.01)
    ratio = known_hair.lengths_m(canvas.means) / known_hair.lengths_m(known_hair.cloud.means)
    away = np.linalg.norm(known_hair.cloud.means - place, axis=1).reshape(-1, 24).min(axis=1)
    assert ratio[away < 0.003].min() > 1.03
    assert_untouched(canvas, np.repeat(away >= 0.01, 24))
    assert_out_of_head(canvas, known_hair)
    assert_result_looks_alike(canvas)


def test_ctrl_shortens_from_the_tips(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    strand = known_hair.cloud.means[known_hair.strand == 77]
    paint(canvas, GROW, np.tile(strand[12], (5, 1)), 0.01, is_inverted=True)
    left = living(canvas)[known_hair.strand == 77]
    # Five samples take 1.06^5 off a length of 92 mm.
    assert np.array_equal(left, np.arange(24) * 0.004 <= 0.092 / 1.06**5)
    assert_untouched(canvas, known_hair.order < 10)
    assert_result_looks_alike(canvas)


def test_tips_are_made_once_for_a_stroke(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    strand = known_hair.cloud.means[known_hair.strand == 77]
    paint(canvas, GROW, np.tile(strand[2], (40, 1)), 0.01, is_inverted=True, least=0.05)
    tip = canvas.opacities[known_hair.strand == 77][12]
    assert 0.5 * 0.8 <= tip < 0.8


def test_does_not_shorten_below_the_floor(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    strand = known_hair.cloud.means[known_hair.strand == 77]
    paint(canvas, GROW, np.tile(strand[2], (80, 1)), 0.01, is_inverted=True, least=0.05)
    left = living(canvas)[known_hair.strand == 77]
    assert np.array_equal(left, np.arange(24) * 0.004 <= 0.05)


def test_goes_by_the_selection(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, known_hair.strand == 77)
    paint(canvas, GROW, _middle(known_hair), 0.2)
    assert len(canvas.touched) > 0
    assert_untouched(canvas, known_hair.strand != 77)


def test_does_nothing_in_the_air(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    paint(canvas, GROW, np.array([[1, 1, 1]]), 0.01)
    assert len(canvas.touched) == 0
