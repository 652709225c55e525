"""Released checkpoints: names, shapes, sizes and what is said of other files."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.emoportraits import official
from avatar_core.emoportraits.config import MEGAPORTRAITS, OFFICIAL, PortraitConfig
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.official_config import parsed_arguments
from avatar_core.errors import WeightsError
from tests.avatar_core.emoportraits.reference import GOLDEN, random_inputs, settled

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


@pytest.fixture(scope="module")
def released() -> dict[str, Tensor]:
    shapes = json.loads((GOLDEN / "released_state_dict_shapes.json").read_text())
    return {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}


def test_released_names_and_shapes(released: dict[str, Tensor]) -> None:
    assert len(released) == 806
    with torch.device("meta"):
        own = PortraitGenerator(OFFICIAL).state_dict()
    assert {k: v.shape for k, v in own.items()} == {k: v.shape for k, v in released.items()}


def test_a_released_checkpoint_is_read_with_everything_around_it(
    released: dict[str, Tensor],
) -> None:
    around = {
        "discriminator_ds.net_0512.to_scores.weight": torch.ones(1),
        "vgg19_loss.net.0.weight": torch.ones(1),
        "lpips.x": torch.ones(1),
    }
    generator = official.load_generator({**released, **around})
    assert generator.config == OFFICIAL
    assert not generator.training


def test_the_base_model_is_told_by_its_shapes() -> None:
    with torch.device("meta"):
        state = PortraitGenerator(MEGAPORTRAITS).state_dict()
    generator = official.load_generator(state, {"exp_dropout": 0})
    assert generator.config == dataclasses.replace(MEGAPORTRAITS)


def test_other_sizes_are_told_by_their_shapes(small_config: PortraitConfig) -> None:
    config = dataclasses.replace(
        small_config, norm_groups=32, latent_channels=32, base_channels=32, encoder_max=64,
        identity_backbone="resnet18", identity_width=32, backbone_width=32, embedding_channels=64,
        warp_base=32, warp_max=64, unet_max=64, decoder_base=32, decoder_mult=2, decoder_max=128,
        blocks_per_resolution=1, identity_image_size=256,
    )  # fmt: skip
    first = settled(PortraitGenerator(config))
    state = {f"module.{key}": value for key, value in first.state_dict().items()}
    loaded = official.load_generator(state)
    assert loaded.config == config
    given = random_inputs(config, batch=1)
    torch.testing.assert_close(loaded(**given), first(**given))


def test_missing_networks_are_named_in_words(released: dict[str, Tensor]) -> None:
    partial = {k: v for k, v in released.items() if not k.startswith(("decoder_nw", "uv_gen"))}
    with pytest.raises(WeightsError) as caught:
        official.load_generator(partial)
    assert "the decoder" in str(caught.value)
    assert "the warp from the canonical head" in str(caught.value)


def test_missing_and_unknown_entries_are_named(released: dict[str, Tensor]) -> None:
    key = "decoder_nw.res_decoder.3.block.0.weight_u"
    partial = {k: v for k, v in released.items() if k != key}
    with pytest.raises(WeightsError, match=key):
        official.load_generator(partial)
    with pytest.raises(WeightsError, match=r"left over: decoder_nw\.seg_head"):
        official.load_generator({**released, "decoder_nw.seg_head": torch.ones(1)})


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"neural_texture.data": torch.ones(1), "head_mlp.x": torch.ones(1)}, "a MeGA avatar"),
        ({"conv1.weight": torch.ones(1), "fc.bias": torch.ones(9)}, "a head-pose network"),
        ({"local_encoder.x": torch.ones(1), "decoder.y": torch.ones(1)}, "an enhancer"),
        ({"anything": torch.ones(1)}, "no portrait generator"),
        ({}, "no portrait generator"),
        ({"opt_0": {"state": 1}}, "more than weights"),
    ],
)
def test_other_files_are_told_by_what_they_are(state: dict[str, Tensor], words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        official.load_generator(state)


def test_head_pose_weights_are_read_strictly() -> None:
    state = HeadPoseNet(width=8).state_dict()
    loaded = official.load_head_pose(state)
    torch.testing.assert_close(loaded.state_dict(), state)
    old = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    official.load_head_pose(old)
    old.pop("layer2.1.bn1.running_mean")
    with pytest.raises(WeightsError, match=r"layer2\.1\.bn1\.running_mean"):
        official.load_head_pose(old)


def test_arguments_are_typed_by_their_look(tmp_path: Path) -> None:
    path = tmp_path / "args.txt"
    path.write_text(
        "image_size: 512\nexp_dropout: 0.2\nuse_sn: True\ngreen: False\n"
        "project_dir: /fsx/somewhere: else\nlr: 2e-04\nnot a line\n__import__('os'): 1\n"
        "empty: \nhuge: 1e999\n"
    )
    assert official.read_arguments(path) == {
        "image_size": 512,
        "exp_dropout": 0.2,
        "use_sn": True,
        "green": False,
        "project_dir": "/fsx/somewhere: else",
        "lr": 2e-4,
        "empty": "",
        "huge": "1e999",
    }


def test_arguments_tell_what_shapes_do_not(released: dict[str, Tensor]) -> None:
    arguments = parsed_arguments("exp_dropout: 0.05\nidt_image_size: 128\nunknown: -3\n")
    config = official.load_generator(released, arguments).config
    assert config.expression_dropout == 0.05
    assert config.identity_image_size == 128
    wrong = parsed_arguments("exp_dropout: lots\nidt_image_size: -5\ngen_num_channels: True")
    assert official.load_generator(released, wrong).config == OFFICIAL


def test_released_enhancer_widths() -> None:
    config = EnhancerConfig(image_size=1024)
    assert config.encoder_widths == (128, 256, 512, 512, 512)
    assert config.decoder_widths == (512, 256, 128, 64, 128, 128, 64, 32)
    with torch.device("meta"):
        enhancer = Enhancer(config)
    counts = {
        name: sum(p.numel() for p in part.parameters()) / 1e6
        for name, part in enhancer.named_children()
    }
    assert counts["decoder"] == pytest.approx(41, abs=1)
    assert 10 <= counts["local_encoder"] <= 15.5
