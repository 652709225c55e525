"""Folded networks say what the unfolded ones say."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from avatar_core.emoportraits import official
from avatar_core.emoportraits.blocks import SpectralWeight, StandardizedConv2d, StandardizedConv3d
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.folding import fold, folded
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.sliced import SlicedConv3d
from tests.avatar_core.emoportraits.reference import error_share, random_inputs, settled

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig

TOLERANCE = 1e-4

NETWORKS: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("local_encoder", {"image_size": 32, "latent_size": 8, "depth": 2, "latent_channels": 4,
                       "channel_mult": 1, "max_channels": 64}, (1, 3, 32, 32)),
    ("volume_source", {"latent_channels": 32, "num_blocks": 2}, (1, 32, 2, 4, 4)),
    ("warp_generator", {"max_channels": 64, "output_size": 16, "depth": 4}, (1, 64, 16)),
    ("unet3d", {"latent_channels": 32, "max_channels": 64, "latent_size": 16, "start_size": 4},
     (1, 32, 4, 16, 16)),
    ("decoder", {"image_size": 32, "latent_size": 8, "in_channels": 16, "max_channels": 64,
                 "num_blocks": 1}, (1, 16, 8, 8)),
    ("idt_embedder", {"identity_backbone": "resnet50", "identity_width": 32,
                      "embedding_channels": 32, "identity_image_size": 64}, (1, 3, 64, 64)),
    ("idt_embedder", {"identity_backbone": "resnet18", "identity_width": 32,
                      "embedding_channels": 32, "identity_image_size": 64}, (1, 3, 64, 64)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sizes", "shape"), NETWORKS)
def test_networks_fold(name: str, sizes: dict[str, Any], shape: tuple[int, ...]) -> None:
    torch.manual_seed(5)
    network = settled(official.build(name, **sizes))
    given = torch.rand(shape)
    expected, found = network(given), folded(network)(given)
    if isinstance(expected, tuple):
        expected, found = expected[-1], found[-1]
    assert error_share(found, expected) < TOLERANCE


def test_a_whole_generator_folds(small_config: PortraitConfig) -> None:
    torch.manual_seed(6)
    generator = settled(PortraitGenerator(small_config))
    given = random_inputs(small_config)
    before = copy.deepcopy(generator.state_dict())
    plain = folded(generator)
    assert error_share(plain(**given), generator(**given)) < TOLERANCE
    torch.testing.assert_close(generator.state_dict(), before)
    for layer in plain.modules():
        assert not isinstance(layer, SpectralWeight | StandardizedConv2d | StandardizedConv3d)
    assert not any(key.endswith(("_orig", "_u", "_v")) for key in plain.state_dict())
    assert not any(parameter.requires_grad for parameter in plain.parameters())


def test_batch_norms_fold_into_the_head_pose_network() -> None:
    torch.manual_seed(7)
    network = HeadPoseNet(width=8, image_size=32)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
            layer.running_mean.uniform_(-0.5, 0.5)
            layer.running_var.uniform_(0.5, 1.5)
    network.eval()
    image = torch.rand(4, 3, 32, 32)
    plain = folded(network)
    assert error_share(plain(image), network(image)) < TOLERANCE
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in plain.modules())


def test_a_training_network_folds_as_it_will_say(small_config: PortraitConfig) -> None:
    torch.manual_seed(8)
    generator = PortraitGenerator(small_config).train()
    given = random_inputs(small_config)
    plain = folded(generator)
    assert generator.training
    assert error_share(plain(**given), generator.eval()(**given)) < TOLERANCE


def test_folding_twice_changes_nothing() -> None:
    network = settled(official.build("volume_source", latent_channels=32, num_blocks=1))
    once = folded(network)
    torch.testing.assert_close(folded(once).state_dict(), once.state_dict())


def test_a_structure_folds_without_weights(small_config: PortraitConfig) -> None:
    with torch.device("meta"):
        structure = fold(PortraitGenerator(small_config))
    real = folded(PortraitGenerator(small_config))
    shapes = {key: value.shape for key, value in structure.state_dict().items()}
    assert shapes == {key: value.shape for key, value in real.state_dict().items()}


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 5])
def test_convolutions_by_slices_are_those_of_volumes(bias: bool, depth: int) -> None:
    torch.manual_seed(21)
    plain = nn.Conv3d(3, 4, 3, padding=1, bias=bias)
    sliced = SlicedConv3d(3, 4, 3, padding=1, bias=bias)
    sliced.load_state_dict(plain.state_dict())
    x = torch.randn(2, 3, depth, 4, 6)
    expected = plain(x)
    torch.testing.assert_close(sliced(x), expected, rtol=1e-4, atol=1e-5)
    if depth > 1:  # oneDNN's bfloat16 makes up numbers for volumes of one slice (torch 2.13, AMX)
        with torch.autocast("cpu", torch.bfloat16):
            torch.testing.assert_close(sliced(x).float(), expected, rtol=2e-2, atol=2e-2)


def test_only_cubes_of_three_are_sliced() -> None:
    network = nn.Sequential(
        nn.Conv3d(2, 2, 1), nn.Conv3d(2, 2, 3), nn.Conv3d(2, 2, 3, padding=1, stride=2),
        nn.Conv3d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1),
    )  # fmt: skip
    kinds = [type(layer) for layer in folded(network)]
    assert kinds == [nn.Conv3d, nn.Conv3d, nn.Conv3d, SlicedConv3d, nn.Conv2d]
