"""CIEDE2000 against the published pairs, and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from avatar_core.mega.colour_difference import (
    delta_e_2000,
    difference_metric,
    display_difference,
    lab_from_display,
)

# Sharma, Wu, Dalal 2005, table 1: L a b, L a b, difference.
_PUBLISHED = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def test_the_published_pairs() -> None:
    pairs = np.array([line.split() for line in _PUBLISHED.strip().splitlines()], np.float64)
    assert len(pairs) == 34
    found = delta_e_2000(pairs[:, :3], pairs[:, 3:6])
    np.testing.assert_allclose(found, pairs[:, 6], atol=1e-4)


def test_display_colours_differ_as_an_independent_reference_says() -> None:
    colours = np.random.default_rng(2).random((2, 500, 3))
    expected = deltaE_ciede2000(rgb2lab(colours[0]), rgb2lab(colours[1]))
    np.testing.assert_allclose(display_difference(*colours), expected, atol=5e-3)
    np.testing.assert_allclose(lab_from_display(colours), rgb2lab(colours), atol=0.01)


def test_equal_colours_do_not_differ() -> None:
    greys = np.repeat(np.linspace(0, 1, 5)[:, None], 3, 1)
    np.testing.assert_allclose(display_difference(greys, greys), 0, atol=1e-9)
    assert display_difference(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)


def test_the_metric_tells_small_differences() -> None:
    rng = np.random.default_rng(4)
    colours = rng.uniform(0.2, 0.9, (200, 3))
    colours[:, 0] = np.maximum(colours[:, 0], colours[:, 2])  # blues are turned by CIEDE2000
    small = rng.normal(0, 0.003, (200, 3))
    told = 100 * np.linalg.norm(np.einsum("nij,nj->ni", difference_metric(colours), small), axis=-1)
    true = display_difference(colours, colours + small)
    assert np.median(np.abs(told / true - 1)) < 0.1


@pytest.mark.parametrize("colour", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
def test_the_metric_is_finite_at_the_ends(colour: tuple[float, float, float]) -> None:
    assert np.isfinite(difference_metric(np.array([colour]))).all()
