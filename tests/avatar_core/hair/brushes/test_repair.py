"""The repairing brush: floaters go, bald spots are filled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brushes.repair import REPAIR
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.limits import living
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.conftest import RADIUS_M
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    canvas_of,
    head_of,
    lawn_on,
    paint,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def test_only_floaters_under_the_brush_go(known_hair: KnownHair) -> None:
    means = known_hair.cloud.means.copy()
    means[[5, 900]] = [[0.2, 0.2, 0.2], [-0.4, 0.3, 0.2]]
    cloud = replace(known_hair.cloud, means=means)
    canvas = HairCanvas(cloud, HairEdits(), head=head_of(known_hair))
    paint(canvas, REPAIR, means[[5]], 0.01)
    assert np.array_equal(np.flatnonzero(~living(canvas)), [5])
    assert canvas.count == len(cloud)
    assert_result_looks_alike(canvas)


def test_hair_grows_back_where_it_was_deleted(known_hair: KnownHair) -> None:
    means, in_spot = lawn_on()
    lawn = replace(known_hair.cloud.subset(slice(len(means))), means=means)
    canvas = HairCanvas(lawn, HairEdits(), head=head_of(known_hair))
    canvas.delete(np.flatnonzero(in_spot).astype(np.int32))
    paint(canvas, REPAIR, np.array([[0, RADIUS_M, 0]]), 0.02)
    added = canvas.means[len(lawn) :]
    assert len(added) > in_spot.sum() / 2
    assert np.linalg.norm(added - [0, RADIUS_M, 0], axis=1).max() < 0.02
    assert_out_of_head(canvas, known_hair)


def test_leaves_hair_that_is_as_it_should_be(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    paint(canvas, REPAIR, np.array([[0, -0.09, 0]]), 0.02)
    assert len(canvas.touched) == 0
