"""Released networks, against numbers that the reference's networks gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from avatar_core.emoportraits import official
from avatar_core.errors import WeightsError
from tests.avatar_core.emoportraits.reference import Golden, error_share

TINY, FULL = 1e-4, 1e-3

ONE_OUTPUT: list[tuple[str, str, dict[str, Any] | None, float]] = [
    ("local_encoder_tiny", "local_encoder", None, TINY),
    ("stage2_encoder_tiny", "stage2_encoder", None, TINY),
    ("volume_source_tiny", "volume_source", None, TINY),
    (
        "unet3d_tiny",
        "unet3d",
        {"latent_channels": 32, "max_channels": 64, "latent_size": 16, "start_size": 4},
        TINY,
    ),
    ("idt_embedder_full", "idt_embedder", {}, FULL),
    ("head_pose_full", "head_pose", {}, FULL),
]


@pytest.mark.parametrize(("tag", "name", "sizes", "tolerance"), ONE_OUTPUT)
def test_agrees_with_the_reference(
    tag: str, name: str, sizes: dict[str, Any] | None, tolerance: float
) -> None:
    golden = Golden(tag)
    (given,) = golden.part("in/").values()
    (expected,) = golden.part("out/").values()
    state = golden.state
    if sizes is not None:  # the file leaves most weights to the rule
        state = golden.made_state(official.build(name, **sizes).state_dict())
    network = official.build(name, state)
    assert not network.training
    assert error_share(network(given), expected) < tolerance


def test_warp_generator_agrees_with_the_reference() -> None:
    golden = Golden("warp_generator_tiny")
    network = official.build("warp_generator", golden.state, depth=4)
    found = network(golden["in/embed"])
    assert error_share(found.delta, golden["out/delta"]) < TINY
    assert error_share(found.warp, golden["out/warp"]) < TINY


@pytest.mark.parametrize(
    "sizes", [{}, {"image_size": 64, "latent_size": 16}, {"blocks_per_resolution": 2}]
)
def test_decoder_agrees_with_the_reference(sizes: dict[str, int]) -> None:
    golden = Golden("decoder_tiny")
    found = official.build("decoder", golden.state, **sizes)(golden["in/feat"])
    assert error_share(found.img, golden["out/img"]) < TINY
    assert error_share(found.res_feat, golden["out/res_feat"]) < TINY
    assert error_share(found.img_feat[..., ::4, ::4], golden["out/img_feat_stride4"]) < TINY


def test_discriminator_agrees_with_the_reference() -> None:
    golden = Golden("discriminator_tiny")
    found = official.build("discriminator", golden.state)(golden["in/img"])
    for scale, (score, features) in enumerate(zip(found.scores, found.features, strict=True)):
        assert error_share(score, golden[f"out/score{scale}"]) < TINY
        assert error_share(features[-1], golden[f"out/feat{scale}_last"]) < TINY
    assert [len(features) for features in found.features] == [3, 3]


OTHER_SIZES: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("local_encoder", {"image_size": 32, "latent_size": 16, "depth": 2, "latent_channels": 3,
                       "base_channels": 32, "channel_mult": 2, "max_channels": 96}, (1, 3, 32, 32)),
    ("stage2_encoder", {"image_size": 32, "latent_size": 8, "depth": 4, "latent_channels": 8,
                        "base_channels": 32, "channel_mult": 1, "max_channels": 64},
     (1, 3, 32, 32)),
    ("volume_source", {"latent_channels": 64, "num_blocks": 1}, (1, 64, 2, 4, 4)),
    ("warp_generator", {"max_channels": 96, "base_channels": 32, "embed_size": 2,
                        "output_size": 16, "depth": 8}, (1, 96, 4)),
    ("warp_generator", {"max_channels": 64, "base_channels": 32, "embed_size": 4,
                        "output_size": 32, "depth": 2}, (2, 64, 16)),
    ("unet3d", {"latent_channels": 32, "max_channels": 96, "latent_size": 16, "start_size": 2,
                "depth": 4}, (1, 32, 4, 16, 16)),
    ("unet3d", {"latent_channels": 32, "max_channels": 32, "latent_size": 16, "start_size": 8},
     (2, 32, 8, 16, 16)),
    ("decoder", {"image_size": 32, "latent_size": 16, "in_channels": 24, "max_channels": 96,
                 "num_blocks": 1, "blocks_per_resolution": 3, "channel_divisor": 2.0},
     (1, 24, 16, 16)),
    ("decoder", {"image_size": 64, "latent_size": 8, "depth": 4, "latent_channels": 8,
                 "base_channels": 32, "channel_mult": 1, "max_channels": 128, "num_blocks": 2,
                 "blocks_per_resolution": 1, "channel_divisor": 1.5}, (1, 32, 8, 8)),
    ("discriminator", {"image_size": 32, "base_channels": 8, "max_channels": 16, "num_blocks": 2,
                       "scales": 3}, (1, 3, 32, 32)),
    ("idt_embedder", {"identity_backbone": "resnet18", "identity_width": 32,
                      "embedding_channels": 32, "identity_image_size": 64}, (1, 3, 40, 40)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sizes", "shape"), OTHER_SIZES)
def test_sizes_are_read_off_the_weights(
    name: str, sizes: dict[str, Any], shape: tuple[int, ...]
) -> None:
    torch.manual_seed(3)
    first = official.build(name, **sizes)
    arrays = {
        f"module.{key}": value.numpy()
        for key, value in first.state_dict().items()
        if not key.endswith(("identity_grid", "mean", "std"))
    }
    told = {key: sizes[key] for key in ("depth", "image_size", "latent_size") if key in sizes}
    if name == "idt_embedder":
        told = {"identity_image_size": 64}
    second = official.build(name, arrays, **told)
    given = torch.rand(shape)
    for found, expected in zip(_leaves(second(given)), _leaves(first(given)), strict=True):
        torch.testing.assert_close(found, expected)


def _leaves(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [leaf for part in value for leaf in _leaves(part)]


def test_enhancer_is_built_from_its_weights() -> None:
    from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig

    config = EnhancerConfig(32, 8, 12, 8, 4, 64, 1)
    first = Enhancer(config).eval()
    second = official.build("enhancer", first.state_dict())
    loaded = official.load_enhancer({**first.state_dict(), "discriminator.x": torch.ones(1)})
    assert loaded.config == config
    given = torch.rand(1, 3, 16, 16), torch.rand(1, 1, 16, 16), torch.rand(1, 1, 20, 20)
    torch.testing.assert_close(second(*given), first(*given))
    torch.testing.assert_close(loaded(*given), first(*given))


def test_an_unknown_network_is_named() -> None:
    with pytest.raises(WeightsError, match="'encoder' is no part"):
        official.build("encoder")


@pytest.mark.parametrize("name", ["decoder", "unet3d", "local_encoder", "head_pose"])
def test_weights_of_another_network_are_refused(name: str) -> None:
    with pytest.raises(WeightsError):
        official.build(name, Golden("warp_generator_tiny").state)


def test_misfits_are_named() -> None:
    state = Golden("volume_source_tiny").state
    state.pop("net.net.1.block.0.weight_u")
    state["net.extra"] = torch.ones(1)
    state["net.net.0.block_feats.0.bias"] = torch.ones(31)
    with pytest.raises(WeightsError) as caught:
        official.build("volume_source", state)
    text = str(caught.value)
    assert "missing: net.net.1.block.0.weight_u" in text
    assert "left over: net.extra" in text
    assert "net.net.0.block_feats.0.bias is [31] instead of [32]" in text


def test_the_caller_keeps_its_weights() -> None:
    state = Golden("volume_source_tiny").state
    network = official.build("volume_source", state)
    for parameter in network.parameters():
        parameter.data.zero_()
    assert all(np.any(value.numpy()) for value in state.values())


def test_released_discriminator() -> None:
    network = official.build("discriminator")
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_104_898
    assert "net_0256.blocks.3.main.1.bias" in network.state_dict()
    with torch.device("meta"):
        found = network.to("meta")(torch.zeros(1, 3, 512, 512))
    assert [tuple(score.shape[2:]) for score in found.scores] == [(64, 64), (32, 32)]


def test_expression_network_is_built_from_its_weights() -> None:
    torch.manual_seed(4)
    first = official.build("expression_embedder", backbone_width=32, expression_size=8)
    second = official.build("expression_embedder", first.state_dict())
    image, theta = torch.rand(1, 3, 96, 96), torch.eye(4)[None]
    torch.testing.assert_close(second(image, theta), first(image, theta))
    assert second(image, theta).shape == (1, 8)
