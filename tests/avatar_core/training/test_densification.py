"""How the hair's Gaussians multiply, on a few made by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from avatar_core.geometry import Camera, look_at
from avatar_core.mega.hair import CanonicalGaussians
from avatar_core.raster.projection import Projected
from avatar_core.raster.splats import SplatImage, rasterize_splats
from avatar_core.training.densification import (
    Densifier,
    PicturesSeen,
    replace_rows,
    reset_opacities,
    resize,
    screen_radii,
)
from avatar_core.training.hair_settings import DensifyPlan, GaussianRates

PLAN = DensifyPlan()
EXTENT = 1.0


def logit(opacity: float) -> float:
    return math.log(opacity / (1 - opacity))


def gaussians_of(count: int, scale: float = 0.001, opacity: float = 0.5) -> CanonicalGaussians:
    """In a row along x, all alike but for their place and colour."""
    gaussians = CanonicalGaussians(count, 4)
    with torch.no_grad():
        gaussians._xyz[:, 0] = 0.1 * torch.arange(count)
        gaussians._features_dc[:, 0, 0] = torch.arange(count)
        gaussians._scaling.fill_(math.log(scale))
        gaussians._rotation[:, 0] = 1
        gaussians._opacity.fill_(logit(opacity))
    return gaussians


def stepped(gaussians: CanonicalGaussians) -> torch.optim.Adam:
    """An optimiser that has seen one gradient, the number of the Gaussian, for every value."""
    groups = [{"params": [p], "lr": 0.0} for p in gaussians.parameters()]
    optimizer = torch.optim.Adam(groups)
    for parameter in gaussians.parameters():
        rows = torch.arange(1.0, len(parameter) + 1).view(-1, *[1] * (parameter.dim() - 1))
        parameter.grad = rows.expand_as(parameter).clone()
    optimizer.step()
    return optimizer


def densified(
    gaussians: CanonicalGaussians,
    gradients: list[float],
    plan: DensifyPlan = PLAN,
    radii: list[float] | None = None,
    seen: int = 600,
) -> torch.optim.Adam:
    optimizer = stepped(gaussians)
    densifier = Densifier.of(plan, EXTENT, gaussians)
    densifier.gradients = 2 * torch.tensor(gradients)
    densifier.views = torch.full((len(gradients),), 2.0)
    densifier.radii = torch.tensor(radii or [0.0] * len(gradients))
    densifier.densify(gaussians, optimizer, seen, np.random.default_rng(1))
    assert len(densifier.gradients) == len(gaussians._xyz)
    assert not densifier.gradients.any()
    return optimizer


def colours(gaussians: CanonicalGaussians) -> list[int]:
    """Which Gaussian each row once was."""
    return [int(value) for value in gaussians._features_dc[:, 0, 0]]


def test_small_ones_with_a_steep_gradient_are_cloned() -> None:
    gaussians = gaussians_of(3)
    densified(gaussians, [1e-4, 2e-4, 3e-4])
    assert colours(gaussians) == [0, 1, 2, 1, 2]
    torch.testing.assert_close(gaussians._xyz[3:], gaussians._xyz[1:3])
    torch.testing.assert_close(gaussians._scaling[3:], gaussians._scaling[1:3])


def test_large_ones_with_a_steep_gradient_are_split_into_smaller_ones() -> None:
    gaussians = gaussians_of(3, scale=0.0021)
    densified(gaussians, [0.0, 1.0, 0.0])
    assert colours(gaussians) == [0, 2, 1, 1]
    torch.testing.assert_close(gaussians._scaling[2:].exp(), torch.full((2, 3), 0.0021 / 1.6))
    assert not torch.equal(gaussians._xyz[2], gaussians._xyz[3])


def test_the_limit_between_cloning_and_splitting_is_a_share_of_the_extent() -> None:
    gaussians = gaussians_of(1, scale=0.0021)
    densified(gaussians, [1.0], replace(PLAN, small=0.003))
    assert len(gaussians._xyz) == 2
    assert float(gaussians._scaling.detach().exp().amax()) == pytest.approx(0.0021)


def test_children_are_spread_as_their_parent_was() -> None:
    """Covariance of many children of one turned, elongated Gaussian: R S S R'."""
    gaussians = gaussians_of(1)
    angle = 0.7
    scales = torch.tensor([0.3, 0.1, 0.05])
    with torch.no_grad():
        gaussians._scaling.copy_(scales.log()[None])
        gaussians._rotation.copy_(
            torch.tensor([[math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2)]])
        )
    densified(gaussians, [1.0], replace(PLAN, children=40_000))
    turn = torch.tensor(
        [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]]
    )
    expected = turn @ torch.diag(scales**2) @ turn.T
    torch.testing.assert_close(torch.cov(gaussians._xyz.detach().T), expected, atol=2e-3, rtol=0)
    torch.testing.assert_close(gaussians._xyz.mean(0), torch.zeros(3), atol=5e-3, rtol=0)


