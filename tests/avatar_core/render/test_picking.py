from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.render.hair_picking import hair_at_pixel
from avatar_core.render.pick import world_position
from avatar_core.render.visibility import HairOrder

pytestmark = pytest.mark.gl


def pick(draw: Any, x_px: float, y_px: float, camera: Any = None) -> Any:
    with draw.offscreen._context:
        return draw.offscreen.renderer.pick(x_px, y_px, camera)


def test_names_the_part_the_triangle_and_the_place(draw: Any, make: Any) -> None:
    asset, camera = make.avatar(make.sphere(0.1)), make.camera(120, 90)
    draw(asset, camera)
    hit = pick(draw, 60.2, 60.9)
    assert hit.part == "skin"
    assert hit.hair_index is None
    # The middle of pixel (60, 60) meets the ball where its ray does.
    origin, ray = camera.ray(60.5, 60.5)
    along = -np.dot(origin, ray)
    distance = along - np.sqrt(0.1**2 - (np.dot(origin, origin) - along**2))
    assert hit.position == pytest.approx(origin + distance * ray, abs=6e-4)
    corners = asset.head.vertices[asset.head.topology.faces[hit.face_id]]
    assert np.linalg.norm(corners - hit.position, axis=1).max() < 0.025
    assert hit.depth_m == pytest.approx(0.6 - hit.position[2], abs=1e-5)
    assert pick(draw, 60, 20).part == "scalp"


def test_every_pixel_agrees_with_the_picture(draw: Any, make: Any) -> None:
    """Each triangle has its own colour; away from edges picture and pick mean the same one."""
    rng = np.random.default_rng(0)
    vertices, faces, uv = [], [], []
    for index in range(16):
        centre = rng.uniform(-0.09, 0.09, 3)
        vertices += list(centre + rng.uniform(-0.12, 0.12, (3, 3)))
        faces.append([3 * index, 3 * index + 1, 3 * index + 2])
        uv += [[(index + 0.5) / 16, 0.5]] * 3
    texture = np.zeros((4, 64, 3), np.uint8)
    texture[:, :, 0] = np.repeat(10 + 15 * np.arange(16), 4)
    camera = make.camera(48, 40)
    image = draw(make.avatar(make.still_head(vertices, faces, uv), texture=texture), camera)
    flat = 0
    for y in range(1, 39):
        for x in range(1, 47):
            around = image[y - 1 : y + 2, x - 1 : x + 2, 0]
            if around.min() != around.max():
                continue
            hit = pick(draw, x + 0.5, y + 0.5)
            assert around[0, 0] == (0 if hit is None else 10 + 15 * hit.face_id)
            flat += hit is not None
    assert flat > 50


def test_background_and_outside_give_nothing(draw: Any, make: Any) -> None:
    draw(make.avatar(make.sphere(0.05)), make.camera())
    for place in ((1, 1), (-1, 30), (30, 64), (1000, 1000)):
        assert pick(draw, *place) is None


def test_hair_is_picked_at_its_median(draw: Any, make: Any) -> None:
    hair = make.gaussians(
        [[0, 0, 0.09], [0, 0, 0.07], [0, 0, 0.05]], opacities=[0.2, 0.9, 0.9], scales=0.01
    )
    camera = make.camera(65, 65)
    draw(make.avatar(make.square(0.05), hair), camera)
    hit = pick(draw, 32, 32)
    assert hit.part == "hair"
    assert hit.hair_index == 1
    assert hit.face_id is None
    assert hit.position == pytest.approx([0, 0, 0.07], abs=1e-4)
    assert hit.depth_m == pytest.approx(0.53, abs=1e-5)


def test_thin_hair_lets_the_face_be_picked_but_not_the_background(draw: Any, make: Any) -> None:
    hair = make.gaussians([0, 0, 0.05], opacities=0.3, scales=0.01)
    camera = make.camera(65, 65)
    draw(make.avatar(make.square(0.05), hair), camera)
    assert pick(draw, 32, 32).part == "skin"
    draw(make.avatar(hair=hair), camera)
    assert pick(draw, 32, 32).part == "hair"


def test_hair_behind_the_face_or_hidden_is_not_picked(draw: Any, make: Any) -> None:
    hair = make.gaussians([[0, 0, -0.05], [0, 0, 0.05]], opacities=0.9, flags=[0, 2])
    camera = make.camera(65, 65)
    asset = make.avatar(make.square(0.05), hair)
    draw(asset, camera)
    assert pick(draw, 32, 32).part == "skin"
    draw(asset, camera, replace(make.plain, show_face=False))
    assert pick(draw, 32, 32).hair_index == 0
    draw(asset, camera, replace(make.plain, show_face=False, show_hair=False))
    assert pick(draw, 32, 32) is None


def test_another_camera_may_have_drawn_in_between(draw: Any, make: Any) -> None:
    asset, first = make.avatar(make.square(0.03)), make.camera()
    draw(asset, first)
    here = pick(draw, 36, 30)
    draw(asset, make.camera(yaw_rad=0.8))
    again = pick(draw, 36, 30, first)
    assert again.position == pytest.approx(here.position, abs=1e-6)


def test_the_drawn_coverage_decides(draw: Any, make: Any) -> None:
    """At each pixel hair is found exactly where the picture has enough of it."""
    rng = np.random.default_rng(1)
    quats = rng.normal(size=(60, 4)).astype(np.float32)
    hair = make.gaussians(
        rng.uniform(-0.08, 0.08, (60, 3)),
        scales=rng.uniform(0.002, 0.02, (60, 3)),
        opacities=rng.uniform(0.02, 0.9, 60),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
    )
    camera = make.camera(40, 40)
    coverage = draw(make.avatar(hair=hair), camera, replace(make.plain, transparent=True))[..., 3]
    order = HairOrder(hair).from_camera(hair.means, camera)
    for y in range(40):
        for x in range(40):
            found = hair_at_pixel(hair, order, camera, (x, y), None)
            if coverage[y, x] >= 15:
                assert found is not None
            if coverage[y, x] <= 11:
                assert found is None


def test_a_pixel_and_a_distance_give_the_place(make: Any) -> None:
    camera = make.camera(70, 50, yaw_rad=0.5)
    place = np.array([[0.02, -0.03, 0.04]], np.float32)
    pixels, depths = camera.project(place)
    pixel = (int(pixels[0, 0]), int(pixels[0, 1]))
    found = world_position(camera, pixel, float(depths[0]))
    # Within half a pixel's width at that distance.
    assert np.linalg.norm(found - place[0]) < 0.75 * depths[0] / camera.intrinsics[0, 0]
