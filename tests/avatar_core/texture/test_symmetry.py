from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadParameters
from avatar_core.heads.base import neutral_parameters
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.texture.atlas import AtlasMap
from avatar_core.texture.stamp import Reach, SurfaceBrush, stamp_in_uv, stamp_on_surface
from avatar_core.texture.symmetry import MirrorMap, SurfacePlaces
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet

FLIP = np.array([-1, 1, 1], np.float32)
INTO = np.array([0, 0, -1], np.float32)


@pytest.fixture(scope="module")
def demo():
    """Head, neutral vertices, mirror map and a small atlas of the demo avatar."""
    head = load_demo_avatar().head
    vertices = head.pose(neutral_parameters(head))
    mirror = MirrorMap.of(head.topology, vertices)
    return head, vertices, mirror, AtlasMap.of(head.topology, 512, vertices)


def places_of(mirror: MirrorMap, places: SurfacePlaces) -> np.ndarray:
    return np.einsum("nk,nkc->nc", places.weights, mirror.vertices[mirror.faces[places.faces]])


def test_mirrored_twice_a_place_of_the_demo_head_is_itself(demo) -> None:
    _, _, mirror, _ = demo
    rng = np.random.default_rng(0)
    faces = rng.integers(0, len(mirror.faces), 3000).astype(np.int32)
    weights = rng.dirichlet([1, 1, 1], 3000).astype(np.float32)
    here = SurfacePlaces(faces, weights)

    there = mirror.place(here)
    back = places_of(mirror, mirror.place(there))

    away = np.linalg.norm(places_of(mirror, there) * FLIP - places_of(mirror, here), axis=1)
    assert np.percentile(away, 99) < 0.0005
    assert np.linalg.norm(back - places_of(mirror, here), axis=1).max() < 0.001


def test_left_and_right_parts_change_places(demo) -> None:
    head, _, mirror, _ = demo
    names, parts = head.topology.part_names, head.topology.face_part
    left, right = (
        np.flatnonzero(parts == names.index(name)).astype(np.int32)
        for name in ("eye_left", "eye_right")
    )
    middles = np.full((len(left), 3), 1 / 3, np.float32)

    twins = mirror.place(SurfacePlaces(left, middles))

    assert set(twins.faces.tolist()) <= set(right.tolist())


def test_a_twin_lands_on_the_mirrored_texels_whatever_the_face_is_doing(demo) -> None:
    head, neutral, mirror, atlas = demo
    rng = np.random.default_rng(1)
    joints = np.zeros((len(head.joint_names), 3), np.float32)
    joints[0] = (0.2, 0.5, -0.1)
    expression = rng.uniform(0, 0.6, len(head.expression_names)).astype(np.float32)
    posed = head.pose(HeadParameters(expression, joints, np.array([0.1, 0.2, 0.3], np.float32)))
    cheek = np.linalg.norm(neutral - (0.042, -0.03, 0.066), axis=1).argmin()
    normal = posed[cheek] - posed.mean(axis=0)
    brush = SurfaceBrush(posed[cheek], 0.012, -normal / np.linalg.norm(normal), tip=Tip(1.0))

    stamp = stamp_on_surface(atlas, posed, brush)
    twin = stamp_on_surface(atlas, mirror.mirrored(posed), brush, is_mirrored=True)

    here, there = (atlas.places_of(each.texels, neutral) for each in (stamp, twin))
    assert len(stamp.texels) > 100
    assert twin.weights.sum() == pytest.approx(stamp.weights.sum(), rel=0.05)
    assert there[:, 0].max() < 0
    apart = np.linalg.norm(there[:, None] * FLIP - here[None], axis=2)
    # As far as a texel is long.
    assert apart.min(axis=1).max() < 0.0015
    assert apart.min(axis=0).max() < 0.0015


def test_a_twin_in_the_picture_is_the_mirror_image_though_its_chart_is_turned() -> None:
    topology, vertices = sheet()
    atlas, mirror = AtlasMap.of(topology, 512, vertices), MirrorMap.of(topology, vertices)
    left = (0.45 + 0.4 * -0.5, 0.5 + 0.4 * 0.25)  # x = -0.04, y = 0.02

    stamp = stamp_in_uv(atlas, left, 24.0, Tip(1.0))
    twin = mirror.in_uv(atlas).stamp(left, 24.0, Tip(1.0))

    radius_m = 24 * 0.08 / (0.4 * 512)
    offsets = atlas.places_of(twin.texels, vertices) - (0.04, 0.02, 0)
    inside = twin.weights == 1
    assert np.hypot(*offsets[:, :2].T)[inside].max() < radius_m + 1e-5
    assert np.allclose(twin.places, offsets[:, :2] * (-1, 1) / radius_m, atol=0.03)
    # The right chart is half as large.
    assert twin.weights.sum() == pytest.approx(stamp.weights.sum() / 4, rel=0.05)


def test_on_the_middle_line_a_stamp_is_its_own_twin() -> None:
    topology, vertices = sheet(bend=3.0)
    atlas, mirror = AtlasMap.of(topology, 512, vertices), MirrorMap.of(topology, vertices)
    brush = SurfaceBrush(np.array([0, 0.01, 0], np.float32), 0.02, INTO)
    brush = replace(brush, reach=Reach(is_connected=False))

    stamp = stamp_on_surface(atlas, vertices, brush)
    twin = stamp_on_surface(atlas, mirror.mirrored(vertices), brush, is_mirrored=True)

    assert set(stamp.texels.tolist()) == set(twin.texels.tolist())
    order, other = np.argsort(stamp.texels), np.argsort(twin.texels)
    assert np.allclose(stamp.weights[order], twin.weights[other], atol=0.01)


def test_the_map_of_a_head_is_kept_until_the_head_changes() -> None:
    topology, vertices = sheet()

    mirror = MirrorMap.of(topology, vertices)

    assert MirrorMap.of(topology, vertices.copy()) is mirror
    assert MirrorMap.of(topology, vertices + np.float32(0.01)) is not mirror


def test_another_head_is_refused() -> None:
    topology, vertices = sheet()
    mirror = MirrorMap.of(topology, vertices)

    with pytest.raises(ShapeError, match="posed"):
        mirror.mirrored(vertices[:-1])


def test_no_places_have_no_twins() -> None:
    topology, vertices = sheet()
    none = SurfacePlaces(np.zeros(0, np.int32), np.zeros((0, 3), np.float32))

    assert len(MirrorMap.of(topology, vertices).place(none).faces) == 0
