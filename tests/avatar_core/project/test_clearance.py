"""Hair beneath a scalp."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.project.clearance import CLEARANCE_M, REACH_M, lifted

ACROSS = np.linspace(-0.05, 0.05, 41)
SCALP = np.array([(x, 0.0, z) for x in ACROSS for z in ACROSS], np.float32)
"""A level field of vertices, 2.5 mm apart, outside upwards."""
UP = np.tile(np.float32([0, 1, 0]), (len(SCALP), 1))


def heights(*wanted_m: float) -> np.ndarray:
    """Where Gaussians of these heights over the middle end up."""
    means = np.array([(0.001, height, 0.002) for height in wanted_m], np.float32)
    places = lifted(means, SCALP, UP)
    np.testing.assert_allclose(places[:, [0, 2]], means[:, [0, 2]], atol=1e-6)
    return places[:, 1]


def test_what_lies_beneath_comes_out_and_keeps_its_order() -> None:
    out = heights(-0.004, -0.001, 0.0, 0.001, 0.004)
    assert (np.diff(out) > 0).all()
    assert out[2] == pytest.approx(CLEARANCE_M, abs=1e-5)
    assert out.min() > 0


def test_what_stands_clear_stays() -> None:
    np.testing.assert_allclose(heights(0.005, 0.008, 0.2), [0.005, 0.008, 0.2], atol=1e-6)


def test_the_farthest_below_are_no_hair_of_this_scalp() -> None:
    deep = -(REACH_M + 0.002)
    assert heights(deep)[0] == pytest.approx(deep)


def test_a_scalp_without_normals_or_vertices_lifts_nothing() -> None:
    means = np.zeros((3, 3), np.float32)
    np.testing.assert_array_equal(lifted(means, SCALP, 0 * UP), means)
    none = np.zeros((0, 3), np.float32)
    np.testing.assert_array_equal(lifted(means, none, none), means)
    assert lifted(none, SCALP, UP).shape == (0, 3)


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="normals"):
        lifted(np.zeros((3, 3), np.float32), SCALP, UP[:5])
