from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import (
    CLOUD_ARRAYS,
    DELETED,
    HIDDEN,
    LOCKED,
    SELECTED,
    degree_from_coefficients,
    joined,
)

if TYPE_CHECKING:
    from tests.avatar_core.gaussians.conftest import MakeCloud


@pytest.mark.parametrize(("coefficients", "degree"), [(1, 0), (4, 1), (9, 2), (16, 3)])
def test_degree_follows_the_coefficients(
    make_cloud: MakeCloud, coefficients: int, degree: int
) -> None:
    assert make_cloud(2, coefficients).degree == degree
    assert GaussianCloud.empty(coefficients).degree == degree


@pytest.mark.parametrize("coefficients", [0, 2, 3, 15, 25])
def test_other_numbers_of_coefficients_are_refused(coefficients: int) -> None:
    with pytest.raises(ShapeError, match=str(coefficients)):
        degree_from_coefficients(coefficients)


def test_arrays_that_disagree_are_named(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(3)
    with pytest.raises(ShapeError, match="opacities"):
        replace(cloud, opacities=np.zeros(2, np.float32))
    with pytest.raises(ShapeError, match="quats"):
        replace(cloud, quats=np.zeros((3, 3), np.float32))


def test_length_counts_gaussians(make_cloud: MakeCloud) -> None:
    assert len(make_cloud(5)) == 5
    assert len(GaussianCloud.empty()) == 0


@pytest.mark.parametrize(
    "index",
    [np.array([3, 1, 1]), np.array([True, False, True, False, False]), slice(1, 4)],
)
def test_subset_takes_the_same_rows_of_every_array(
    make_cloud: MakeCloud, index: np.ndarray | slice
) -> None:
    cloud = make_cloud(5, 4)
    part = cloud.subset(index)
    for name in CLOUD_ARRAYS:
        assert np.array_equal(getattr(part, name), getattr(cloud, name)[index])


def test_clouds_are_joined_in_order(make_cloud: MakeCloud) -> None:
    one, other = make_cloud(2, 4), make_cloud(5, 4)
    three = joined([one, other, one])
    for name in CLOUD_ARRAYS:
        arrays = [getattr(each, name) for each in (one, other, one)]
        assert np.array_equal(getattr(three, name), np.concatenate(arrays))
    assert one.followed_by(other).is_same_as(joined([one, other]))
    assert joined([one]).is_same_as(one)


@pytest.mark.parametrize("name", CLOUD_ARRAYS)
def test_clouds_are_the_same_when_every_number_is(make_cloud: MakeCloud, name: str) -> None:
    cloud = make_cloud(3, 4)
    changed = getattr(cloud, name).copy()
    changed[-1] += 1
    assert cloud.is_same_as(cloud.subset(slice(None)))
    assert not cloud.is_same_as(replace(cloud, **{name: changed}))
    assert not cloud.is_same_as(cloud.subset(slice(2)))


def test_moved_keeps_everything_else(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(2)
    moved = cloud.moved(cloud.means + 1, cloud.quats)
    assert np.array_equal(moved.means, cloud.means + 1)
    assert moved.sh is cloud.sh


def test_flags_are_separate_bits() -> None:
    assert SELECTED | HIDDEN | LOCKED | DELETED == SELECTED + HIDDEN + LOCKED + DELETED == 15
