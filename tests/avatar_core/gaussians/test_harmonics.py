from __future__ import annotations

import numpy as np
import pytest
from scipy.special import sph_harm_y

from avatar_core.errors import ShapeError
from avatar_core.gaussians.harmonics import (
    band_rotations,
    harmonics,
    rotated_sh,
    seen_colours,
    sh_from_colours,
)
from avatar_core.geometry import matrix_from_axis_angle


def directions(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(0, 1, (count, 3))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def turns(count: int, seed: int = 1) -> np.ndarray:
    return matrix_from_axis_angle(
        np.random.default_rng(seed).normal(0, 2, (count, 3)).astype(np.float32)
    )


def scipy_harmonics(vectors: np.ndarray, degree: int) -> np.ndarray:
    """Real harmonics from the complex ones of scipy, Condon-Shortley phase included."""
    polar = np.arccos(np.clip(vectors[:, 2].astype(np.float64), -1, 1))
    azimuth = np.arctan2(vectors[:, 1], vectors[:, 0])
    columns = []
    for band in range(degree + 1):
        for order in range(-band, band + 1):
            value = sph_harm_y(band, abs(order), polar, azimuth)
            if order == 0:
                columns.append(value.real)
            else:
                columns.append(np.sqrt(2) * (value.imag if order < 0 else value.real))
    return np.stack(columns, 1)


def test_values_are_those_of_scipy() -> None:
    vectors = directions(200)
    assert harmonics(vectors, 3) == pytest.approx(scipy_harmonics(vectors, 3), abs=1e-6)


def test_harmonics_are_orthonormal() -> None:
    # A product of two harmonics has degree 6: Gauss nodes in z times equal steps are exact.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    angles = np.arange(16) * (2 * np.pi / 16)
    z, angle = np.meshgrid(nodes, angles, indexing="ij")
    radius = np.sqrt(1 - z * z)
    vectors = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1).reshape(-1, 3)
    measure = np.repeat(weights, 16) * (2 * np.pi / 16)
    values = harmonics(vectors, 3)
    assert values.T @ (measure[:, None] * values) == pytest.approx(np.eye(16), abs=1e-12)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_each_degree_has_its_square_of_values(degree: int) -> None:
    assert harmonics(directions(3), degree).shape == (3, (degree + 1) ** 2)


def test_colour_without_coefficients_is_grey() -> None:
    assert seen_colours(np.zeros((2, 9, 3), np.float32), directions(2)) == pytest.approx(0.5)


def test_colour_is_never_negative_but_may_be_bright() -> None:
    sh = np.zeros((2, 1, 3), np.float32)
    sh[0], sh[1] = -10, 10
    colours = seen_colours(sh, directions(2))
    assert (colours[0] == 0).all()
    assert (colours[1] > 1).all()


def test_colours_come_back_from_their_coefficients() -> None:
    colours = np.random.default_rng(2).random((7, 3)).astype(np.float32)
    sh = sh_from_colours(colours, 16)
    assert sh.shape == (7, 16, 3)
    assert seen_colours(sh, directions(7)) == pytest.approx(colours, abs=1e-6)


def small_sh(count: int, coefficients: int) -> np.ndarray:
    """Small enough for no colour to be cut at 0."""
    return np.random.default_rng(3).normal(0, 0.03, (count, coefficients, 3)).astype(np.float32)


@pytest.mark.parametrize("coefficients", [1, 4, 9, 16])
def test_turned_gaussian_looks_the_same_from_the_turned_side(coefficients: int) -> None:
    sh, looks, rotations = small_sh(50, coefficients), directions(50), turns(50)
    turned_looks = np.einsum("nij,nj->ni", rotations, looks)
    expected = seen_colours(sh, looks)
    assert seen_colours(rotated_sh(sh, rotations), turned_looks) == pytest.approx(
        expected, abs=2e-6
    )


def test_one_turn_for_all_equals_the_same_turn_for_each() -> None:
    sh, rotation = small_sh(5, 16), turns(1)[0]
    each = rotated_sh(sh, np.repeat(rotation[None], 5, 0))
    assert rotated_sh(sh, rotation) == pytest.approx(each, abs=1e-7)


def test_turning_back_restores_the_coefficients() -> None:
    sh, rotation = small_sh(5, 16), turns(1)[0]
    assert rotated_sh(rotated_sh(sh, rotation), rotation.T) == pytest.approx(sh, abs=1e-6)


def test_band_matrices_are_rotations_themselves() -> None:
    for matrices in band_rotations(turns(10), 3):
        product = matrices @ np.swapaxes(matrices, 1, 2)
        assert product == pytest.approx(np.broadcast_to(np.eye(product.shape[1]), product.shape),
                                        abs=1e-5)  # fmt: skip


def test_two_turns_are_their_product() -> None:
    sh, (first, second) = small_sh(4, 16), turns(2)
    twice = rotated_sh(rotated_sh(sh, first), second)
    assert twice == pytest.approx(rotated_sh(sh, second @ first), abs=1e-6)


def test_input_is_not_written_and_nothing_is_fine() -> None:
    sh = small_sh(2, 4)
    before = sh.copy()
    rotated_sh(sh, turns(1)[0])
    assert np.array_equal(sh, before)
    assert rotated_sh(np.zeros((0, 16, 3), np.float32), turns(1)[0]).shape == (0, 16, 3)


def test_wrong_rotations_are_refused() -> None:
    with pytest.raises(ShapeError, match="rotations"):
        rotated_sh(small_sh(3, 4), turns(2))
    with pytest.raises(ShapeError, match="rotations"):
        band_rotations(np.zeros((3, 4), np.float32), 1)
