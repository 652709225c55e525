from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry import quat_from_axis_angle
from avatar_core.hair.strands import Strands, build_strands


@pytest.fixture(scope="module")
def strands(known_hair) -> Strands:
    return build_strands(known_hair.cloud, known_hair.scalp, known_hair.scalp_normals)


def places_on_guides(strands: Strands) -> np.ndarray:
    """[N, 4, 3] where on its guides each Gaussian hangs."""
    last = strands.guides.shape[1] - 1
    low = np.minimum(strands.places.astype(int), last - 1)
    share = (strands.places - low)[..., None]
    ids = strands.guide_ids
    return (1 - share) * strands.guides[ids, low] + share * strands.guides[ids, low + 1]


def assert_sound(strands: Strands, count: int) -> None:
    """Whatever the hair: numbers, unit vectors, shares that add up, rows that exist."""
    for field in fields(strands):
        assert np.isfinite(getattr(strands, field.name)).all(), field.name
    guides, nodes, _ = strands.guides.shape
    assert guides >= 1
    assert 0 <= strands.guide_ids.min() <= strands.guide_ids.max() < guides
    assert strands.places.min() >= 0
    assert strands.places.max() <= nodes - 1
    np.testing.assert_allclose(strands.shares.sum(axis=1), 1, atol=1e-5)
    assert strands.shares.min() >= 0
    np.testing.assert_allclose(np.linalg.norm(strands.tangents, axis=1), 1, atol=1e-5)
    assert strands.progress.min() >= 0
    assert strands.progress.max() <= 1 + 1e-6
    assert len(strands.depths_m) == len(strands.neighbours) == count
    if strands.neighbours.size:
        assert 0 <= strands.neighbours.min() <= strands.neighbours.max() < count
        assert (strands.neighbours != np.arange(count)[:, None]).all()
    assert 0 <= strands.node_rows.min() <= strands.node_rows.max() < count


def test_tangents_run_from_root_to_tip(known_hair, known_strands, strands):
    assert_sound(strands, len(known_hair.cloud))
    cosines = (strands.tangents * known_strands.tangents).sum(axis=1)
    assert cosines.min() > 0.5
    assert np.mean(cosines) > 0.99


def test_depths_grow_along_the_true_strands(known_hair, known_strands, strands):
    correlation = np.corrcoef(strands.depths_m, known_strands.depths_m)[0, 1]
    assert correlation > 0.95
    # A root lies 2 mm above the ball, and steps are 4 mm.
    roots = known_hair.order == 0
    assert np.median(strands.depths_m[roots]) == pytest.approx(0.002, abs=0.001)
    tips = known_hair.order == 23
    assert np.median(strands.depths_m[tips]) == pytest.approx(0.094, abs=0.01)


def test_progress_runs_from_the_root_to_the_tip_of_each_strand(known_hair, strands):
    progress = strands.progress.reshape(-1, 24)
    assert np.median(progress[:, 0]) < 0.08
    assert np.median(progress[:, -1]) > 0.9
    assert np.mean(np.diff(progress, axis=1) > 0) > 0.9


def test_hair_hangs_on_guides_close_by_that_run_as_it_does(known_hair, known_strands, strands):
    on_guides = places_on_guides(strands)[:, 0]
    away = np.linalg.norm(on_guides - known_hair.cloud.means, axis=1)
    assert np.percentile(away, 90) < 0.004

    runs = np.gradient(strands.guides, axis=1)
    runs /= np.linalg.norm(runs, axis=2, keepdims=True)
    nearest = np.round(strands.places[:, 0]).astype(int)
    cosines = (runs[strands.guide_ids[:, 0], nearest] * known_strands.tangents).sum(axis=1)
    assert np.percentile(cosines, 10) > 0.9


def test_guides_begin_at_the_scalp_and_are_even(strands):
    lengths = np.linalg.norm(np.diff(strands.guides, axis=1), axis=2)
    np.testing.assert_allclose(lengths / lengths.mean(axis=1, keepdims=True), 1, atol=0.15)
    heights = np.linalg.norm(strands.guides[:, 0], axis=1) - 0.09
    assert np.percentile(heights, 90) < 0.006
    assert 80 <= len(strands.guides) <= 2000


def test_nodes_are_told_by_the_gaussians_around_them(known_hair, strands):
    around = known_hair.cloud.means[strands.node_rows]
    away = np.linalg.norm(around - strands.guides[:, :, None], axis=3)
    assert np.percentile(away, 90) < 0.012
    assert strands.node_rows.shape[2] == 8


def test_neighbours_are_the_nearest_in_order(known_hair, known_strands, strands):
    means = known_hair.cloud.means
    away = np.linalg.norm(means[strands.neighbours] - means[:, None], axis=2)
    truly = np.linalg.norm(means[known_strands.neighbours] - means[:, None], axis=2)
    np.testing.assert_allclose(away, truly, atol=1e-6)


