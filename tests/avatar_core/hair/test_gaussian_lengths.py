"""Gaussians get shorter where hair is bent, and long again where it is straightened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.gaussian_lengths import GaussianLengths, bends_of
from avatar_core.project.hair_edits import HairEdits

ROWS = np.array([5, 9], np.int32)


@pytest.fixture
def canvas(known_hair) -> HairCanvas:
    return HairCanvas(known_hair.cloud, HairEdits())


def test_a_circle_is_bent_by_one_over_its_radius():
    angles = np.linspace(0, 1.2, 16)
    circle = 0.05 * np.stack([np.cos(angles), np.sin(angles), np.zeros(16)], -1)
    bends = bends_of(circle[None].astype(np.float32))
    np.testing.assert_allclose(bends[0, 2:-2], 20, rtol=0.01)
    assert bends_of(np.zeros((0, 16, 3), np.float32)).shape == (0, 16)


def test_straight_hair_is_not_bent():
    line = np.zeros((2, 8, 3), np.float32)
    line[..., 1] = -0.004 * np.arange(8)
    np.testing.assert_allclose(bends_of(line), 0, atol=1e-3)


def test_gentle_bends_change_nothing_and_sharp_ones_shorten(canvas):
    # Of 3 mm, at 50 and 400 radians per metre: spans of 0.15 and 1.2 radians.
    lengths = GaussianLengths(canvas.edited).when_bent(ROWS, np.array([[0, 50], [0, 400]], "f4"))
    np.testing.assert_allclose(lengths, [1, 0.25], rtol=1e-5)


def test_only_the_long_axis_changes_and_by_the_mask(canvas, known_hair):
    canvas.mask[ROWS[1]] = 0.5
    GaussianLengths(canvas.edited).resize(canvas, ROWS, np.full(2, 0.4, np.float32))
    factors = canvas.scales[ROWS] / known_hair.cloud.scales[ROWS]
    np.testing.assert_allclose(factors, [[0.4, 1, 1], [0.7, 1, 1]], rtol=1e-5)
    assert canvas.touched.tolist() == ROWS.tolist()


def test_lengths_are_those_since_the_start_and_come_back(canvas, known_hair):
    lengths = GaussianLengths(canvas.edited)
    for share in (0.8, 0.4, 1.0):
        lengths.resize(canvas, ROWS, np.full(2, share, np.float32))
    np.testing.assert_allclose(canvas.scales[ROWS], known_hair.cloud.scales[ROWS], rtol=1e-5)


def test_the_next_stroke_makes_them_as_long_as_they_were_and_no_longer(canvas, known_hair):
    GaussianLengths(canvas.edited).resize(canvas, ROWS, np.full(2, 0.5, np.float32))
    later = HairCanvas(known_hair.cloud, canvas.result())
    straightened = np.array([[400, 0], [400, 0]], np.float32)
    lengths = GaussianLengths(later.edited).when_bent(ROWS, straightened)
    np.testing.assert_allclose(lengths, 2, rtol=1e-5)
    untouched = GaussianLengths(canvas.edited).when_bent(ROWS + 1, straightened)
    np.testing.assert_allclose(untouched, 1)


def test_the_long_axis_may_be_any(known_hair):
    cloud = replace(known_hair.cloud, scales=known_hair.cloud.scales[:, [1, 2, 0]].copy())
    canvas = HairCanvas(cloud, HairEdits())
    GaussianLengths(canvas.edited).resize(canvas, ROWS, np.full(2, 0.1, np.float32))
    factors = canvas.scales[ROWS] / cloud.scales[ROWS]
    np.testing.assert_allclose(factors, [[1, 1, 0.1], [1, 1, 0.1]], rtol=1e-5)
