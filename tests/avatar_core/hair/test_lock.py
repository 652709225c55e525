from __future__ import annotations

import numpy as np
import pytest

from avatar_core.hair.colour import oklab_from_srgb
from avatar_core.hair.edited import basic_colours
from avatar_core.hair.lock import OKLAB_MATRICES, lock_rows


@pytest.fixture
def colours(known_hair) -> np.ndarray:
    return basic_colours(known_hair.cloud.sh)


def lock_of(hair, strands, colours, seed, *options, **named) -> np.ndarray:
    means, tangents = hair.cloud.means, strands.tangents
    return lock_rows(strands.neighbours, means, tangents, colours, seed, *options, **named)


def distinct_locks(hair, colours, least=0.2) -> list[int]:
    """Locks whose colour no other comes near."""
    lab = np.stack([oklab_from_srgb(colours[hair.lock == each][0]) for each in range(30)])
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2) + np.eye(30)
    return np.flatnonzero(apart.min(axis=1) > least / 2).tolist()


def test_a_lock_is_selected_and_no_other(known_hair, known_strands, colours):
    distinct = distinct_locks(known_hair, colours)
    assert len(distinct) >= 5
    for lock in distinct:
        is_in = known_hair.lock == lock
        seed = np.flatnonzero(is_in)[60]
        weights = lock_of(known_hair, known_strands, colours, seed, 0.3)
        assert weights[seed] == 1
        # Roots of the five strands lie up to 2 cm apart: not all belong at this tolerance.
        assert weights[is_in].sum() > 20
        assert weights[~is_in].max() == 0


def test_more_tolerance_selects_more_up_to_everything_alike(known_hair, known_strands, colours):
    seed = 12 * 24 * 5 + 50
    sums = [
        lock_of(known_hair, known_strands, colours, seed, tolerance).sum()
        for tolerance in (0, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    assert sums == sorted(sums)
    assert sums[0] < 30 < sums[-1]


def test_hair_of_one_colour_is_parted_by_place_and_direction(known_hair, known_strands, colours):
    alike = np.full_like(colours, 0.4)
    weights = lock_of(known_hair, known_strands, alike, 60, 0.5)
    chosen = known_hair.cloud.means[weights > 0.5]
    assert 20 < len(chosen) < 800

    # A strand that runs the other way has no part in it.
    turned = known_strands.tangents.copy()
    of_strands = np.bincount(known_hair.strand, weights)
    of_strands[known_hair.strand[60]] = 0
    other = known_hair.strand == of_strands.argmax()
    turned[other] *= -1
    reversed_weights = lock_rows(
        known_strands.neighbours, known_hair.cloud.means, turned, alike, 60, 0.5
    )
    assert weights[other].max() > 0
    assert reversed_weights[other].max() == 0


def test_the_border_is_soft(known_hair, known_strands, colours):
    weights = lock_of(known_hair, known_strands, np.full_like(colours, 0.4), 60)
    assert ((weights > 0.05) & (weights < 0.95)).sum() > 5
    assert weights.min() >= 0
    assert weights.max() == 1


def test_only_what_the_mask_allows_is_selected(known_hair, known_strands, colours):
    mask = known_hair.order < 12
    seed = 60 - 60 % 24
    weights = lock_of(known_hair, known_strands, colours, seed, mask=mask)
    assert weights[mask].sum() > 5
    assert weights[~mask].max() == 0


def test_added_gaussians_belong_to_the_lock_they_lie_in(known_hair, known_strands, colours):
    strands = known_strands.extended(np.array([61], np.int32))
    means = np.concatenate([known_hair.cloud.means, known_hair.cloud.means[61:62]])
    more = np.concatenate([colours, colours[61:62]])
    weights = lock_rows(strands.neighbours, means, strands.tangents, more, 60)
    assert weights[-1] > 0.9


def test_a_lone_gaussian_is_its_own_lock():
    weights = lock_rows(
        np.zeros((1, 0), np.int32),
        np.zeros((1, 3), np.float32),
        np.array([[0, 1, 0]], np.float32),
        np.zeros((1, 3), np.float32),
        0,
    )
    assert weights.tolist() == [1]


def test_arrays_that_may_not_be_written_are_read(known_hair, known_strands, colours):
    means = known_hair.cloud.means.copy()
    means.flags.writeable = False
    weights = lock_rows(known_strands.neighbours, means, known_strands.tangents, colours, 60)
    assert weights[60] == 1


def test_the_compiled_colours_are_those_of_the_readable_ones():
    from avatar_core.hair.lock_kernels import lab_distance

    rng = np.random.default_rng(3)
    colours = rng.uniform(-0.1, 1.2, (100, 3)).astype(np.float32)
    colours[0], lab = 0.02, np.array([0.6, 0.1, -0.1])
    expected = np.linalg.norm(oklab_from_srgb(colours) - lab, axis=1)
    found = [lab_distance(colour, OKLAB_MATRICES, lab) for colour in colours]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_seed_that_is_not_there_is_refused(known_hair, known_strands, colours):
    for seed in (-1, len(colours)):
        with pytest.raises(IndexError, match="seed"):
            lock_of(known_hair, known_strands, colours, seed)
