"""GaussianAvatars' files on a FLAME head, from the file to the posed cloud."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_core.errors import AssetError
from avatar_core.exchange.gaussian_avatars import (
    BoundGaussians,
    head_of_sequence,
    posed_gaussians,
    read_bound_gaussians,
)
from avatar_core.exchange.tracked import pose_at, read_tracked
from avatar_core.gaussians import GaussianCloud
from avatar_core.io.gaussian_ply import PlyGaussians, write_gaussian_ply
from avatar_core.motion import UNIT_INDEX, MotionFrame

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead
    from avatar_core.heads.flame import FlameHead
    from avatar_core.heads.flame_topology import FlameMesh

COUNT = 30
SYNTHETIC_FACES = 6962
"""Faces of the synthetic FLAME model before its subdivision; the real one has 9976."""


def cloud() -> GaussianCloud:
    rng = np.random.default_rng(6)
    quats = rng.standard_normal((COUNT, 4)).astype(np.float32)
    return GaussianCloud(
        means=rng.standard_normal((COUNT, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=rng.uniform(0.05, 1, (COUNT, 3)).astype(np.float32),
        opacities=rng.uniform(0.1, 0.9, COUNT).astype(np.float32),
        sh=rng.standard_normal((COUNT, 16, 3)).astype(np.float32),
        flags=np.zeros(COUNT, np.uint8),
    )


def bindings() -> np.ndarray:
    """As the files store them; the last three ride on GaussianAvatars' teeth."""
    column = np.random.default_rng(7).integers(0, SYNTHETIC_FACES, COUNT).astype(np.float32)
    column[-3:] = (9976, 10004, 10143)
    return column


