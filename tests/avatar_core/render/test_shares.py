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


def test_a_share_of_the_hair_covers_about_as_much(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(3)
    means = rng.uniform(-0.08, 0.08, (4000, 3))
    asset = make.avatar(hair=make.gaussians(means, scales=(0.01, 0.002, 0.002), opacities=0.5))
    whole = draw(asset, make.camera(), make.plain).mean()
    draw(asset, make.camera(), replace(make.plain, hair_share=0.25))
    assert draw.offscreen.renderer._gaussians._store.visible == 1000
    share = draw(asset, make.camera(), replace(make.plain, hair_share=0.25)).mean()
    assert share == pytest.approx(whole, rel=0.15)
