from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.frame import AvatarFrame
from avatar_core.geometry.topology import vertex_normals
from avatar_core.heads import HeadTopology
from avatar_core.motion import MotionFrame
from avatar_core.project.paint import SCULPT_RANGE_M, TILE
from avatar_core.texture.composite import AS_IT_IS
from avatar_core.texture.sculpt import Sculptor

SIZE = 8 * TILE
RADIUS_M = 0.1
OUT_M = SCULPT_RANGE_M * (255 / AS_IT_IS - 1)
"""Where the largest byte takes a vertex."""


def topology(faces: np.ndarray, uv: np.ndarray, uv_faces: np.ndarray) -> HeadTopology:
    return HeadTopology(
        faces=faces.astype(np.int32),
        uv=uv.astype(np.float32),
        uv_faces=uv_faces.astype(np.int32),
        part_names=("skin",),
        face_part=np.zeros(len(faces), np.uint8),
        scalp_vertex_ids=np.zeros(0, np.int32),
        landmark_face_ids=np.zeros(0, np.int32),
        landmark_barycentric=np.zeros((0, 3), np.float32),
    )


def ball(rings: int = 24, sectors: int = 48) -> tuple[np.ndarray, HeadTopology]:
    """A ball whose atlas, longitude and latitude, has its seam at the back: u = 0 and u = 1."""
    theta = np.linspace(0.1, np.pi - 0.1, rings + 1)
    phi = np.arange(sectors) * 2 * np.pi / sectors
    t, p = np.meshgrid(theta, phi, indexing="ij")
    unit = np.stack([-np.sin(t) * np.sin(p), np.cos(t), -np.sin(t) * np.cos(p)], -1)
    columns = np.arange(sectors)
    own = np.arange(len(unit.reshape(-1, 3))).reshape(rings + 1, sectors)
    corner = np.arange((rings + 1) * (sectors + 1)).reshape(rings + 1, sectors + 1)
    u, v = np.meshgrid(np.linspace(0, 1, sectors + 1), 1 - theta / np.pi)
    after = (columns + 1) % sectors
    quads = [own[:-1][:, columns], own[1:][:, columns], own[1:][:, after], own[:-1][:, after]]
    uvs = [corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]]
    triangles = [
        np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
        for a, b, c, d in (quads, uvs)
    ]
    uv = np.stack([u, v], -1).reshape(-1, 2)
    vertices = (RADIUS_M * unit.reshape(-1, 3)).astype(np.float32)
    return vertices, topology(triangles[0], uv, triangles[1])


def flat_shares(value: int = AS_IT_IS) -> np.ndarray:
    shares = np.full((SIZE, SIZE, 4), AS_IT_IS, np.uint8)
    shares[..., 2] = value
    return shares


@pytest.mark.parametrize(("value", "height_m"), [(255, OUT_M), (0, -SCULPT_RANGE_M)])
def test_a_ball_grows_and_shrinks_along_its_normals(value: int, height_m: float) -> None:
    vertices, head = ball()
    sculptor = Sculptor(head)
    assert sculptor.follow(flat_shares(value))
    radii = np.linalg.norm(sculptor.sculpted(vertices), axis=1)
    inner = np.abs(vertices[:, 1]) < 0.9 * RADIUS_M  # the rims at the poles face along the axis
    np.testing.assert_allclose(radii[inner], RADIUS_M + height_m, atol=1e-5)


def test_nothing_sculpted_is_the_very_array_and_the_very_frame() -> None:
    vertices, head = ball()
    sculptor = Sculptor(head)
    frame = frame_of(vertices)
    for shares in (None, flat_shares()):
        if shares is not None:
            assert not sculptor.follow(shares)
        assert sculptor.is_flat
        assert sculptor.sculpted(vertices) is vertices
        assert sculptor.worn(frame) is frame
    sculptor.follow(flat_shares(200))
    assert not sculptor.is_flat
    assert sculptor.follow(flat_shares())
    assert sculptor.worn(frame) is frame