@pytest.fixture
def ply(tmp_path: Path) -> Path:
    path = tmp_path / "point_cloud.ply"
    write_gaussian_ply(path, PlyGaussians(cloud(), {"binding_0": bindings()}))
    return path


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Three frames, as they lie beside the file."""
    rng = np.random.default_rng(8)
    path = tmp_path / "flame_param.npz"
    offset = rng.normal(0, 0.003, (1, 5143, 3)).astype(np.float32)
    np.savez(
        path,
        shape=rng.normal(0, 0.5, 10).astype(np.float32),
        expr=rng.normal(0, 0.5, (3, 5)).astype(np.float32),
        rotation=rng.normal(0, 0.3, (3, 3)).astype(np.float32),
        neck_pose=rng.normal(0, 0.3, (3, 3)).astype(np.float32),
        jaw_pose=rng.normal(0, 0.3, (3, 3)).astype(np.float32),
        eyes_pose=rng.normal(0, 0.1, (3, 6)).astype(np.float32),
        translation=rng.normal(0, 0.3, (3, 3)).astype(np.float32),
        static_offset=offset,
        dynamic_offset=np.zeros((3, 5143, 3), np.float32),
    )
    return path


def assert_rides(posed: GaussianCloud, vertices: np.ndarray, faces: np.ndarray) -> None:
    """The published formula, one Gaussian at a time."""
    own, column = cloud(), bindings()
    assert len(posed) == COUNT - 3
    for i in range(COUNT - 3):
        v0, v1, v2 = vertices[faces[int(column[i])]].astype(np.float64)
        a0 = (v1 - v0) / np.linalg.norm(v1 - v0)
        a1 = np.cross(a0, v2 - v0)
        a1 /= np.linalg.norm(a1)
        a2 = -np.cross(a1, a0)
        size = (np.linalg.norm(v1 - v0) + abs(a2 @ (v2 - v0))) / 2
        turn = np.stack([a0, a1, a2], 1)
        expected = size * turn @ own.means[i] + (v0 + v1 + v2) / 3
        np.testing.assert_allclose(posed.means[i], expected, atol=2e-6)
        np.testing.assert_allclose(posed.scales[i], size * own.scales[i], rtol=1e-4)
        ours, theirs = (
            Rotation.from_quat(cloud.quats[i], scalar_first=True).as_matrix()
            for cloud in (posed, own)
        )
        np.testing.assert_allclose(ours, turn @ theirs, atol=5e-6)


def test_a_file_is_posed_by_a_motion_frame(
    ply: Path, flame_head: FlameHead, coarse_flame_mesh: FlameMesh
) -> None:
    rng = np.random.default_rng(9)
    head = replace(
        flame_head,
        arkit_to_expression=rng.normal(0, 0.5, (52, 5)).astype(np.float32),
        arkit_to_jaw=rng.normal(0, 0.2, (52, 3)).astype(np.float32),
    )
    weights = np.zeros(52, np.float32)
    weights[UNIT_INDEX["jawOpen"]] = 0.8
    motion = MotionFrame(weights=weights, head_rotation=np.float32([0.1, 0.4, -0.1]))
    posed = posed_gaussians(read_bound_gaussians(ply), head, motion)
    parameters = head.parameters_from_arkit(
        tuple(UNIT_INDEX), weights, motion.head_rotation, motion.head_translation, None
    )
    assert np.abs(parameters.joints).max() > 0.1
    assert_rides(posed, head.pose(parameters), coarse_flame_mesh.faces)


def test_a_file_is_posed_by_its_own_sequence(
    ply: Path, sequence: Path, flame_head: FlameHead, coarse_flame_mesh: FlameMesh
) -> None:
    head = head_of_sequence(flame_head, sequence)
    with np.load(sequence) as arrays:
        offset, shape = arrays["static_offset"][0, :5023], arrays["shape"]
    np.testing.assert_array_equal(head.shape, shape)
    moved = head.mesh.template - flame_head.mesh.template
    np.testing.assert_allclose(moved[:5023], offset, atol=1e-6)
    assert not moved[5023:].any()
    pose = pose_at(read_tracked(sequence, 10, 5), 2)
    posed = posed_gaussians(read_bound_gaussians(ply), head, pose)
    assert_rides(posed, head.pose(pose), coarse_flame_mesh.faces)


def test_gaussians_on_foreign_teeth_are_left_out_and_counted(ply: Path) -> None:
    bound = read_bound_gaussians(ply)
    assert bound.left_out == 3
    np.testing.assert_array_equal(bound.binding, bindings()[:-3])
    np.testing.assert_allclose(bound.cloud.means, cloud().means[:-3])


def test_gaussians_without_triangles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "hair.ply"
    write_gaussian_ply(path, PlyGaussians(cloud()))
    with pytest.raises(AssetError, match=r"hair.ply are bound to no head: binding_0"):
        read_bound_gaussians(path)


@pytest.mark.parametrize("wrong", [0.5, -1.0, np.nan, 1e20])
def test_damaged_bindings_are_refused(wrong: float, tmp_path: Path) -> None:
    column = bindings()
    column[4] = wrong
    path = tmp_path / "point_cloud.ply"
    write_gaussian_ply(path, PlyGaussians(cloud(), {"binding_0": column}))
    with pytest.raises(AssetError, match=r"point_cloud.ply is damaged: binding_0"):
        read_bound_gaussians(path)


@pytest.mark.parametrize("offset", [np.zeros((4000, 3)), np.zeros(3), np.full((5143, 3), np.nan)])
def test_damaged_offsets_are_refused(
    offset: np.ndarray, sequence: Path, flame_head: FlameHead
) -> None:
    with np.load(sequence) as arrays:
        others = dict(arrays) | {"static_offset": offset}
    np.savez(sequence, **others)
    with pytest.raises(AssetError, match="static_offset"):
        head_of_sequence(flame_head, sequence)


def test_other_heads_are_refused(small_head: BlendshapeHead) -> None:
    bound = BoundGaussians(cloud(), np.zeros(COUNT, np.int32), 0)
    with pytest.raises(AssetError, match=r"FLAME's triangles.*FLAME head"):
        posed_gaussians(bound, small_head, MotionFrame())
