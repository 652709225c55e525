from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.workers.face_atlas import FaceAtlas, face_atlas, painted_face
from app.workers.tasks import TaskContext
from avatar_core.errors import Cancelled
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega.plain import neutral_vertices
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind, Painting
from avatar_core.project.paint import LayerKind, PaintLayer
from avatar_core.resources import resource_path

SIZE = 512


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    demo = load_avatar(resource_path("demo", "rosa.avatar"))
    return replace(demo, face=FaceAsset(FaceKind.PLAIN, demo.face.texture))


@pytest.fixture(scope="module")
def atlas(asset: AvatarAsset) -> FaceAtlas:
    painting = Painting(SIZE).with_layer("1", PaintLayer("Fill", LayerKind.FILL))
    return face_atlas(asset, painting, TaskContext(lambda: None))


def test_it_knows_the_layers_over_the_bare_face(asset: AvatarAsset, atlas: FaceAtlas) -> None:
    assert atlas.size == SIZE
    assert np.array_equal(atlas.base, asset.face.texture)
    assert (atlas.compositor.maps.colour == (128, 128, 128, 255)).all()


def test_the_atlas_is_dark_where_there_is_no_skin(atlas: FaceAtlas) -> None:
    is_skin = atlas.map.owners >= 0
    assert np.array_equal(atlas.shown[is_skin], atlas.base[is_skin])
    assert (atlas.shown[~is_skin] <= atlas.base[~is_skin] // 2).all()


def test_lines_run_along_the_edges_of_triangles_only(atlas: FaceAtlas) -> None:
    corners = np.round(atlas.map.corners[::50].reshape(-1, 2)).astype(int)
    inside = ((corners > 1) & (corners < SIZE - 2)).all(axis=1)
    columns, rows = corners[inside].T
    near = np.max(
        [atlas.lines[rows + y, columns + x] for y in (-1, 0, 1) for x in (-1, 0, 1)], axis=0
    )
    assert (near > 20).mean() > 0.99
    assert (atlas.lines == 0).mean() > 0.1


def test_texels_lie_as_densely_as_areas_say(asset: AvatarAsset, atlas: FaceAtlas) -> None:
    """On the skin of the face: edges in texels against edges in metres."""
    vertices = neutral_vertices(asset)
    faces = np.flatnonzero(atlas.map.face_part == 0)
    flat, solid = atlas.map.corners[faces], vertices[atlas.map.faces[faces]]
    texels = np.linalg.norm(flat[:, 1] - flat[:, 0], axis=1)
    metres = np.linalg.norm(solid[:, 1] - solid[:, 0], axis=1)
    ratio = atlas.densities[faces] * metres / np.maximum(texels, 1e-9)
    assert 0.7 < np.median(ratio[metres > 1e-5]) < 1.4
    assert (atlas.densities > 0).all()


def test_the_painted_face_shows_baked_paint_too(atlas: FaceAtlas) -> None:
    blue = PaintLayer("Fill", LayerKind.FILL, colour=(0.0, 0.0, 1.0), opacity=0.5)
    picture = painted_face(atlas, Painting(SIZE).with_layer("1", blue))
    wanted = (atlas.base + np.array([0.0, 0.0, 255.0])) / 2
    assert np.abs(picture - wanted).max() <= 2


def test_it_can_be_stopped(asset: AvatarAsset) -> None:
    task = TaskContext(lambda: None)
    task.cancel()
    with pytest.raises(Cancelled):
        face_atlas(asset, Painting(SIZE), task)
