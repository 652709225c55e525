"""Sizes of portrait models, and what the compact one costs."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from avatar_core.emoportraits.config import (
    COMPACT,
    MEGAPORTRAITS,
    OFFICIAL,
    PortraitConfig,
    doublings,
)
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import (
    PortraitGenerator,
    decoder_widths,
    encoder_widths,
    unet_widths,
    warp_widths,
)
from avatar_core.emoportraits.model import model_arrays
from avatar_core.errors import WeightsError
from tests.avatar_core.emoportraits.reference import MultiplyAdds, random_inputs


def test_released_widths() -> None:
    assert encoder_widths(OFFICIAL) == (128, 256, 512, 512)
    assert encoder_widths(MEGAPORTRAITS) == (64, 128, 256, 512)
    assert warp_widths(OFFICIAL) == (512, 256, 128, 64, 32)
    assert unet_widths(OFFICIAL) == (96, 192, 384, 512)
    assert decoder_widths(OFFICIAL) == (512, 320, 192, 128)
    assert decoder_widths(MEGAPORTRAITS) == (512, 256, 128, 64)


@pytest.mark.parametrize("config", [OFFICIAL, MEGAPORTRAITS, COMPACT])
def test_plain_data_and_back(config: PortraitConfig) -> None:
    assert PortraitConfig.from_plain({**config.to_plain(), "unheard_of": 1}) == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("depth", 0), ("depth", -4), ("depth", "16"), ("depth", True), ("depth", 1 << 40),
        ("channel_divisor", float("nan")), ("uses_spectral_norm", 1), ("detail_width", -1),
        ("identity_backbone", "resnet999"), ("identity_backbone", ["resnet18"]),
    ],
)  # fmt: skip
def test_impossible_sizes_are_named(name: str, value: object) -> None:
    with pytest.raises(WeightsError, match=name):
        PortraitConfig.from_plain({name: value})


def test_sizes_that_do_not_double_are_refused() -> None:
    assert doublings(8, 8) == 0
    assert doublings(4, 64) == 4
    for low, high in ((48, 64), (64, 32), (0, 8)):
        with pytest.raises(WeightsError, match="whole number of times"):
            doublings(low, high)
    with pytest.raises(WeightsError):
        PortraitGenerator(dataclasses.replace(COMPACT, image_size=100))


def test_the_compact_model_is_compact() -> None:
    generator = PortraitGenerator(COMPACT).eval()
    head_pose = HeadPoseNet(COMPACT.head_pose_backbone, COMPACT.head_pose_width)
    given = random_inputs(COMPACT, batch=1)
    source = generator.encode_source(given["image"], given["mask"], given["theta"])
    with MultiplyAdds(generator, head_pose) as count:
        pose = head_pose.eval().pose(given["image"]).theta
        generator.drive(source, generator.expression(given["image"], pose), pose)
    giga = {stage: cost / 1e9 for stage, cost in count.by_stage.items()}
    assert sum(giga.values()) < 4, giga
    assert set(giga) == {
        "conv1", "layer1", "layer2", "layer3", "layer4", "fc", "expression_embedder_nw",
        "pose_unsqueeze_nw", "warp_embed_head_orig_nw", "uv_generator_nw", "decoder_nw",
        "detail_nw",
    }  # fmt: skip
    arrays = model_arrays(generator, head_pose)
    assert sum(array.nbytes for array in arrays.values()) < 30e6


def test_the_released_model_costs_what_is_known_of_it() -> None:
    with torch.device("meta"):
        generator = PortraitGenerator(OFFICIAL).eval()
        image, theta = torch.zeros(1, 3, 512, 512), torch.zeros(1, 4, 4)
        latent, volume = torch.zeros(1, 128), torch.zeros(1, 96, 16, 64, 64)
        identity = torch.zeros(1, 512, 4, 4)
        with MultiplyAdds(generator) as count:
            generator.warp_from_canonical(generator.embed(latent, identity))
            generator.decode(volume)
            generator.encode_appearance(image)
            generator.expression(image, theta)
            generator.volume_process_nw(volume)
    giga = {stage: cost / 1e9 for stage, cost in count.by_stage.items()}
    assert sum(p.numel() for p in generator.parameters()) == 160_704_361
    # As counted in the released code, which doubles or halves sizes before its shortcuts.
    for stage, expected in (
        ("local_encoder_nw", 566.5), ("idt_embedder_nw", 5.4), ("uv_generator_nw", 30.8),
        ("volume_source_nw", 97.8), ("volume_process_nw", 1267.6), ("decoder_nw", 477.3),
    ):  # fmt: skip
        assert giga[stage] == pytest.approx(expected, rel=0.025), stage
