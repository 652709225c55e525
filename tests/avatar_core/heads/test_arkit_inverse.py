"""Units found again in the FLAME parameters that they make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads.arkit import limited_weights
from avatar_core.heads.arkit_inverse import ArkitInverse
from avatar_core.io.take_file import load_take
from avatar_core.motion import ARKIT_UNITS
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead


@pytest.fixture(scope="module")
def inverse(open_flame_head: FlameHead) -> ArkitInverse:
    return ArkitInverse.of(open_flame_head)


def performed(head: FlameHead, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expression [T, E], jaw [T, 3] and eyes [T, 2, 3] of weights [T, 52]."""
    none = np.zeros(3, np.float32)
    poses = [head.parameters_from_arkit(ARKIT_UNITS, row, none, none, None) for row in weights]
    joints = np.stack([pose.joints for pose in poses])
    return np.stack([pose.expression for pose in poses]), joints[:, 2], joints[:, 3:]


def test_a_performance_comes_back(inverse: ArkitInverse, open_flame_head: FlameHead) -> None:
    weights = load_take(resource_path("demo", "performance.take")).weights[::10]
    found = inverse.weights(*performed(open_flame_head, weights))
    expected = np.stack([limited_weights(ARKIT_UNITS, row) for row in weights])
    looks = np.array(["Look" in name for name in ARKIT_UNITS])
    np.testing.assert_allclose(found[:, ~looks], expected[:, ~looks], atol=0.05)


@pytest.mark.parametrize("name", ["jawOpen", "mouthSmileLeft", "eyeBlinkRight", "tongueOut"])
def test_a_single_unit_stays_single(
    name: str, inverse: ArkitInverse, open_flame_head: FlameHead
) -> None:
    weights = np.zeros((1, 52), np.float32)
    weights[0, ARKIT_UNITS.index(name)] = 0.7
    found = inverse.weights(*performed(open_flame_head, weights))
    np.testing.assert_allclose(found, weights, atol=0.05)


def test_eyes_give_their_units_and_lids_do_not_count_twice(
    inverse: ArkitInverse, open_flame_head: FlameHead
) -> None:
    weights = np.zeros((1, 52), np.float32)
    for side in ("Left", "Right"):
        weights[0, ARKIT_UNITS.index(f"eyeLookDown{side}")] = 0.8
    found = inverse.weights(*performed(open_flame_head, weights))
    np.testing.assert_allclose(found, weights, atol=0.05)


def test_what_no_units_make_gives_weights_all_the_same(inverse: ArkitInverse) -> None:
    rng = np.random.default_rng(6)
    found = inverse.weights(
        rng.normal(0, 3, (5, 50)).astype(np.float32),
        rng.normal(0, 1, (5, 3)).astype(np.float32),
        rng.normal(0, 1, (5, 2, 3)).astype(np.float32),
    )
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_more_of_an_expression_is_more_weight(
    inverse: ArkitInverse, open_flame_head: FlameHead
) -> None:
    jaw = np.zeros((6, 3), np.float32)
    jaw[:, 0] = np.linspace(0, 0.4, 6)
    still = np.zeros((6, 50), np.float32)
    found = inverse.weights(still, jaw, np.zeros((6, 2, 3), np.float32))
    assert (np.diff(found[:, ARKIT_UNITS.index("jawOpen")]) > 0.05).all()


def test_no_moments_give_no_weights(inverse: ArkitInverse) -> None:
    found = inverse.weights(
        np.zeros((0, 50), np.float32), np.zeros((0, 3), np.float32), np.zeros((0, 2, 3), "f4")
    )
    assert found.shape == (0, 52)


def test_what_does_not_fit_is_named(inverse: ArkitInverse, open_flame_head: FlameHead) -> None:
    with pytest.raises(ShapeError, match="maps"):
        ArkitInverse.of(replace(open_flame_head, arkit_to_jaw=None))
    with pytest.raises(ShapeError, match="expression"):
        inverse.weights(np.zeros((2, 49), "f4"), np.zeros((2, 3), "f4"), np.zeros((2, 2, 3), "f4"))
    with pytest.raises(ShapeError, match="jaw"):
        inverse.weights(np.zeros((2, 50), "f4"), np.zeros((1, 3), "f4"), np.zeros((2, 2, 3), "f4"))
