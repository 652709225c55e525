from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_core.errors import ShapeError
from avatar_core.gaussians.binding import (
    binding_from_column,
    posed_from_binding,
    posed_means,
    triangle_frames,
)
from avatar_core.heads import HeadParameters

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead
    from tests.avatar_core.gaussians.conftest import MakeCloud


def normalised(vector: np.ndarray) -> np.ndarray:
    return vector / np.sqrt((vector**2).sum())


def test_scales_then_turns_then_moves() -> None:
    quarter_turn = np.array([[[0, -1, 0], [1, 0, 0], [0, 0, 1]]], np.float32)
    posed = posed_means(
        np.array([[1, 0, 0]], np.float32),
        np.zeros(1, np.int32),
        quarter_turn,
        np.array([2], np.float32),
        np.array([[10, 0, 0]], np.float32),
    )
    assert posed.tolist() == [[10, 2, 0]]


def test_frames_of_a_triangle_drawn_by_hand() -> None:
    corners = np.array([[1, 1, 0], [5, 1, 0], [1, 3, 0]], np.float32)
    frames = triangle_frames(corners, np.array([[0, 1, 2]], np.int32))
    assert frames.rotations[0].T.tolist() == [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    assert frames.sizes.tolist() == [3.0]  # mean of the edge 4 and the height 2
    assert frames.centres[0] == pytest.approx([7 / 3, 5 / 3, 0])


def test_gaussians_ride_on_a_posed_flame_head(flame_head: FlameHead, make_cloud: MakeCloud) -> None:
    """Against the published formula, one Gaussian at a time and with scipy's rotations."""
    rng = np.random.default_rng(4)
    turns = (0.3 * rng.standard_normal((5, 3))).astype(np.float32)
    vertices = flame_head.pose(HeadParameters(rng.random(5).astype(np.float32), turns))
    faces = flame_head.topology.faces
    cloud = make_cloud(40)
    binding = rng.integers(0, len(faces), 40).astype(np.int32)
    posed = posed_from_binding(cloud, binding, vertices, faces)
    for i, face in enumerate(binding):
        v0, v1, v2 = vertices[faces[face]].astype(np.float64)
        a0 = normalised(v1 - v0)
        a1 = normalised(np.cross(a0, v2 - v0))
        a2 = -normalised(np.cross(a1, a0))
        size = 0.5 * (np.linalg.norm(v1 - v0) + abs(a2 @ (v2 - v0)))
        turn = Rotation.from_matrix(np.stack([a0, a1, a2], 1))
        expected = size * turn.apply(cloud.means[i]) + (v0 + v1 + v2) / 3
        np.testing.assert_allclose(posed.means[i], expected, atol=1e-6)
        own = Rotation.from_quat(cloud.quats[i], scalar_first=True)
        both = Rotation.from_quat(posed.quats[i], scalar_first=True)
        # single precision: 1e-7 in the quaternion is some 1e-3 in arccos near 1, hence matrices
        np.testing.assert_allclose(both.as_matrix(), (turn * own).as_matrix(), atol=2e-6)
        np.testing.assert_allclose(posed.scales[i], size * cloud.scales[i], rtol=1e-5)
    np.testing.assert_array_equal(posed.sh, cloud.sh)
    np.testing.assert_array_equal(posed.opacities, cloud.opacities)


def test_no_gaussian_and_one(make_cloud: MakeCloud) -> None:
    vertices = np.eye(3, dtype=np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    for count in (0, 1):
        binding = np.zeros(count, np.int32)
        assert len(posed_from_binding(make_cloud(count), binding, vertices, faces)) == count


@pytest.mark.parametrize("corners", [np.zeros((3, 3)), np.outer([0, 1, 3], [1, 1, 1])])
def test_degenerate_triangles_give_sound_gaussians(
    corners: np.ndarray, make_cloud: MakeCloud
) -> None:
    cloud = make_cloud(3)
    faces = np.array([[0, 1, 2]], np.int32)
    posed = posed_from_binding(cloud, np.zeros(3, np.int32), corners.astype(np.float32), faces)
    assert np.all(np.isfinite(posed.means))
    assert np.all(posed.scales > 0)
    np.testing.assert_allclose(posed.quats, cloud.quats, atol=1e-6)


def test_bindings_outside_the_mesh_are_named(make_cloud: MakeCloud) -> None:
    cloud, vertices = make_cloud(2), np.eye(3, dtype=np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    for wrong in ([0, 1], [0, -1]):
        with pytest.raises(ShapeError, match="binding"):
            posed_from_binding(cloud, np.array(wrong, np.int32), vertices, faces)
    with pytest.raises(ShapeError, match="binding"):
        posed_from_binding(cloud, np.zeros(3, np.int32), vertices, faces)


def test_columns_of_real_numbers_become_indices() -> None:
    column = np.array([0, 3, 9975], np.float32)
    assert binding_from_column(column).tolist() == [0, 3, 9975]
    for wrong in ([0.5], [-1.0], [np.nan], [1e20]):
        with pytest.raises(ShapeError, match="binding_0"):
            binding_from_column(np.array(wrong))


def test_flags_stay(make_cloud: MakeCloud) -> None:
    cloud = replace(make_cloud(2), flags=np.array([1, 8], np.uint8))
    faces = np.array([[0, 1, 2]], np.int32)
    posed = posed_from_binding(cloud, np.zeros(2, np.int32), np.eye(3, dtype=np.float32), faces)
    assert posed.flags.tolist() == [1, 8]
