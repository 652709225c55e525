"""What slow machines leave out while something moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.gl


def test_fewer_pixels_give_the_same_picture_coarser(draw: Any, make: Any) -> None:
    asset = make.avatar(make.square(0.06), make.gaussians([0, 0.04, 0.02], (1, 0, 0), 0.02))
    whole = draw(asset, make.camera(), make.plain).astype(int)
    coarse = draw(asset, make.camera(), replace(make.plain, pixel_share=0.5)).astype(int)
    assert whole.shape == coarse.shape
    away = np.abs(whole - coarse)
    assert away.mean() < 3
    assert away.max() > 30, "edges are softer"


def test_picking_goes_by_the_whole_picture(draw: Any, make: Any) -> None:
    asset = make.avatar(make.square(0.06))
    draw(asset, make.camera(), replace(make.plain, pixel_share=0.3))
    with draw.offscreen._context:
        assert draw.offscreen.renderer.pick(32, 32).part == "skin"
        assert draw.offscreen.renderer.pick(2, 2) is None


def test_one_sample_a_pixel_leaves_hard_edges(draw: Any, make: Any) -> None:
    asset = make.avatar(make.sphere(0.1), texture=(255, 255, 255))
    for smooth, shades in ((True, True), (False, False)):
        image = draw(asset, make.camera(), replace(make.plain, smooth_edges=smooth))
        assert (((image > 20) & (image < 235)).any()) == shades


def test_coarse_hair_lacks_the_faintest_rims_only(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(4)
    hair = make.gaussians(rng.uniform(-0.09, 0.09, (60, 3)), (1, 0, 0), 0.008, 0.6)
    asset = make.avatar(make.square(0.04), hair, (0, 0, 255))
    fine = draw(asset, make.camera(), make.plain).astype(int)
    coarse = draw(asset, make.camera(), replace(make.plain, fine_hair=False)).astype(int)
    assert np.abs(fine - coarse)[..., 0].mean() < 3
    assert (coarse[..., 0] > 0).sum() < 0.95 * (fine[..., 0] > 0).sum()


def test_coarse_hair_is_cut_by_the_skin(draw: Any, make: Any) -> None:
    """Fine hair fades into it, half of it where the two meet."""
    for z_m, fine, coarse in ((-0.001, 0.1, 0.0), (0.001, 0.7, 0.8)):
        hair = make.gaussians([0, 0, z_m], (1, 1, 1), (0.03, 0.03, 0.002), 0.8)
        asset = make.avatar(make.square(0.06), hair, (0, 0, 0))
        for is_fine, strength in ((True, fine), (False, coarse)):
            image = draw(asset, make.camera(), replace(make.plain, fine_hair=is_fine))
            assert image[32, 32, 0] / 255 == pytest.approx(strength, abs=0.07)
