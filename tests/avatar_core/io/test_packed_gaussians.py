from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.harmonics import seen_colours
from avatar_core.geometry import matrix_from_quat
from avatar_core.io.arrays import arrays_to_npz
from avatar_core.io.packed_gaussians import pack_gaussians, unpack_gaussians

if TYPE_CHECKING:
    from collections.abc import Callable

HAIRS = 2000


@pytest.fixture(scope="module")
def cloud() -> GaussianCloud:
    """Long, thin, view-dependent Gaussians all around a head."""
    rng = np.random.default_rng(4)
    quats = rng.standard_normal((HAIRS, 4)).astype(np.float32)
    sh = 0.1 * rng.standard_normal((HAIRS, 9, 3))
    sh[:, 0] = rng.uniform(-1.8, 1.8, (HAIRS, 3))
    return GaussianCloud(
        means=rng.uniform(-0.25, 0.25, (HAIRS, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=np.exp(rng.uniform(np.log(1e-5), np.log(0.05), (HAIRS, 3))).astype(np.float32),
        opacities=rng.random(HAIRS).astype(np.float32),
        sh=sh.astype(np.float32),
        flags=np.full(HAIRS, 1, np.uint8),
    )


@pytest.fixture(scope="module")
def again(cloud: GaussianCloud) -> GaussianCloud:
    return unpack_gaussians(pack_gaussians(cloud))


def test_places_are_kept_to_hundredths_of_a_millimetre(
    cloud: GaussianCloud, again: GaussianCloud
) -> None:
    # Half a step of a box of half a metre is 3.8 micrometres.
    assert np.abs(again.means - cloud.means).max() < 5e-6


def test_sizes_opacities_and_turns_are_kept(cloud: GaussianCloud, again: GaussianCloud) -> None:
    np.testing.assert_allclose(again.scales, cloud.scales, rtol=1e-3)
    np.testing.assert_allclose(again.opacities, cloud.opacities, atol=5e-4)
    turns, before = matrix_from_quat(again.quats), matrix_from_quat(cloud.quats)
    np.testing.assert_allclose(turns, before, atol=2e-4)
    np.testing.assert_allclose(np.linalg.norm(again.quats, axis=1), 1, atol=1e-6)
    assert not again.flags.any()


def test_no_colour_changes_by_a_display_value(cloud: GaussianCloud, again: GaussianCloud) -> None:
    rng = np.random.default_rng(5)
    directions = rng.standard_normal((HAIRS, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    seen = [seen_colours(each.sh, directions.astype(np.float32)) for each in (cloud, again)]
    assert np.abs(seen[0] - seen[1]).max() < 1 / 255


def test_a_hairstyle_of_30_000_gaussians_has_less_than_two_megabytes(cloud: GaussianCloud) -> None:
    size = len(arrays_to_npz(pack_gaussians(cloud)))
    assert size / HAIRS * 30_000 < 2e6


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_hair_comes_back(cloud: GaussianCloud, count: int) -> None:
    few = cloud.subset(slice(count))
    np.testing.assert_array_equal(unpack_gaussians(pack_gaussians(few)).means, few.means)


def test_what_no_half_can_hold_stays_a_number(cloud: GaussianCloud) -> None:
    wild = cloud.subset([0, 1])
    wild.scales[:] = [[1e-12, 1e3, 1], [1, 1, 1]]
    wild.sh[0, 0] = 1e30
    wild.quats[0] *= 7
    again = unpack_gaussians(pack_gaussians(wild))
    assert np.isfinite(again.sh).all()
    assert (again.scales > 0).all()
    np.testing.assert_allclose(again.quats[0], wild.quats[0] / 7, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("quats", lambda a: a[:-1]),
        ("means", lambda a: a.astype(np.float32)),
        ("means", lambda a: a.astype(np.int32) - 1),
        ("means_box", lambda a: a * np.nan),
        ("means_box", lambda a: a[::-1]),
        ("means_box", lambda a: a + 1e6),
        ("means_box", lambda a: a[0]),
        ("quats", lambda a: a * 0),
        ("quats", lambda a: a[:, :3]),
        ("scales_mm", lambda a: -a),
        ("scales_mm", lambda a: a * 0),
        ("opacities", lambda a: a + np.float16(1.5)),
        ("sh", lambda a: a[:, :3]),
        ("sh", lambda a: np.full_like(a, np.inf)),
    ],
)
def test_impossible_arrays_are_named(
    cloud: GaussianCloud, name: str, spoil: Callable[[Any], Any]
) -> None:
    arrays = pack_gaussians(cloud)
    with pytest.raises(ShapeError, match=name.removesuffix("_mm")):
        unpack_gaussians({**arrays, name: spoil(arrays[name])})
    del arrays[name]
    with pytest.raises(ShapeError, match=name):
        unpack_gaussians(arrays)
