from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.render.passes.mesh import split_corners


def test_splits_a_vertex_only_where_the_atlas_is_torn() -> None:
    faces = np.array([[0, 1, 2], [2, 1, 3]], np.int32)
    uv_faces = np.array([[0, 1, 2], [2, 4, 3]], np.int32)  # vertex 1 has two places
    source, triangles, uv_rows = split_corners(faces, uv_faces)
    assert len(source) == 5
    assert np.array_equal(source[triangles], faces)
    assert np.array_equal(uv_rows[triangles], uv_faces)


def test_splitting_no_triangles() -> None:
    none = np.zeros((0, 3), np.int32)
    assert [len(part) for part in split_corners(none, none)] == [0, 0, 0]


@pytest.mark.gl
def test_the_atlas_lies_upright_with_v_upwards(draw: Any, make: Any) -> None:
    texture = np.zeros((2, 2, 3), np.uint8)
    texture[0, 0] = 255, 0, 0  # top row first: top left red
    texture[0, 1] = 0, 255, 0
    texture[1, 0] = 0, 0, 255
    texture[1, 1] = 255, 255, 255
    image = draw(make.avatar(make.square(0.1), texture=texture), make.camera())
    assert image[14, 14].tolist() == [255, 0, 0]
    assert image[14, 49].tolist() == [0, 255, 0]
    assert image[49, 14].tolist() == [0, 0, 255]
    assert image[49, 49].tolist() == [255, 255, 255]


@pytest.mark.gl
def test_the_texture_is_shown_as_it_is(draw: Any, make: Any) -> None:
    image = draw(make.avatar(make.sphere(), texture=(201, 87, 33)), make.camera())
    assert image[32, 32].tolist() == [201, 87, 33]
    assert image[32, 10].tolist() == image[32, 32].tolist(), "unlit: no darker at the rim"


@pytest.mark.gl
def test_a_headlight_darkens_the_rim_on_request(draw: Any, make: Any) -> None:
    camera, asset = make.camera(), make.avatar(make.sphere(), texture=(200, 200, 200))
    shaded = draw(asset, camera, replace(make.plain, shading=0.5))
    assert shaded[32, 32, 0] == pytest.approx(200, abs=3)
    # The visible rim of the ball faces sideways: half the light is gone there.
    assert 100 <= shaded[32, 12, 0] < 160


@pytest.mark.gl
def test_edges_are_smooth(draw: Any, make: Any) -> None:
    image = draw(make.avatar(make.sphere(), texture=(255, 255, 255)), make.camera())
    levels = np.unique(image[..., 0])
    assert len(levels) >= 4, "some pixels are covered in part"


@pytest.mark.gl
def test_nearer_triangles_win_whatever_their_order(draw: Any, make: Any) -> None:
    corners = np.array([[-0.1, -0.1], [0.1, -0.1], [0, 0.15]])
    vertices = np.concatenate([np.column_stack([corners, np.full(3, z)]) for z in (0.05, -0.05)])
    uv = [[0.25, 0.5]] * 3 + [[0.75, 0.5]] * 3
    texture = np.zeros((4, 8, 3), np.uint8)
    texture[:, :4, 0] = 255
    texture[:, 4:, 2] = 255
    for faces in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        asset = make.avatar(make.still_head(vertices, faces, uv), texture=texture)
        assert draw(asset, make.camera())[36, 32].tolist() == [255, 0, 0]
        back = draw(asset, make.camera(yaw_rad=np.pi))
        assert back[36, 32].tolist() == [0, 0, 255]


@pytest.mark.gl
def test_a_posed_frame_moves_the_mesh(draw: Any, make: Any) -> None:
    asset = make.avatar(make.square(0.02), texture=(255, 255, 255))
    moved = make.frame(asset)
    moved = replace(moved, vertices=moved.vertices + np.array([0.05, 0, 0], np.float32))
    still, shifted = draw(asset, make.camera()), draw(asset, make.camera(), frame=moved)
    assert still[32, 32, 0] == 255
    assert shifted[32, 32, 0] == 0
    assert shifted[32, 45, 0] == 255
