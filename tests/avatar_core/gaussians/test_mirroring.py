"""Gaussians in a mirror."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.gaussians import seen_colours
from avatar_core.gaussians.mirroring import MIRROR, mirrored_quats, mirrored_sh
from avatar_core.geometry import matrix_from_quat


@pytest.mark.parametrize("coefficients", [1, 4, 9, 16])
def test_looks_in_the_mirror_as_it_does_outside(coefficients: int) -> None:
    rng = np.random.default_rng(5)
    sh = rng.normal(size=(40, coefficients, 3)).astype(np.float32)
    views = rng.normal(size=(40, 3)).astype(np.float32)
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    seen = seen_colours(mirrored_sh(sh), views * MIRROR)
    np.testing.assert_allclose(seen, seen_colours(sh, views), atol=1e-5)


def test_mirrored_turns_make_mirrored_ellipsoids() -> None:
    rng = np.random.default_rng(6)
    quats = rng.normal(size=(20, 4)).astype(np.float32)
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    sizes = np.diag([1.0, 4.0, 9.0])
    turns, mirrored = matrix_from_quat(quats), matrix_from_quat(mirrored_quats(quats))
    flip = np.diag(MIRROR)
    expected = flip @ turns @ sizes @ turns.transpose(0, 2, 1) @ flip
    np.testing.assert_allclose(mirrored @ sizes @ mirrored.transpose(0, 2, 1), expected, atol=1e-5)


def test_mirroring_twice_is_nothing() -> None:
    sh = np.random.default_rng(7).normal(size=(3, 16, 3)).astype(np.float32)
    assert np.array_equal(mirrored_sh(mirrored_sh(sh)), sh)
    assert len(mirrored_quats(np.zeros((0, 4), np.float32))) == 0
