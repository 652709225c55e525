"""FlameHead and its topology on a synthetic model, against the reference implementation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadParameters, landmark_positions
from avatar_core.heads.flame import FlameHead
from avatar_core.heads.flame_topology import (
    FlameMesh,
    SplitMesh,
    ordered_parts,
    split_at_seams,
    subdivided,
    with_teeth,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "mega" / "flame_synthetic.safetensors"


def wave(shape: tuple[int, ...], phase: int) -> np.ndarray:
    """The synthetic model's rule, see the README of the fixtures."""
    index = np.arange(np.prod(shape), dtype=np.float64)
    values = np.sin(0.37 * index + 1.3 * phase + 0.001 * (index % 97))
    return values.reshape(shape).astype(np.float32)


@pytest.fixture(scope="module")
def fixture() -> dict[str, np.ndarray]:
    return load_file(GOLDEN)


@pytest.fixture(scope="module")
def mesh(fixture: dict[str, np.ndarray]) -> FlameMesh:
    count = 3600
    regressor = np.zeros((5, count), np.float32)
    for joint, first in enumerate((3500, 3000, 2700, 1900, 1930)):
        regressor[joint, first : first + 3] = 1 / 3
    masks = {k.removeprefix("model.part."): v for k, v in fixture.items() if ".part." in k}
    masks = {k: v for k, v in masks.items() if not k.startswith("out")}
    coarse = FlameMesh(
        template=fixture["model.v_template"],
        shape_directions=0.002 * wave((count, 3, 10), 1),
        expression_directions=0.003 * wave((count, 3, 5), 2),
        pose_directions=0.001 * wave((count, 3, 36), 3),
        joint_regressor=regressor,
        skin_weights=fixture["model.weights"],
        faces=fixture["model.faces"],
        uv=fixture["model.vertex_uvs"],
        uv_faces=fixture["model.faces_uvs"],
        parts=ordered_parts(masks, fixture["model.backneck"], fixture["model.shrink_scalp"]),
    )
    return with_teeth(subdivided(coarse, fixture["model.ignore_faces"]))


@pytest.fixture(scope="module")
def split(mesh: FlameMesh) -> SplitMesh:
    return split_at_seams(mesh)


def test_faces_and_atlas(mesh: FlameMesh, fixture: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(mesh.faces, fixture["out.faces"])
    np.testing.assert_array_equal(mesh.uv_faces, fixture["out.faces_uvs"])
    np.testing.assert_allclose(mesh.uv, fixture["out.vertex_uvs"], atol=1e-6)


def test_parts_keep_their_order(mesh: FlameMesh, fixture: dict[str, np.ndarray]) -> None:
    for name, ids in mesh.parts.items():
        np.testing.assert_array_equal(ids, fixture[f"out.part.{name}"], err_msg=name)


def test_split_at_seams(split: SplitMesh, fixture: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(split.extra_vertex_ids, fixture["out.extra_verts_ids"])
    np.testing.assert_array_equal(split.faces, fixture["out.split_faces"])
    np.testing.assert_allclose(split.render_uv, fixture["out.split_verts_uvs"], atol=1e-6)
    np.testing.assert_allclose(split.vertex_uv, fixture["out.verts_uvs"], atol=1e-6)


@pytest.fixture(scope="module")
def head(mesh: FlameMesh, split: SplitMesh) -> FlameHead:
    barycentric = np.array([[0.2, 0.3, 0.5], [1, 0, 0], [0.1, 0.1, 0.8]], np.float32)
    faces = np.array([5, 100, 777], np.int32)
    return FlameHead(mesh, split, np.zeros(10, np.float32), faces, barycentric)


@pytest.mark.parametrize("item", [0, 1])
def test_posed_vertices_and_landmarks(
    item: int, head: FlameHead, fixture: dict[str, np.ndarray]
) -> None:
    turns = [fixture[f"in.{name}"][item] for name in ("rotation", "neck", "jaw", "eyes")]
    parameters = HeadParameters(
        fixture["in.expr"][item],
        np.concatenate(turns).reshape(5, 3),
        fixture["in.translation"][item],
        fixture["in.shape"][item],
    )
    posed = head.pose(parameters)
    np.testing.assert_allclose(posed, fixture["out.verts"][item], atol=1e-6)
    landmarks = landmark_positions(head.topology, posed)
    np.testing.assert_allclose(landmarks, fixture["out.landmarks"][item], atol=1e-6)


def test_wrong_lengths_are_named(head: FlameHead) -> None:
    parameters = HeadParameters(np.zeros(4, np.float32), np.zeros((5, 3), np.float32))
    with pytest.raises(ShapeError, match="expression"):
        head.pose(parameters)
