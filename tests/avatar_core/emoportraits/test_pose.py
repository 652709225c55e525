"""Poses of portraits, against worked cases, scipy and the reference's numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from scipy.linalg import polar as scipy_polar
from scipy.spatial.transform import Rotation

from avatar_core.emoportraits import pose
from avatar_core.errors import ShapeError
from tests.avatar_core.emoportraits.reference import Golden

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def golden() -> Golden:
    return Golden("pose_math")


@pytest.fixture
def aligned_keypoints(shared_folder: Path) -> torch.Tensor:
    """Those of the released model [68, 3], which are not ours to hand on."""
    with np.load(shared_folder / "golden/emo/pose_math.npz") as arrays:
        return torch.from_numpy(arrays["in/aligned_keypoints"][0])


def random_pose(count: int, seed: int = 0) -> pose.PoseParameters:
    draw = torch.Generator().manual_seed(seed)
    return pose.PoseParameters(
        0.8 + 0.5 * torch.rand(count, 3, generator=draw),
        1.2 * (torch.rand(count, 3, generator=draw) - 0.5),
        0.4 * (torch.rand(count, 3, generator=draw) - 0.5),
    )


def face_like_points() -> torch.Tensor:
    """68 points on the front of an ellipsoid of a head's size in canonical space."""
    draw = np.random.default_rng(5)
    points = draw.normal(size=(68, 3))
    points[:, 2] = -abs(points[:, 2])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return torch.from_numpy(points * [0.43, 0.5, 0.35] + [0, 0.15, 0.05]).float()


def test_moves_then_turns_then_scales() -> None:
    theta = pose.theta_of(
        torch.tensor([[2.0, 1, 1]]),
        torch.tensor([[math.pi / 2, 0, 0]]),  # x becomes y, y becomes -x
        torch.tensor([[0.0, 3, 0]]),
    )
    point = theta[0] @ torch.tensor([1.0, 0, 0, 1])
    assert point.tolist() == pytest.approx([-6, 1, 0, 1], abs=1e-6)


def test_angles_turn_about_z_then_y_then_x_axes() -> None:
    angles = random_pose(6).rotation
    expected = Rotation.from_euler("ZYX", angles.numpy()).as_matrix()
    assert pose.rotation_matrices(angles).numpy() == pytest.approx(expected, abs=1e-6)
    assert torch.allclose(pose.rotation_angles(pose.rotation_matrices(angles)), angles, atol=1e-6)


@pytest.mark.parametrize(("angle", "kept"), [(-3.0, -math.pi / 2), (3.0, 3.0), (4.0, math.pi)])
def test_rotation_stops_sooner_backwards_than_forwards(angle: float, kept: float) -> None:
    one, zero = torch.ones(1, 3), torch.zeros(1, 3)
    theta = pose.theta_of(one, torch.tensor([[angle, 0, 0]]), zero)
    assert theta[0, :2, 0].tolist() == pytest.approx([math.cos(kept), math.sin(kept)], abs=1e-6)


def test_inverse_undoes_any_affine_pose() -> None:
    theta = random_pose(5).theta
    assert torch.allclose(pose.inverse(theta) @ theta, torch.eye(4).expand(5, 4, 4), atol=1e-6)


def test_identity_grid_holds_both_ends_in_the_order_xyz1() -> None:
    grid = pose.identity_grid(2, 3, 5)
    assert grid.shape == (2, 3, 5, 4)
    assert grid[1, 2, 0].tolist() == [-1, 1, 1, 1]
    assert grid[0, 1, 3].tolist() == [0.5, 0, -1, 1]


def test_pose_grid_carries_every_cell() -> None:
    theta = random_pose(2).theta
    expected = torch.einsum("bij,dhwj->bdhwi", theta[:, :3], pose.identity_grid(2, 3, 4))
    assert torch.allclose(pose.pose_grid(theta, 2, 3, 4), expected, atol=1e-6)


