from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.gl


def test_the_face_hides_hair_behind_it(draw: Any, make: Any) -> None:
    hair = make.gaussians([[0, 0, -0.05], [0.01, 0.01, -0.02]], (0, 0, 1), 0.01, 0.95)
    image = draw(make.avatar(make.square(0.06), hair, (255, 0, 0)), make.camera())
    assert image[..., 2].max() == 0
    assert image[32, 32].tolist() == [255, 0, 0]


def test_hair_in_front_covers_the_face(draw: Any, make: Any) -> None:
    hair = make.gaussians([0, 0, 0.03], (0, 0, 1), 0.02, 0.99)
    image = draw(make.avatar(make.square(0.06), hair, (255, 0, 0)), make.camera())
    assert image[32, 32, 2] >= 250
    assert image[32, 32, 0] <= 5


def test_a_root_fades_into_the_skin_over_its_own_depth(draw: Any, make: Any) -> None:
    camera = make.camera()
    deviation = 0.002

    def strength(offset_m: float) -> float:
        hair = make.gaussians([0, 0, offset_m], (1, 1, 1), (0.03, 0.03, deviation), 0.8)
        image = draw(make.avatar(make.square(0.06), hair, (0, 0, 0)), camera)
        return float(image[32, 32, 0]) / (0.8 * 255)

    assert strength(2 * deviation) == pytest.approx(1.0, abs=0.01)
    assert strength(0.5 * deviation) == pytest.approx(0.84375, abs=0.01)
    assert strength(0.0) == pytest.approx(0.5, abs=0.01)
    assert strength(-0.5 * deviation) == pytest.approx(0.15625, abs=0.01)
    assert strength(-2 * deviation) == 0.0


def test_hair_behind_the_faces_edge_lets_no_background_through(draw: Any, make: Any) -> None:
    """A dark face before dark hair over white: a light line would be the background's."""
    rng = np.random.default_rng(0)
    means = rng.uniform(-0.1, 0.1, (4000, 3)) * [1, 1, 0.1] - [0, 0, 0.12]
    asset = make.avatar(make.sphere(0.05), make.gaussians(means, (0, 0, 0), 0.006, 0.95), (0, 0, 0))
    scene = replace(make.plain, background=(1.0, 1.0, 1.0))
    image = draw(asset, make.camera(), scene)
    assert image[16:48, 16:48].max() <= 3


def test_soft_hair_over_a_light_background_has_no_dark_fringe(draw: Any, make: Any) -> None:
    hair = make.gaussians([0, 0, 0], (1, 1, 1), 0.02, 0.7)
    scene = replace(make.plain, background=(1.0, 1.0, 1.0))
    assert draw(make.avatar(hair=hair), make.camera(), scene).min() >= 253


def test_a_transparent_picture_is_premultiplied(draw: Any, make: Any) -> None:
    hair = make.gaussians([0, 0.05, 0.11], (1.0, 0.5, 0.0), 0.015, 0.5)
    scene = replace(make.plain, transparent=True)
    asset = make.avatar(make.square(0.03), hair, (255, 255, 255))
    image = draw(asset, make.camera(), scene)
    assert image.shape == (64, 64, 4)
    assert image[1, 1].tolist() == [0, 0, 0, 0]
    assert image[32, 32].tolist() == [255, 255, 255, 255]
    top = image[10:22, 32].astype(int)
    top = top[np.argmax(top[:, 3])]
    assert 110 <= top[3] <= 129
    assert top[0] == pytest.approx(top[3], abs=1)
    assert top[1] == pytest.approx(top[3] / 2, abs=1)


def test_transparent_over_any_background_is_the_opaque_picture(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(2)
    hair = make.gaussians(rng.uniform(-0.1, 0.1, (200, 3)), rng.uniform(0, 1, (200, 3)), 0.006, 0.7)
    asset, camera = make.avatar(make.sphere(0.07), hair, (180, 140, 120)), make.camera()
    background = (0.2, 0.6, 0.4)
    opaque = draw(asset, camera, replace(make.plain, background=background))
    cut_out = draw(asset, camera, replace(make.plain, transparent=True)).astype(float)
    over = cut_out[..., :3] + (255 - cut_out[..., 3:]) * np.array(background)
    assert np.abs(opaque - over).max() <= 1.6


def test_parts_can_be_hidden(draw: Any, make: Any) -> None:
    hair = make.gaussians([0, 0, -0.05], (0, 0, 1), 0.02, 0.95)
    asset, camera = make.avatar(make.square(0.06), hair, (255, 0, 0)), make.camera()
    no_face = draw(asset, camera, replace(make.plain, show_face=False))
    assert no_face[32, 32, 2] > 200
    assert no_face[..., 0].max() == 0
    no_hair = draw(asset, camera, replace(make.plain, show_hair=False))
    assert no_hair[..., 2].max() == 0
    assert no_hair[32, 32, 0] == 255
