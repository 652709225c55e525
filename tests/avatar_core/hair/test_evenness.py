from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from avatar_core.hair.evenness import evened
from avatar_core.hair.graph import nearest

STRANDS, NODES, STEP_M = 24, 12, 0.001
UP = np.array([0.0, 1.0, 0.0])


def a_mat() -> np.ndarray:
    """[STRANDS * NODES, 3] strands along x, side by side in z, all of them lying on the skin."""
    across, along = np.meshgrid(np.arange(STRANDS), np.arange(NODES), indexing="ij")
    return STEP_M * np.stack([along, 0 * along, across], axis=-1).reshape(-1, 3).astype(float)


def evened_mat(
    values: np.ndarray, means: np.ndarray, heights_m: np.ndarray, around: int = 12
) -> np.ndarray:
    tangents = np.tile([1.0, 0.0, 0.0], (len(means), 1))
    neighbours = nearest(cKDTree(means), means, around)
    result = evened(values.ravel().astype(np.float32), means, tangents, heights_m, neighbours)
    return result.reshape(values.shape)


def test_strands_side_by_side_come_to_agree_and_keep_their_roots_and_tips():
    means = a_mat()
    # Every other strand is said to end half way.
    lengths = np.where(np.arange(STRANDS) % 2, 1.0, 0.5)[:, None]
    told = lengths * np.linspace(0, 1, NODES)

    found = evened_mat(told, means, np.zeros(len(means)))

    beside = np.abs(np.diff(told, axis=0)).mean()
    assert np.abs(np.diff(found, axis=0)).mean() < 0.25 * beside
    assert (np.diff(found.mean(axis=0)) > 0).all()
    np.testing.assert_array_equal(np.sort(found.ravel()), np.sort(told.ravel().astype(np.float32)))


def test_hair_above_other_hair_keeps_its_own():
    low = a_mat()
    means = np.concatenate([low, low + 0.003 * UP])
    values = np.repeat([0.2, 0.8], len(low))
    found = evened_mat(values, means, means[:, 1], around=60)
    np.testing.assert_array_equal(found, values.astype(np.float32))
    # Without heights it would be beside.
    assert (evened_mat(values, means, 0 * means[:, 1], around=60) != found).any()


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_stay_what_they_are(count):
    values = np.full(count, 0.4, np.float32)
    nothing = np.zeros((count, 3))
    neighbours = np.zeros((count, 0), np.int32)
    found = evened(values, nothing, nothing, np.zeros(count), neighbours)
    np.testing.assert_array_equal(found, values)