def test_nearly_transparent_ones_are_removed_and_so_are_their_clones() -> None:
    gaussians = gaussians_of(3)
    with torch.no_grad():
        gaussians._opacity[1] = logit(0.0049)
    densified(gaussians, [0.0, 1.0, 0.0])
    assert colours(gaussians) == [0, 2]


def test_large_ones_are_removed_late_only() -> None:
    """By their size in the world or on the screen; children of a large one may be small enough."""
    sizes = [0.001, 0.11, 0.001]
    radii = [0.024, 0.0, 0.026]
    for seen, expected in ((24_000, [0, 1, 2]), (24_001, [0])):
        gaussians = gaussians_of(3)
        with torch.no_grad():
            gaussians._scaling.copy_(torch.tensor(sizes).log()[:, None].expand(3, 3))
        densified(gaussians, [0.0] * 3, radii=radii, seen=seen)
        assert colours(gaussians) == expected
    gaussians = gaussians_of(1, scale=0.11)
    densified(gaussians, [1.0], seen=30_000)
    assert colours(gaussians) == [0, 0]


def test_moments_stay_with_their_gaussians_and_new_ones_have_none() -> None:
    gaussians = gaussians_of(3, scale=0.0021)
    with torch.no_grad():
        gaussians._scaling[0] = math.log(0.001)
    optimizer = densified(gaussians, [1.0, 1.0, 0.0])
    assert colours(gaussians) == [0, 2, 0, 1, 1]
    for group, parameter in zip(optimizer.param_groups, gaussians.parameters(), strict=True):
        assert group["params"] == [parameter]
        state = optimizer.state[parameter]
        assert float(state["step"]) == 1
        first = state["exp_avg"].flatten(1)[:, 0]
        torch.testing.assert_close(first, 0.1 * torch.tensor([1.0, 3.0, 0.0, 0.0, 0.0]))
        second = state["exp_avg_sq"].flatten(1)[:, 0]
        torch.testing.assert_close(second, 0.001 * torch.tensor([1.0, 9.0, 0.0, 0.0, 0.0]))
    assert len(optimizer.state) == 6


def test_learning_goes_on_with_the_new_rows() -> None:
    gaussians = gaussians_of(2)
    optimizer = densified(gaussians, [1.0, 1.0])
    optimizer.param_groups[0]["lr"] = 0.1
    before = gaussians._xyz.detach().clone()
    gaussians._xyz.sum().backward()
    optimizer.step()
    assert (gaussians._xyz < before).all()


def test_the_same_seed_splits_alike() -> None:
    rows = []
    for _ in range(2):
        gaussians = gaussians_of(4, scale=0.01)
        densified(gaussians, [1.0] * 4)
        rows.append(gaussians._xyz.detach())
    assert torch.equal(rows[0], rows[1])


def camera(width: int, height: int) -> Camera:
    return Camera(np.eye(4, dtype=np.float32), np.eye(3, dtype=np.float32), width, height)


