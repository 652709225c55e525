"""Spaces of latents with known directions."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.emoportraits import latents as lt
from avatar_core.errors import ShapeError


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_narrow_and_wide_spaces_are_told_apart() -> None:
    line = drawn(200, 1) * np.ones((1, 10), np.float32)
    assert lt.auc_z(line) == pytest.approx(1)
    # Z even directions: the first i explain i / Z, whose mean is (Z + 1) / 2 Z.
    even = np.concatenate([np.eye(10), -np.eye(10)]).astype(np.float32)
    assert lt.auc_z(even) == pytest.approx(0.55)
    assert lt.components_for(even, 0.99) == 10
    assert lt.components_for(even, 0.5) == 5
    assert lt.components_for(line) == 1


def test_size_of_single_numbers_does_not_count_but_still_ones_do() -> None:
    latents = drawn(300, 6)
    scaled = latents * np.array([1, 10, 0.1, 5, 1, 1], np.float32)
    assert lt.auc_z(scaled) == pytest.approx(lt.auc_z(latents), abs=1e-5)
    padded = np.concatenate([latents, np.ones((300, 6), np.float32)], 1)
    assert lt.auc_z(padded) == pytest.approx((lt.auc_z(latents) + 1) / 2, abs=1e-5)


@pytest.mark.parametrize("latents", [np.ones((1, 4), np.float32), np.ones((9, 4), np.float32)])
def test_latents_that_do_not_differ_have_no_space(latents: np.ndarray) -> None:
    with pytest.raises(ShapeError):
        lt.auc_z(latents)


def test_sliders_are_standard_deviations_along_the_strongest_directions() -> None:
    latents = drawn(5000, 3) * np.array([1, 7, 0.5], np.float32) + np.float32(4)
    basis = lt.fit_latent_basis(latents, count=2)
    assert np.abs(basis.axes) == pytest.approx(np.array([[0, 1, 0], [1, 0, 0]]), abs=0.03)
    assert basis.deviations == pytest.approx([7, 1], rel=0.05)
    assert basis.to_sliders(latents).std(0) == pytest.approx([1, 1], abs=1e-3)


def test_sliders_and_latents_are_there_and_back() -> None:
    basis = lt.fit_latent_basis(drawn(100, 8), count=3)
    sliders = drawn(5, 3, seed=9)
    assert basis.to_sliders(basis.from_sliders(sliders)) == pytest.approx(sliders, abs=1e-5)
    assert basis.from_sliders(np.zeros(3, np.float32)) == pytest.approx(basis.mean)
    latent = drawn(8, seed=4)
    assert basis.from_sliders(basis.to_sliders(latent), latent) == pytest.approx(latent, abs=1e-5)


def test_a_slider_keeps_what_no_slider_reaches() -> None:
    basis = lt.fit_latent_basis(drawn(100, 8), count=3)
    latent = drawn(8, seed=4)
    moved = basis.from_sliders(np.array([2, 0, -1], np.float32), latent)
    change = moved - latent
    assert change - (change @ basis.axes.T) @ basis.axes == pytest.approx(np.zeros(8), abs=1e-5)
    assert basis.to_sliders(moved) == pytest.approx([2, 0, -1], abs=1e-5)


def test_no_more_sliders_than_directions() -> None:
    flat = drawn(50, 2) @ drawn(2, 9, seed=1)
    assert len(lt.fit_latent_basis(flat).axes) == 2


def test_fitting_again_flips_no_slider() -> None:
    latents = drawn(400, 6) * np.array([6, 5, 4, 3, 2, 1], np.float32)
    first, second = lt.fit_latent_basis(latents), lt.fit_latent_basis(latents[::-1].copy())
    assert first.axes == pytest.approx(second.axes, abs=1e-4)