def test_a_dab_moves_the_vertices_below_it_alone() -> None:
    vertices, head = ball()
    shares = flat_shares()
    # The middle of the atlas is the front of the ball.
    middle = np.s_[SIZE // 2 - TILE : SIZE // 2 + TILE, SIZE // 2 - TILE : SIZE // 2 + TILE, 2]
    shares[middle] = 255
    sculptor = Sculptor(head)
    sculptor.follow(shares)
    moved = np.linalg.norm(sculptor.sculpted(vertices) - vertices, axis=1)
    front = vertices @ [0, 0, 1] / RADIUS_M
    assert moved[front > 0.9] == pytest.approx(OUT_M, abs=1e-6)
    assert (moved[front < 0.4] == 0).all()
    turned = vertices @ np.diag([-1, 1, -1]).astype(np.float32)
    again = np.linalg.norm(sculptor.sculpted(turned), axis=1)
    assert again[front > 0.9] == pytest.approx(RADIUS_M + OUT_M, abs=2e-5)


def test_at_the_rim_of_a_dab_normals_are_those_of_the_whole_head() -> None:
    vertices, head = ball()
    rng = np.random.default_rng(3)
    crumpled = vertices + rng.normal(0, 0.003, vertices.shape).astype(np.float32)
    shares = flat_shares()
    shares[200:260, 180:250, 2] = 230
    sculptor = Sculptor(head)
    sculptor.follow(shares)
    ways = sculptor.heights_m[:, None] * vertex_normals(crumpled, head.faces)
    assert 5 < np.count_nonzero(sculptor.heights_m) < 60
    assert sculptor.sculpted(crumpled) == pytest.approx(crumpled + ways, abs=1e-7)


def test_up_is_up_and_left_is_left() -> None:
    vertices, head = ball()
    shares = flat_shares()
    shares[: SIZE // 2, : SIZE // 2, 2] = 255
    sculptor = Sculptor(head)
    sculptor.follow(shares)
    rose = sculptor.heights_m > OUT_M / 2
    assert (vertices[rose, 1] > -0.01).all()
    # Longitude begins at the back and goes by way of -x.
    assert (vertices[rose, 0] < 0.01).all()
    assert rose.mean() == pytest.approx(0.25, abs=0.04)


def test_a_vertex_at_a_seam_takes_the_mean_of_its_places() -> None:
    vertices, head = ball()
    shares = flat_shares()
    shares[:, : SIZE // 2, 2] = 255
    sculptor = Sculptor(head)
    sculptor.follow(shares)
    back = (np.abs(vertices[:, 0]) < 1e-6) & (vertices[:, 2] < 0)
    assert sculptor.heights_m[back] == pytest.approx(OUT_M / 2, abs=1e-6)


def test_tiles_that_changed_are_enough() -> None:
    rng = np.random.default_rng(0)
    vertices, head = ball()
    shares = flat_shares()
    shares[..., 2] = rng.integers(100, 160, (SIZE, SIZE))
    sculptor = Sculptor(head)
    sculptor.follow(shares)
    shares[TILE : 2 * TILE, 3 * TILE : 5 * TILE, 2] = 10
    assert sculptor.follow(shares, {11, 12})
    anew = Sculptor(head)
    anew.follow(shares)
    assert np.array_equal(sculptor.sculpted(vertices), anew.sculpted(vertices))
    shares[..., :2] = 3
    assert not sculptor.follow(shares, set(range(64))), "gloss and wrinkles move nothing"
    assert not sculptor.follow(shares, set())


def test_paint_of_another_size_means_the_same() -> None:
    vertices, head = ball()
    coarse, fine = Sculptor(head), Sculptor(head)
    shares = flat_shares()
    rng = np.random.default_rng(1)
    shares[..., 2] = np.kron(rng.integers(100, 160, (64, 64)), np.ones((8, 8), int))
    coarse.follow(shares)
    fine.follow(shares.repeat(2, axis=0).repeat(2, axis=1))
    assert fine.sculpted(vertices) == pytest.approx(coarse.sculpted(vertices), abs=1e-7)
    assert fine.follow(shares) is False
    assert fine.sculpted(vertices) == pytest.approx(coarse.sculpted(vertices), abs=1e-7)


def frame_of(vertices: np.ndarray, displacements: np.ndarray | None = None) -> AvatarFrame:
    none = np.zeros((0, 3), np.float32)
    turn = np.eye(3, dtype=np.float32)
    return AvatarFrame(
        MotionFrame(),
        vertices,
        none,
        np.zeros((0, 4), np.float32),
        turn,
        displacements=displacements,
    )


def test_a_frame_is_displaced_by_what_was_sculpted_too() -> None:
    vertices, head = ball()
    sculptor = Sculptor(head)
    sculptor.follow(flat_shares(220))
    bare = frame_of(vertices, np.full_like(vertices, 0.001))
    worn = sculptor.worn(bare)
    assert bare.displacements is not None
    assert worn.displacements is not None
    np.testing.assert_allclose(
        worn.vertices - bare.vertices, worn.displacements - bare.displacements, atol=1e-7
    )
    assert np.abs(worn.vertices - vertices).max() > 0.002
    assert (bare.vertices == vertices).all()
    assert sculptor.worn(replace(bare, displacements=None)).displacements is None


def test_vertices_of_no_triangle_and_heads_of_none() -> None:
    vertices, head = ball()
    more = np.concatenate([vertices, np.ones((3, 3), np.float32)])
    sculptor = Sculptor(head)
    sculptor.follow(flat_shares(255))
    assert (sculptor.sculpted(more)[-3:] == 1).all()
    none = np.zeros((0, 3))
    bare = Sculptor(topology(none, np.zeros((0, 2)), none))
    assert not bare.follow(flat_shares(255))
    assert bare.sculpted(vertices) is vertices


def test_a_map_of_another_shape_is_refused() -> None:
    _, head = ball()
    with pytest.raises(ShapeError, match="shares"):
        Sculptor(head).follow(np.zeros((SIZE, SIZE, 3), np.uint8))
