"""The whole generator: order of its steps, gradients, precision."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.pose import inverse, pose_grid, sample_volume
from avatar_core.errors import ShapeError
from tests.avatar_core.emoportraits.reference import error_share, random_inputs, settled

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.emoportraits.config import PortraitConfig


@pytest.fixture
def generator(small_config: PortraitConfig) -> PortraitGenerator:
    torch.manual_seed(9)
    network = settled(PortraitGenerator(small_config))
    assert isinstance(network, PortraitGenerator)
    return network


@pytest.fixture
def given(small_config: PortraitConfig) -> dict[str, Tensor]:
    return random_inputs(small_config)


def test_a_source_and_a_driver_make_a_picture(
    generator: PortraitGenerator, given: dict[str, Tensor]
) -> None:
    picture = generator(**given)
    assert picture.shape == given["image"].shape
    assert bool(((picture >= 0) & (picture <= 1)).all())


def test_steps_of_the_source(generator: PortraitGenerator, given: dict[str, Tensor]) -> None:
    source = generator.encode_source(given["image"], given["mask"], given["theta"])
    masked = given["image"] * given["mask"]
    flat = generator.local_encoder_nw(masked)
    volume = generator.volume_source_nw(flat.view(2, 8, 4, 8, 8))
    latent = generator.expression_embedder_nw(masked, given["theta"])
    spread = generator.pose_unsqueeze_nw(latent).view(2, 16, 4, 4)
    fused = generator.warp_embed_head_orig_nw((spread + source.identity) / 2).view(2, 16, 16)
    undo_pose = pose_grid(inverse(given["theta"]), 4, 8, 8)
    undone = sample_volume(volume, undo_pose)
    neutral = sample_volume(undone, generator.xy_generator_nw(fused).warp)
    torch.testing.assert_close(source.canonical, generator.volume_process_nw(neutral))
    torch.testing.assert_close(source.latent, latent)


def test_steps_of_the_driver(generator: PortraitGenerator, given: dict[str, Tensor]) -> None:
    source = generator.encode_source(given["image"], given["mask"], given["theta"])
    picture = generator.drive(source, given["latent"], given["pose"])
    warp = generator.uv_generator_nw(generator.embed(given["latent"], source.identity)).warp
    expressive = sample_volume(source.canonical, warp)
    posed = sample_volume(expressive, pose_grid(given["pose"], 4, 8, 8))
    torch.testing.assert_close(picture, generator.decoder_nw(posed.view(2, 32, 8, 8)).img)


def test_one_source_serves_many_drivers(
    generator: PortraitGenerator, given: dict[str, Tensor]
) -> None:
    first = {name: value[:1] for name, value in given.items()}
    source = generator.encode_source(first["image"], first["mask"], first["theta"])
    together = generator.drive(source, given["latent"], given["pose"])
    for index in range(2):
        alone = generator.drive(
            source, given["latent"][index : index + 1], given["pose"][index : index + 1]
        )
        torch.testing.assert_close(together[index : index + 1], alone, rtol=1e-4, atol=1e-5)


def test_what_is_masked_is_not_seen(generator: PortraitGenerator, given: dict[str, Tensor]) -> None:
    painted = given["image"] + (1 - given["mask"])
    torch.testing.assert_close(generator(**{**given, "image": painted}), generator(**given))


def test_every_weight_learns(small_config: PortraitConfig, given: dict[str, Tensor]) -> None:
    generator = PortraitGenerator(small_config).train()
    generator(**given).square().mean().backward()
    silent = [name for name, value in generator.named_parameters() if value.grad is None]
    # The source's own expression decides `theta` and `latent` alike, so everything takes part.
    assert silent == []


def test_warps_can_start_as_identities(small_config: PortraitConfig) -> None:
    config = dataclasses.replace(small_config, zero_warp_start=True)
    generator = PortraitGenerator(config)
    warp = generator.warp_from_canonical(torch.randn(2, 16, 16))
    steps = torch.linspace(-1, 1, 8)
    assert torch.equal(warp[1, 0, :, 0, 1], steps)
    assert torch.equal(warp[1, 0, 0, :, 0], steps)
    assert torch.equal(warp[1, :, 0, 0, 2], torch.linspace(-1, 1, 4))
    assert generator.warp_to_canonical(torch.randn(2, 16, 16)).isfinite().all()
    random = PortraitGenerator(small_config)
    assert not torch.allclose(random.warp_from_canonical(torch.randn(2, 16, 16)), warp)


def test_half_precision_keeps_warps_in_full(
    small_config: PortraitConfig, given: dict[str, Tensor]
) -> None:
    # Warps that are random to begin with would make a chaos of any small difference.
    config = dataclasses.replace(small_config, zero_warp_start=True)
    generator = settled(PortraitGenerator(config))
    with torch.no_grad():
        expected = generator(**given)
        with torch.autocast("cpu", torch.bfloat16):
            found = generator(**given)
            warp = generator.warp_from_canonical(torch.randn(1, 16, 16))
    assert warp.dtype == torch.float32
    assert found.dtype == torch.float32
    assert float((found - expected).abs().mean()) < 0.05 * float(expected.std())


def test_channels_last_changes_nothing(
    generator: PortraitGenerator, given: dict[str, Tensor]
) -> None:
    expected = generator(**given)
    generator.decoder_nw.to(memory_format=torch.channels_last)
    assert error_share(generator(**given), expected) < 1e-4


def test_wrong_shapes_are_named(generator: PortraitGenerator, given: dict[str, Tensor]) -> None:
    with pytest.raises(ShapeError, match="mask"):
        generator.encode_source(given["image"], given["image"], given["theta"])
    with pytest.raises(ShapeError, match="latent"):
        generator.embed(given["latent"][0], torch.zeros(1, 16, 4, 4))


def test_head_pose_numbers_are_scale_rotation_translation() -> None:
    network = HeadPoseNet(width=8, image_size=32).eval()
    image = torch.rand(2, 3, 50, 50)
    pose = network.pose(image)
    torch.testing.assert_close(torch.cat(pose, 1), network(image))
    assert pose.theta.shape == (2, 4, 4)
