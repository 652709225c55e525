"""Parting: hair falls to the side it grows on, the line is bare, lengths are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.hair.parting import part
from tests.avatar_core.hair.conftest import RADIUS_M
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
)

if TYPE_CHECKING:
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

X_M, WIDTH_M = 0.024, 0.006
TOP = np.array([[X_M, 0.076, 0.045], [X_M, 0.087, -0.015]], np.float32)
"""A line on the ball, beside the roots of a lock that lies across it."""


@pytest.fixture
def parted(known_hair: KnownHair, known_strands: Strands) -> HairCanvas:
    canvas = canvas_of(known_hair, known_strands)
    part(canvas, TOP[0], TOP[1], WIDTH_M, 1.0)
    return canvas


def _over_the_line(means: np.ndarray) -> np.ndarray:
    """[n] which lie along the line and not far above the skin."""
    heights = np.linalg.norm(means, axis=1) - RADIUS_M
    return (means[:, 2] > -0.005) & (means[:, 2] < 0.04) & (means[:, 1] > 0) & (heights < 0.02)


def test_the_line_is_bare(known_hair: KnownHair, known_strands: Strands) -> None:
    """Right through the roots of a lock, whose strands all lay to one side."""
    middle = TOP - np.array([0.0085, 0, 0], np.float32)
    canvas = canvas_of(known_hair, known_strands)
    part(canvas, middle[0], middle[1], WIDTH_M, 1.0)
    amounts = [
        (_over_the_line(means) & (np.abs(means[:, 0] - middle[0, 0]) < 0.4 * WIDTH_M)).sum()
        for means in (known_hair.cloud.means, canvas.means)
    ]
    assert amounts[0] > 5
    assert amounts[1] == 0
    assert_result_looks_alike(canvas)


def test_hair_near_the_line_falls_to_the_side_it_grows_on(parted: HairCanvas) -> None:
    roots = parted.means.reshape(-1, 24, 3)[:, 0]
    curves = parted.means.reshape(-1, 24, 3)
    near = _over_the_line(roots) & (np.abs(roots[:, 0] - X_M) < 0.014)
    assert near.sum() > 3
    sides = np.sign(roots[near, 0] - X_M)[:, None]
    assert (sides * (curves[near][:, :12, 0] - X_M) > 0).all()
    gained = sides[:, 0] * (curves[near][:, 10, 0] - roots[near, 0])
    assert gained.min() > 0.016  # of 40 mm along the strand


def test_lengths_are_kept(known_hair: KnownHair, parted: HairCanvas) -> None:
    ratio = known_hair.lengths_m(parted.means) / known_hair.lengths_m(known_hair.cloud.means)
    assert np.median(ratio) == pytest.approx(1, abs=1e-4)
    assert (np.abs(ratio - 1) < 0.01).mean() > 0.9
    # At the line Gaussians are shortened to end there, so that their middles move along strands.
    assert ratio.min() > 0.95
    assert ratio.max() < 1.01


def test_stays_out_of_the_head(known_hair: KnownHair, parted: HairCanvas) -> None:
    assert_out_of_head(parted, known_hair)
    assert_result_looks_alike(parted)


def test_hair_far_from_the_line_stays(known_hair: KnownHair, parted: HairCanvas) -> None:
    roots = np.repeat(known_hair.cloud.means.reshape(-1, 24, 3)[:, 0], 24, axis=0)
    low = (roots[:, 1] < 0.02) & (known_hair.cloud.means[:, 1] < 0.05)
    assert low.sum() > 100
    assert_untouched(parted, low)


def test_goes_by_the_selection(known_hair: KnownHair, known_strands: Strands) -> None:
    selected = known_hair.cloud.means[:, 0] > 0
    canvas = canvas_of(known_hair, known_strands, selected)
    part(canvas, TOP[0], TOP[1], WIDTH_M, 1.0)
    assert_untouched(canvas, ~selected)


def test_of_no_strength_does_nothing(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    assert len(part(canvas, TOP[0], TOP[1], WIDTH_M, 0.0)) == 0


def test_works_without_a_head(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    assert len(part(canvas, TOP[0], TOP[1], WIDTH_M, 1.0)) > 100


def test_a_line_has_a_length(known_hair: KnownHair, known_strands: Strands) -> None:
    with pytest.raises(AssetError, match="length"):
        part(canvas_of(known_hair, known_strands), TOP[0], TOP[0], WIDTH_M, 1.0)