def test_the_shares_change_smoothly_through_space(known_hair):
    """Gaussians a tenth of a millimetre apart follow almost alike."""
    cloud = known_hair.cloud
    beside = replace(cloud, means=cloud.means + np.float32(1e-4))
    both = cloud.followed_by(beside)
    strands = build_strands(both, known_hair.scalp, known_hair.scalp_normals)
    dense = np.zeros((len(both), len(strands.guides)), np.float32)
    np.add.at(dense, (np.arange(len(both))[:, None], strands.guide_ids), strands.shares)
    count = len(cloud)

    differences = np.abs(dense[:count] - dense[count:]).sum(axis=1)

    assert np.percentile(differences, 99) < 0.2


def test_deleted_gaussians_shape_no_guide_but_hang_on_some(known_hair, strands):
    cloud = known_hair.cloud
    stray = cloud.subset([0, 1])
    stray = replace(stray, means=stray.means + np.float32([0.3, 0, 0]),
                    flags=np.full(2, DELETED, np.uint8))  # fmt: skip
    both = stray.followed_by(cloud)

    found = build_strands(both, known_hair.scalp, known_hair.scalp_normals)

    assert_sound(found, len(both))
    assert np.array_equal(found.guides, strands.guides)
    assert found.node_rows.min() >= 2
    assert np.array_equal(found.shares[2:], strands.shares)


def test_the_same_hair_gives_the_same_strands(known_hair, strands):
    again = build_strands(known_hair.cloud, known_hair.scalp, known_hair.scalp_normals)
    for field in fields(strands):
        assert np.array_equal(getattr(again, field.name), getattr(strands, field.name)), field.name


def test_an_island_hangs_on_the_hair_nearest_to_it(known_hair):
    """Two strands straight up from the ball, and tips 4 cm above one of them."""
    heights = np.array([*(0.002 + 0.004 * np.arange(12)), *(0.09 + 0.004 * np.arange(8))])
    short = 0.002 + 0.004 * np.arange(12)
    means = np.zeros((32, 3), np.float32)
    means[:, 1] = 0.09 + np.concatenate([heights, short])
    means[20:, 0] = 0.02
    cloud = known_hair.cloud.subset(np.zeros(32, int))
    upwards = quat_from_axis_angle(np.float32([0, 0, np.pi / 2]))
    cloud = replace(cloud, means=means, quats=np.tile(upwards, (32, 1)))

    strands = build_strands(cloud, known_hair.scalp, known_hair.scalp_normals)

    assert_sound(strands, 32)
    np.testing.assert_allclose(strands.depths_m[:20], heights, atol=0.002)
    np.testing.assert_allclose(strands.tangents[:20, 1], 1, atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 5, 13])
def test_a_few_gaussians_have_a_guide(known_hair, count):
    cloud = known_hair.cloud.subset(slice(0, count))
    strands = build_strands(cloud, known_hair.scalp, known_hair.scalp_normals)
    assert_sound(strands, count)


def test_gaussians_that_are_all_alike_are_sound(known_hair):
    cloud = known_hair.cloud.subset(np.zeros(30, int))
    assert_sound(build_strands(cloud, known_hair.scalp, known_hair.scalp_normals), 30)


def test_round_gaussians_are_sound(known_hair):
    cloud = known_hair.cloud
    cloud = replace(cloud, scales=np.full_like(cloud.scales, 0.001))
    assert_sound(build_strands(cloud, known_hair.scalp, known_hair.scalp_normals), len(cloud))


def test_hair_that_is_all_deleted_is_taken_as_it_was(known_hair, strands):
    cloud = known_hair.cloud
    gone = replace(cloud, flags=np.full(len(cloud), DELETED, np.uint8))
    found = build_strands(gone, known_hair.scalp, known_hair.scalp_normals)
    assert np.array_equal(found.guides, strands.guides)


def test_a_bald_head_has_no_guides(known_hair):
    bald = known_hair.cloud.subset(slice(0, 0))
    strands = build_strands(bald, known_hair.scalp, known_hair.scalp_normals)
    assert len(strands.guides) == len(strands.places) == len(strands.neighbours) == 0


def test_a_head_without_a_scalp_is_refused(known_hair):
    none = np.zeros((0, 3), np.float32)
    with pytest.raises(ShapeError, match="scalp"):
        build_strands(known_hair.cloud, none, none)


def test_progress_is_told_and_can_stop_the_work(known_hair):
    told = []
    cloud = known_hair.cloud.subset(slice(0, 240))
    build_strands(
        cloud, known_hair.scalp, known_hair.scalp_normals, lambda *step: told.append(step)
    )
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert all(text for _, text in told)

    def stop(fraction: float, text: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        build_strands(cloud, known_hair.scalp, known_hair.scalp_normals, stop)


def test_added_gaussians_hang_where_their_parents_hang(strands):
    more = strands.extended(np.array([7, 7], np.int32))
    assert np.array_equal(more.guides, strands.guides)
    assert more.places[-1].tolist() == strands.places[7].tolist()
    assert more.neighbours[-2].tolist() == strands.neighbours[7].tolist()
    assert strands.extended(np.zeros(0, np.int32)) is strands
