"""Colour of hair that depends on where it is seen from."""

from dataclasses import replace

import numpy as np
import torch

from avatar_core.gaussians import seen_colours
from avatar_core.mega.hair import CanonicalGaussians, Seen
from avatar_core.mega.hair_arrays import Placement, hair_cloud, load_hair

COUNT = 7
TURN = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]], np.float32)
NOT_TURNED = Placement(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))


def gaussians(coefficients: int = 9) -> CanonicalGaussians:
    torch.manual_seed(5)
    made = CanonicalGaussians(COUNT, coefficients).requires_grad_(False)
    for parameter in made.parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.3)
    return made


def test_colours_equal_the_twin_without_torch() -> None:
    hair, eye = gaussians(), torch.tensor([0.1, 0.2, 1.5])
    splats = hair.raw().activated(Seen(eye, torch.eye(3), 2))
    cloud = hair_cloud(hair, NOT_TURNED, view_dependent=True)
    rays = cloud.means - eye.numpy()
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    np.testing.assert_allclose(splats.colours.numpy(), seen_colours(cloud.sh, rays), atol=1e-6)


def test_hair_that_turns_with_its_viewer_keeps_its_colour() -> None:
    hair, eye, turn = gaussians(), torch.tensor([0.1, 0.2, 1.5]), torch.from_numpy(TURN)
    before = hair.raw().activated(Seen(eye, torch.eye(3), 2)).colours
    turned = replace(hair.raw(), xyz=hair.raw().xyz @ turn.T)
    after = turned.activated(Seen(turn @ eye, turn, 2)).colours
    torch.testing.assert_close(before, after)
    unturned = turned.activated(Seen(turn @ eye, torch.eye(3), 2)).colours
    assert (before - unturned).abs().max() > 0.01


def test_a_lower_degree_leaves_the_higher_coefficients_out() -> None:
    hair, eye = gaussians(), torch.tensor([0.0, 0.0, 1.0])
    constant = hair.raw().activated().colours
    torch.testing.assert_close(hair.raw().activated(Seen(eye, torch.eye(3), 0)).colours, constant)
    first = hair.raw().activated(Seen(eye, torch.eye(3), 1)).colours
    second = hair.raw().activated(Seen(eye, torch.eye(3), 2)).colours
    assert (first - constant).abs().max() > 0.01
    assert (second - first).abs().max() > 0.01


def test_colour_does_not_pull_at_the_place() -> None:
    hair = gaussians().requires_grad_(True)
    seen = Seen(torch.tensor([0.0, 0.0, 1.0]), torch.eye(3), 2)
    torch.autograd.backward(hair.raw().activated(seen).colours.sum())
    assert hair._xyz.grad is None
    assert hair._features_rest.grad is not None


def test_a_cloud_on_a_turned_head_and_back() -> None:
    hair = gaussians()
    placement = Placement(TURN, np.array([0.1, 0.0, -0.2], np.float32))
    cloud = hair_cloud(hair, placement, view_dependent=True)
    back = CanonicalGaussians(COUNT, 9).requires_grad_(False)
    assert load_hair(back, cloud, placement, {}) == COUNT
    for name in ("_features_dc", "_features_rest"):
        torch.testing.assert_close(getattr(back, name), getattr(hair, name), atol=1e-5, rtol=1e-4)


def test_fewer_coefficients_than_the_networks_have_are_filled_with_zeros() -> None:
    hair = gaussians(4)
    cloud = hair_cloud(hair, NOT_TURNED, view_dependent=True)
    wider = CanonicalGaussians(COUNT, 16).requires_grad_(False)
    load_hair(wider, cloud, NOT_TURNED, {})
    torch.testing.assert_close(wider._features_rest[:, :3], hair._features_rest)
    assert not wider._features_rest[:, 3:].any()
