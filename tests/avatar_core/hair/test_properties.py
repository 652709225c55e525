"""What can be measured of Gaussians, and how often each value occurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.properties import PROPERTIES, HairProperty, histogram, property_values
from tests.avatar_core.hair.conftest import STEP_M

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def test_strands_tell_length_and_progress(known_hair: KnownHair, known_strands: Strands) -> None:
    length = property_values(known_hair.cloud, known_strands, HairProperty.LENGTH)
    progress = property_values(known_hair.cloud, known_strands, HairProperty.PROGRESS)
    np.testing.assert_allclose(length, known_hair.order * STEP_M, atol=1e-6)
    np.testing.assert_allclose(progress, known_hair.order / known_hair.order.max(), atol=1e-6)


def test_what_strands_would_tell_is_unknown_without_them(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    assert np.isnan(property_values(known_hair.cloud, None, HairProperty.LENGTH)).all()
    cloud = known_hair.cloud
    more = cloud.subset(np.append(np.arange(len(cloud)), 5))
    values = property_values(more, known_strands, HairProperty.PROGRESS)
    assert np.isnan(values[-1])
    assert np.isfinite(values[:-1]).all()


def test_opacity_size_and_lightness_are_the_gaussians_own() -> None:
    cloud = GaussianCloud(
        means=np.zeros((3, 3), np.float32),
        quats=np.zeros((3, 4), np.float32),
        scales=np.float32([[0.1, 0.3, 0.2], [0.5, 0.1, 0.1], [0.1, 0.1, 0.7]]),
        opacities=np.float32([0.2, 0.9, 0.4]),
        sh=sh_from_colours(np.float32([[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5]]), 4),
        flags=np.uint8([0, 0, DELETED]),
    )
    unknown = np.nan
    for measured, expected in (
        (HairProperty.OPACITY, [0.2, 0.9, unknown]),
        (HairProperty.SIZE, [0.3, 0.5, unknown]),
        (HairProperty.LIGHTNESS, [0, 1, unknown]),
    ):
        values = property_values(cloud, None, measured)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, expected, atol=1e-5)


def test_every_property_can_be_shown() -> None:
    assert set(PROPERTIES) == set(HairProperty)
    assert PROPERTIES[HairProperty.SIZE].written(0.00325) == "3.25 mm"
    assert PROPERTIES[HairProperty.OPACITY].written(0.5) == "50 %"


def test_a_histogram_counts_what_is_known() -> None:
    values = np.float32([0, 0.1, 0.9, 1.0, 1.0, np.nan])
    counts, edges = histogram(values, 4)
    np.testing.assert_array_equal(counts, [2, 0, 0, 3])
    np.testing.assert_allclose(edges, [0, 0.25, 0.5, 0.75, 1])
    counts, edges = histogram(values, 2, np.int32([1, 2, 5]))
    np.testing.assert_array_equal(counts, [1, 1])
    np.testing.assert_allclose(edges, [0.1, 0.5, 0.9])


@pytest.mark.parametrize("values", [np.zeros(0, np.float32), np.float32([np.nan, np.nan])])
def test_a_histogram_of_nothing_is_flat(values: np.ndarray) -> None:
    counts, edges = histogram(values, 8)
    np.testing.assert_array_equal(counts, np.zeros(8))
    np.testing.assert_allclose(edges, np.linspace(0, 1, 9))


def test_no_hair_has_no_values() -> None:
    for measured in HairProperty:
        assert len(property_values(GaussianCloud.empty(4), None, measured)) == 0
