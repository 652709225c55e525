"""Comparing pictures through networks, and through the one that nobody has trained."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.errors import ShapeError
from avatar_core.training import portrait_features as features
from avatar_core.training.perceptual_net import PerceptualNet


def seen_sizes(sizes: list[int]) -> features.FeatureNet:
    def look(image: Tensor) -> list[Tensor]:
        sizes.append(image.shape[-1])
        return [image, 2 * image]

    return look


def pictures(seed: int = 0, size: int = 64) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    coarse = torch.rand(2, 3, size // 8, size // 8, generator=draw)
    smooth = functional.interpolate(coarse, scale_factor=8, mode="bicubic").clamp(0, 1)
    return (0.7 * smooth + 0.3 * torch.rand(smooth.shape, generator=draw)).clamp(0, 1)


def test_layers_are_weighed_and_scales_averaged() -> None:
    sizes: list[int] = []
    term = features.FeatureTerm(layers=(1.0, 0.25), scales=3)
    drawn, target = torch.zeros(1, 3, 32, 32), torch.ones(1, 3, 32, 32)
    distance = features.feature_distance(seen_sizes(sizes), drawn, target, term)
    assert distance.item() == pytest.approx(1 + 0.25 * 2)
    assert sizes == [32, 32, 16, 16, 8, 8]


def test_pictures_are_brought_to_the_size_of_the_network() -> None:
    sizes: list[int] = []
    term = features.FeatureTerm(size_px=24)
    features.feature_distance(seen_sizes(sizes), pictures(), pictures(1), term)
    assert sizes == [24, 24]


def test_the_target_does_not_learn() -> None:
    drawn, target = pictures().requires_grad_(), pictures(1).requires_grad_()
    features.feature_distance(seen_sizes([]), drawn, target, features.STAND_IN).backward()
    assert drawn.grad is not None
    assert target.grad is None


def test_a_network_with_other_layers_is_refused() -> None:
    with pytest.raises(ShapeError, match="expected 5 layers, got 2"):
        features.feature_distance(seen_sizes([]), pictures(), pictures(), features.VGG19)


def test_identity_is_a_matter_of_direction() -> None:
    def look(image: Tensor) -> list[Tensor]:
        return [image, image[:, :, 0, 0]]

    drawn = torch.tensor([[1.0, 0, 0], [0, 2, 0]])[:, :, None, None]
    target = torch.tensor([[3.0, 0, 0], [0, 0, 1]])[:, :, None, None]
    assert features.identity_distance(look, drawn, target).item() == pytest.approx(0.5)


def test_gradients_pass_where_the_mask_is() -> None:
    image = torch.rand(1, 3, 2, 2, requires_grad=True)
    mask = torch.tensor([[1.0, 0], [0.5, 0]])[None, None]
    seen = features.learning_inside(image, mask)
    seen.sum().backward()
    assert torch.allclose(seen, image)
    assert image.grad is not None
    assert torch.equal(image.grad, mask.expand(1, 3, 2, 2))


def test_missing_networks_are_told() -> None:
    assert len(features.LossNets().notices()) == 4
    notices = features.LossNets(perceptual=seen_sizes([]), face=seen_sizes([])).notices()
    assert [notice.split("'")[1] for notice in notices] == ["gaze", "identity"]


def test_the_stand_in_is_the_same_every_time_and_draws_from_nowhere_else() -> None:
    torch.manual_seed(1)
    first = PerceptualNet()(pictures())
    after = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), after)
    second = PerceptualNet()(pictures())
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_nothing_in_the_stand_in_learns_or_is_saved() -> None:
    net = PerceptualNet()
    assert not list(net.parameters())
    assert not net.state_dict()


def test_features_of_the_stand_in_count_alike() -> None:
    sizes = [float(value.square().mean()) for value in PerceptualNet()(pictures())]
    assert min(sizes) > 0.03
    assert max(sizes) < 30


def test_blur_costs_more_than_brightness_of_the_same_error() -> None:
    net, sharp = PerceptualNet(), pictures()
    blurred = functional.avg_pool2d(functional.pad(sharp, (1, 1, 1, 1), "replicate"), 3, stride=1)
    error = (blurred - sharp).square().mean().sqrt()
    brighter = sharp + error
    blur, brightness = (
        float(features.feature_distance(net, image, sharp, features.STAND_IN))
        for image in (blurred, brighter)
    )
    assert blur > 1.5 * brightness


def test_pictures_can_be_found_again_by_the_stand_in() -> None:
    net, target = PerceptualNet(), pictures(size=32)
    image = torch.full_like(target, 0.5).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.05)
    for _ in range(30):
        optimizer.zero_grad()
        features.feature_distance(net, image, target, features.STAND_IN).backward()
        optimizer.step()
    error = (image - target).square().mean().sqrt()
    assert error < 0.5 * (0.5 - target).square().mean().sqrt()
