"""Exact pictures over any background, or over none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.render.scene import Blending

pytestmark = pytest.mark.gl


def haired_ball(make: Any, **options: bool) -> Any:
    """An avatar with some hair around its head, and its frame."""
    rng = np.random.default_rng(2)
    hair = make.gaussians(rng.uniform(-0.1, 0.1, (200, 3)), rng.uniform(0, 1, (200, 3)), 0.006, 0.7)
    asset = make.avatar(make.sphere(0.07), hair)
    asset = replace(asset, face=replace(make.neural_face(), options=options))
    return asset, replace(make.frame(asset), neural=make.neural_textures())


@pytest.mark.parametrize(
    "options", [{}, {"mask_cleaned": True}, {"white_twice": True}, {"free_unmasked": False}]
)
def test_transparent_over_any_background_is_the_opaque_picture(
    draw: Any, make: Any, options: dict[str, bool]
) -> None:
    asset, frame = haired_ball(make, **options)
    scene = replace(make.plain, background=(0.2, 0.6, 0.4), blending=Blending.EXACT)
    opaque = draw(asset, make.camera(), scene, frame)
    cut_out = draw(asset, make.camera(), replace(scene, transparent=True), frame).astype(float)
    over = cut_out[..., :3] + (255 - cut_out[..., 3:]) * np.array(scene.background)
    assert np.abs(opaque - over).max() <= 1.6
    assert cut_out[0, 0].tolist() == [0, 0, 0, 0]
    assert cut_out[32, 32, 3] == 255
    soft = (cut_out[..., 3] > 20) & (cut_out[..., 3] < 230)
    assert soft.sum() > 100, "hair at the outline"


def test_hair_on_its_own_is_not_drawn_over_by_the_face(draw: Any, make: Any) -> None:
    """What lies behind the head does not show, what lies before it does, at its full strength."""
    scene = replace(make.plain, blending=Blending.EXACT)
    for z_m, shown in ((0.03, 1.0), (-0.03, 0.0)):
        hair = make.gaussians([0, 0, z_m], (0, 0, 1), 0.02, 0.99)
        image = draw(make.avatar(make.square(0.06), hair, (255, 0, 0)), make.camera(), scene)
        assert image[32, 32, 2] == pytest.approx(252 * shown, abs=3)


def test_layers_can_be_left_out(draw: Any, make: Any) -> None:
    hair = make.gaussians([0, 0, -0.05], (0, 0, 1), 0.02, 0.95)
    asset = make.avatar(make.square(0.06), hair, (255, 0, 0))
    scene = replace(make.plain, blending=Blending.EXACT)
    no_face = draw(asset, make.camera(), replace(scene, show_face=False))
    assert no_face[32, 32, 2] > 200
    assert no_face[..., 0].max() == 0
    no_hair = draw(asset, make.camera(), replace(scene, show_hair=False))
    assert no_hair[..., 2].max() == 0
    assert no_hair[32, 32, 0] == 255


@pytest.mark.parametrize(
    ("radius_px", "has_hole", "shows_hair"),
    [(3.2, True, True), (6.0, True, False), (0.4, False, False), (4.0, False, True)],
)
def test_a_cleaned_mask_has_no_pinholes_and_no_specks(
    draw: Any, make: Any, radius_px: float, has_hole: bool, shows_hair: bool
) -> None:
    """It goes by the second layer of hair, of which there is all but a disk, or only a disk.

    With Gaussians reaching more than a pixel around them, the holes are 4 and 9 pixels wide, the
    specks 2 and 10.
    """
    camera = make.camera(65, 65)
    pitch_m = 0.57 / camera.intrinsics[0, 0]
    grid = np.stack(np.meshgrid(*[np.arange(-12, 13)] * 2), -1).reshape(-1, 2)
    places = pitch_m * grid[(np.linalg.norm(grid, axis=1) < radius_px) != has_hole]
    layers = np.vstack([[0, 0, 0.06], np.column_stack([places, np.full(len(places), 0.03)])])
    scales = np.full((len(layers), 3), 1e-4)
    scales[0] = 0.1
    asset = replace(
        make.avatar(make.square(0.06), make.gaussians(layers, (0, 0, 1), scales, 0.9)),
        face=replace(make.neural_face(), options={"mask_cleaned": True}),
    )
    frame = replace(make.frame(asset), neural=make.neural_textures())
    scene = replace(make.plain, blending=Blending.EXACT)
    bare = draw(asset, camera, replace(scene, show_hair=False), frame)[32, 32]
    haired = draw(asset, camera, scene, frame)[32, 32]
    assert bare[0] > 200, "the face is red there, the hair is blue"
    assert haired[0] < 30 if shows_hair else haired[0] == pytest.approx(bare[0], abs=1)