def test_a_gradient_is_the_mean_over_the_pictures_that_show_the_gaussian() -> None:
    """Moving a Gaussian by one pixel moves it by 2 / W of a screen that is 2 wide."""
    gaussians = gaussians_of(3)
    densifier = Densifier.of(PLAN, EXTENT, gaussians)
    for scale in (1.0, 3.0):
        projected = projection(
            centres=[[10.0, 10.0], [30.0, 10.0], [-100.0, 10.0]],
            gradient=[[0.001, 0.0], [0.0, 0.002], [1.0, 1.0]],
            factor=scale,
        )
        densifier.observe(projected, camera(40, 20))
    mean = densifier.gradients / densifier.views.clamp(min=1)
    torch.testing.assert_close(mean, torch.tensor([2 * 0.001 * 20, 2 * 0.002 * 10, 0.0]))
    assert densifier.views.tolist() == [2, 2, 0]
    assert densifier.radii.tolist() == pytest.approx([3 / 20, 3 / 20, 0.0])


def projection(centres: list[list[float]], gradient: list[list[float]], factor: float) -> Projected:
    places = torch.tensor(centres, requires_grad=True)
    places.grad = factor * torch.tensor(gradient)
    count = len(centres)
    conics = torch.tensor([1.0, 0.0, 1.0]).expand(count, 3)
    return Projected(places, conics, torch.ones(count), torch.ones(count, dtype=torch.bool))


def test_gaussians_behind_the_camera_are_not_shown() -> None:
    densifier = Densifier.of(PLAN, EXTENT, gaussians_of(1))
    projected = projection([[10.0, 10.0]], [[1.0, 1.0]], 1.0)
    hidden = projected._replace(visible=torch.zeros(1, dtype=torch.bool))
    densifier.observe(hidden, camera(40, 20))
    assert densifier.views.tolist() == [0]
    assert densifier.gradients.tolist() == [0]


def test_screen_gradients_of_the_rasteriser_are_slopes_of_the_loss() -> None:
    """Shifting the principal point shifts all Gaussians alike: the slopes add up to its own."""
    view = look_at(np.array([0, 0, 2], np.float32), np.zeros(3, np.float32))

    def picture(shift: float) -> tuple[SplatImage, Tensor]:
        intrinsics = np.array([[60, 0, 16 + shift], [0, 60, 12], [0, 0, 1]], np.float32)
        generator = torch.Generator().manual_seed(5)
        means = (0.3 * torch.rand(8, 3, generator=generator) - 0.15).requires_grad_()
        image = rasterize_splats(
            means,
            torch.tensor([[1.0, 0, 0, 0]]).expand(8, 4),
            torch.full((8, 3), 0.05),
            torch.full((8,), 0.6),
            torch.rand(8, 3, generator=generator),
            Camera(view, intrinsics, 32, 24),
        )
        ramp = torch.linspace(0, 1, 32)[None, :, None] ** 2
        return image, (image.rgb * ramp).mean()

    image, loss = picture(0.0)
    image.projected.centres.retain_grad()
    loss.backward()
    assert image.projected.centres.grad is not None
    slope = float((picture(0.05)[1] - picture(-0.05)[1]).detach()) / 0.1
    # Gaussians end where their alpha falls below 1/255; only the difference feels that edge move.
    assert float(image.projected.centres.grad[:, 0].sum()) == pytest.approx(slope, rel=0.1)


def test_screen_radius_is_that_of_the_longest_axis() -> None:
    covariance = torch.tensor([[5.0, 2.0], [2.0, 3.0]])
    inverse = torch.linalg.inv(covariance)
    conic = torch.tensor([[float(inverse[0, 0]), float(inverse[0, 1]), float(inverse[1, 1])]])
    longest = float(torch.linalg.eigvalsh(covariance).amax())
    assert screen_radii(conic).tolist() == [math.ceil(3 * math.sqrt(longest))]


def test_a_reset_lowers_opacities_and_forgets_their_moments() -> None:
    gaussians = gaussians_of(2)
    with torch.no_grad():
        gaussians._opacity[1] = logit(0.004)
    optimizer = stepped(gaussians)
    with torch.no_grad():
        gaussians._opacity.copy_(torch.tensor([[logit(0.9)], [logit(0.004)]]))
    reset_opacities(gaussians, optimizer, 0.01)
    torch.testing.assert_close(gaussians._opacity.sigmoid(), torch.tensor([[0.01], [0.004]]))
    assert not optimizer.state[gaussians._opacity]["exp_avg"].any()
    assert optimizer.state[gaussians._xyz]["exp_avg"].any()


