"""The cutting brush: what it passes falls, with what hangs on it; tips at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.hair.brushes.cut import CUT
from avatar_core.hair.limits import living
from tests.avatar_core.hair.shaped import (
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
    paint,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def _strand(hair: KnownHair, strand: int) -> np.ndarray:
    return hair.cloud.means[hair.strand == strand]


def test_cuts_what_it_passes_and_what_hangs_below(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    place = _strand(known_hair, 60)[10]
    paint(canvas, CUT, place[None], 0.003)
    fallen = ~living(canvas)
    assert fallen[(known_hair.strand == 60) & (known_hair.order >= 10)].all()
    assert not fallen[(known_hair.strand == 60) & (known_hair.order < 10)].any()
    near = np.linalg.norm(known_hair.cloud.means - place, axis=1) < 0.003
    spared = ~np.isin(known_hair.strand, known_hair.strand[near])
    assert_untouched(canvas, spared)
    assert_result_looks_alike(canvas)


def test_tips_are_made_once_for_a_stroke(known_hair: KnownHair, known_strands: Strands) -> None:
    """Resting on the hair does not wear its tips away."""
    place = _strand(known_hair, 60)[10]
    once, often = canvas_of(known_hair, known_strands), canvas_of(known_hair, known_strands)
    paint(once, CUT, place[None], 0.003, taper=0.012)
    paint(often, CUT, np.tile(place, (9, 1)), 0.003, taper=0.012)
    assert np.array_equal(once.scales, often.scales)
    assert np.array_equal(once.opacities, often.opacities)
    tip = (known_hair.strand == 60) & (known_hair.order == 9)
    assert once.opacities[tip] < 0.8


def test_goes_up_the_strand_with_the_pen(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    paint(canvas, CUT, _strand(known_hair, 60)[[20, 15, 8]], 0.003)
    left = living(canvas)[known_hair.strand == 60]
    assert np.array_equal(left, np.arange(24) < 8)


def test_cuts_only_the_selection(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, known_hair.strand == 60)
    paint(canvas, CUT, _strand(known_hair, 60)[[10]], 0.02)
    assert not living(canvas).all()
    assert_untouched(canvas, known_hair.strand != 60)


def test_cuts_nothing_in_the_air(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    paint(canvas, CUT, np.array([[0.5, 0.5, 0.5]]), 0.01)
    assert len(canvas.touched) == 0


@pytest.mark.parametrize("option", CUT.options)
def test_options_start_within_their_limits(option: object) -> None:
    assert option.low <= option.default <= option.high  # type: ignore[attr-defined]