def test_grids_stay_exact_under_autocast() -> None:
    theta = random_pose(2).theta
    volume = torch.rand(2, 1, 4, 8, 8)
    exact = pose.pose_grid(theta, 4, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        grid = pose.pose_grid(theta, 4, 8, 8)
        crop_grid = pose.alignment_grid(theta, 8)
        sampled = pose.sample_volume(volume.bfloat16(), grid)
    assert torch.equal(grid, exact)
    assert torch.equal(crop_grid, pose.alignment_grid(theta, 8))
    assert sampled.dtype == torch.float32
    assert torch.equal(sampled, pose.sample_volume(volume.bfloat16().float(), exact))


@pytest.mark.parametrize("batch", [1, 2])
def test_volumes_are_read_alike_while_learning_and_in_compiled_loops(batch: int) -> None:
    random = torch.Generator().manual_seed(6)
    volume = torch.randn(batch, 5, 4, 6, 7, generator=random)
    grid = torch.randn(batch, 3, 9, 11, 3, generator=random)  # a third of it is outside
    grid[0, 0, 0, :4] = torch.tensor([[-1.0], [1], [1e30], [-1e30]])
    wanted = pose.sample_volume(volume, grid)
    with torch.inference_mode():
        found = pose.sample_volume(volume, grid)
        strided = pose.sample_volume(volume, grid.transpose(1, 2).contiguous().transpose(1, 2))
    assert wanted.abs().max() > 0.5
    assert torch.allclose(found, wanted, atol=1e-5)
    assert torch.equal(strided, found)


def test_places_that_are_no_numbers_read_something() -> None:
    grid = torch.full((1, 1, 1, 2, 3), math.nan)
    grid[..., 1, :] = math.inf
    with torch.inference_mode():
        assert pose.sample_volume(torch.ones(1, 2, 3, 3, 3), grid).shape == (1, 2, 1, 1, 2)


def test_an_identity_warp_shrinks_the_picture() -> None:
    volume = torch.ones(1, 1, 4, 4, 4)
    grid = pose.identity_grid(4, 4, 4)[None, ..., :3]
    sampled = pose.sample_volume(volume, grid)
    # -1 is the outer face of the first cell, halfway to the zeros outside, along each axis.
    assert sampled[0, 0, 0, 0, 0] == pytest.approx(1 / 8)
    assert sampled[0, 0, 1, 1, 1] == 1


def test_crop_shows_the_middle_half_of_the_canonical_picture() -> None:
    size = 64
    x = torch.linspace(-1, 1, size) * (1 - 1 / size)  # centres of pixels
    ramp = torch.stack([x.expand(size, size), x[:, None].expand(size, size)])[None]
    crop = pose.aligned_crop(ramp, torch.eye(4)[None], 9)
    assert crop[0, :, 0, 0].tolist() == pytest.approx([-0.5, -0.5], abs=1e-6)
    assert crop[0, :, 4, 8].tolist() == pytest.approx([0.5, 0], abs=1e-6)


def test_crop_stands_upright_for_a_tilted_head() -> None:
    # Canonical point (0.4, 0) of this pose lies at (0.1, 0.4) in the picture.
    theta = pose.inverse(
        pose.theta_of(
            torch.ones(1, 3), torch.tensor([[math.pi / 2, 0, 0]]), torch.tensor([[0.0, -0.1, 0]])
        )
    )
    grid = pose.alignment_grid(theta, 11)
    right_end = grid[0, 5, 9]  # x = 0.8 of the crop is 0.4 of the canonical picture
    expected = pose.inverse(theta)[0] @ torch.tensor([0.4, 0, 0, 1])
    assert right_end.tolist() == pytest.approx(expected[:2].tolist(), abs=1e-6)
    assert abs(float(right_end[1] - grid[0, 5, 5, 1])) == pytest.approx(0.4, abs=1e-6)


def test_polar_agrees_with_scipy() -> None:
    matrices = random_pose(4).theta[:, :3, :3]
    turns, stretches = pose.polar(matrices)
    for matrix, turn, stretch in zip(matrices, turns, stretches, strict=True):
        expected_turn, expected_stretch = scipy_polar(matrix.numpy(), side="right")
        assert turn.numpy() == pytest.approx(expected_turn, abs=1e-5)
        assert stretch.numpy() == pytest.approx(expected_stretch, abs=1e-5)


@pytest.mark.parametrize("variant", ["old", "new"])
def test_mixing_follows_the_formula_with_scipy(variant: pose.MixVariant) -> None:
    thetas = random_pose(4, seed=3).theta
    mixed = pose.mixed_pose(thetas[:1], thetas[1:], variant)
    for driver, found in zip(thetas[1:].double().numpy(), mixed, strict=True):
        assert found.numpy() == pytest.approx(_mixed(thetas[0], driver, variant), abs=1e-5)


def _mixed(source: torch.Tensor, driver: np.ndarray, variant: str) -> np.ndarray:
    def split(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        linear = np.eye(4)
        linear[:3, :3] = theta[:3, :3]
        turn, stretch = scipy_polar(linear)
        return turn, stretch

    _, stretch = split(source.double().numpy())
    turn, driver_stretch = split(driver)
    place = np.eye(4)
    place[:3, 3] = driver[:3, 3]
    if variant == "old":
        return place @ turn @ stretch
    mixed = stretch * driver_stretch.mean() / stretch.mean() @ turn @ place
    mixed[3] = [0, 0, 0, 1]
    return mixed


def test_mixing_a_pose_with_itself_changes_nothing_where_it_can_not() -> None:
    uniform = pose.theta_of(
        torch.full((1, 3), 1.3), torch.tensor([[0.2, 0.4, -0.1]]), torch.zeros(1, 3)
    )
    assert torch.allclose(pose.mixed_pose(uniform, uniform), uniform, atol=1e-6)


def test_a_driver_that_is_not_finite_is_handed_back_and_harms_no_other() -> None:
    thetas = random_pose(3).theta
    drivers = thetas[1:].clone()
    drivers[0, 1, 1] = float("nan")
    mixed = pose.mixed_pose(thetas[:1], drivers)
    assert torch.equal(mixed[0].nan_to_num(7), drivers[0].nan_to_num(7))
    assert torch.allclose(mixed[1:], pose.mixed_pose(thetas[:1], thetas[2:]))


def test_smoothing_takes_its_share_of_the_new_pose() -> None:
    first, second = torch.zeros(1, 4, 4), torch.ones(1, 4, 4)
    assert pose.smoothed_pose(first, None, 0.1) is first
    assert pose.smoothed_pose(second, first, 0.25)[0, 0, 0] == 0.25


def test_fit_finds_the_pose_of_exact_keypoints() -> None:
    wanted = random_pose(7, seed=2)
    canonical = face_like_points()
    back = pose.inverse(wanted.theta)
    keypoints = canonical @ back[:, :3, :3].transpose(1, 2) + back[:, None, :3, 3]
    found = pose.fit_pose(keypoints, canonical)
    for name, value, expected in zip(found._fields, found, wanted, strict=True):
        assert value.numpy() == pytest.approx(expected.numpy(), abs=1e-4), name
    assert torch.allclose(pose.fit_theta(keypoints, canonical), wanted.theta, atol=1e-4)


def test_derivatives_of_the_fit_agree_with_autograd() -> None:
    points, target = face_like_points()[None, :5].double(), face_like_points()[:5].double()
    unknowns = torch.cat(random_pose(1, seed=6), 1).double()

    def errors(values: torch.Tensor) -> torch.Tensor:
        return pose._residual_and_jacobian(points, target, values)[0]

    expected = torch.autograd.functional.jacobian(errors, unknowns)[0, :, 0]
    found = pose._residual_and_jacobian(points, target, unknowns)[1][0]
    assert torch.allclose(found, expected, atol=1e-12)


def test_fit_of_noisy_keypoints_is_a_minimum() -> None:
    canonical = face_like_points()
    draw = torch.Generator().manual_seed(1)
    back = pose.inverse(random_pose(1, seed=4).theta)
    keypoints = canonical @ back[:, :3, :3].transpose(1, 2) + back[:, None, :3, 3]
    keypoints = keypoints + 0.02 * torch.randn(keypoints.shape, generator=draw)
    found = pose.fit_pose(keypoints.double(), canonical)
    unknowns = torch.cat(found, 1).requires_grad_()
    theta = pose.PoseParameters(*unknowns.split(3, 1)).theta
    moved = keypoints.double() @ theta[:, :3, :3].transpose(1, 2) + theta[:, None, :3, 3]
    error = (moved - canonical).square().sum()
    (slope,) = torch.autograd.grad(error, unknowns)
    assert float(slope.abs().max()) < 1e-8


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="rotation"):
        pose.theta_of(torch.ones(2, 3), torch.zeros(1, 3), torch.zeros(2, 3))


@pytest.mark.parametrize("is_inference", [False, True])
def test_agrees_with_the_reference(golden: Golden, is_inference: bool) -> None:
    with torch.inference_mode(is_inference):
        _agrees_with(golden)


def _agrees_with(golden: Golden) -> None:
    theta = pose.theta_of(golden["in/scale"], golden["in/rotation"], golden["in/translation"])
    back = pose.inverse(theta)
    identity = pose.identity_grid(4, 8, 8)
    volume = golden["in/vol"]
    source_grid = pose.pose_grid(back, 4, 8, 8)
    same = identity[None, ..., :3].expand(4, -1, -1, -1, -1)
    results = {
        "theta": theta,
        "inv_theta": back,
        "identity_grid": identity.view(1, -1, 4),
        "source_grid": source_grid,
        "target_grid": pose.pose_grid(theta, 4, 8, 8),
        "sampled_source": pose.sample_volume(volume, source_grid),
        "sampled_identity": pose.sample_volume(volume, same),
        "mix_old_src1": pose.mixed_pose(theta[1:2], theta[:3], "old")[:, :3].double(),
        "mix_new_src1": pose.mixed_pose(theta[1:2], theta[:3], "new")[:, :3].double(),
    }
    for name, value in results.items():
        assert torch.allclose(value, golden[f"out/{name}"], rtol=0, atol=2e-6), name


def test_fits_as_the_reference(golden: Golden, aligned_keypoints: torch.Tensor) -> None:
    # The reference stops LBFGS short of the minimum, hence the tolerance.
    found = pose.fit_pose(golden["in/keypoints"], aligned_keypoints)
    assert torch.allclose(found.theta, golden["out/theta_fit"], atol=5e-3)
    for name, value in zip(found._fields, found, strict=True):
        assert torch.allclose(value, golden[f"out/fit_{name}"], atol=5e-3), name