def test_events_follow_the_pictures_seen() -> None:
    """Eight pictures a step: rounds every 25 steps after 500 pictures, resets every 375 steps."""
    rounds = [s for s in range(1, 401) if PLAN.multiplies(8 * (s - 1), 8 * s)]
    assert rounds == list(range(75, 401, 25))
    resets = [s for s in range(1, 1001) if PLAN.resets(8 * (s - 1), 8 * s)]
    assert resets == [375, 750]
    assert not any(replace(PLAN, reset_every=0).resets(8 * (s - 1), 8 * s) for s in range(1000))
    ended = replace(PLAN, until=1000)
    assert not any(ended.multiplies(8 * (s - 1), 8 * s) for s in range(126, 400))


def test_gradients_of_an_averaged_loss_count_as_those_of_one_picture() -> None:
    densifier = Densifier.of(PLAN, EXTENT, gaussians_of(1))
    densifier.observe(projection([[10.0, 10.0]], [[0.001, 0.0]], 1 / 8), camera(40, 20), 8)
    assert densifier.gradients.tolist() == pytest.approx([0.001 * 20])


@pytest.mark.parametrize(("left", "expected"), [(3000, 0.01), (2999, 0.5)])
def test_opacities_are_not_reset_when_too_little_is_left_to_recover_in(
    left: int, expected: float
) -> None:
    gaussians = gaussians_of(2)
    seen = PicturesSeen(2992, 3000, 3000 + left)
    densifier = Densifier.of(PLAN, EXTENT, gaussians)
    densifier.advance(gaussians, stepped(gaussians), seen, np.random.default_rng(0))
    assert float(gaussians._opacity.detach().sigmoid()[0]) == pytest.approx(expected)
    densifier.advance(
        gaussians, stepped(gaussians), seen, np.random.default_rng(0), late_reset=True
    )
    assert float(gaussians._opacity.detach().sigmoid()[0]) == pytest.approx(0.01)


def test_rounds_take_place_when_they_are_due() -> None:
    gaussians = gaussians_of(2)
    densifier = Densifier.of(PLAN, EXTENT, gaussians)
    for before, count in ((584, 2), (592, 4)):
        densifier.gradients = torch.ones(2)
        densifier.views = torch.ones(2)
        seen = PicturesSeen(before, before + 8, 48_000)
        densifier.advance(gaussians, stepped(gaussians), seen, np.random.default_rng(0))
        assert len(gaussians._xyz) == count


def test_resizing_makes_room() -> None:
    gaussians = gaussians_of(3)
    gaussians.requires_grad_(False)
    resize(gaussians, 5)
    assert gaussians._features_rest.shape == (5, 3, 3)
    assert not gaussians._xyz.requires_grad
    assert set(gaussians.state_dict()) == set(CanonicalGaussians(1).state_dict())


def test_no_gaussians_are_left_alone() -> None:
    gaussians = gaussians_of(2, opacity=0.001)
    densified(gaussians, [0.0, 0.0])
    assert gaussians._xyz.shape == (0, 3)
    densified(gaussians, [])
    assert gaussians._xyz.shape == (0, 3)


def test_rows_can_be_put_in_another_order() -> None:
    gaussians = gaussians_of(3)
    none = {name: value[:0].detach() for name, value in gaussians.named_parameters()}
    replace_rows(gaussians, torch.tensor([2, 0]), none)
    assert colours(gaussians) == [2, 0]


def test_the_rate_of_centres_falls_by_the_same_factor_every_step() -> None:
    rates = GaussianRates()
    assert rates.xyz_decay(0) == 1.0
    assert rates.xyz * rates.xyz_decay(15_000) == pytest.approx(1.6e-5)
    assert rates.xyz * rates.xyz_decay(30_000) == pytest.approx(1.6e-6)
    assert rates.xyz_decay(60_000) == rates.xyz_decay(30_000)
    assert rates.of("_features_rest") == 1.25e-4
