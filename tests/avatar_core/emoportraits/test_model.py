"""Portrait models through their files."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.model import model_arrays, model_config, portrait_model
from avatar_core.errors import WeightsError
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    load_portrait_model,
    save_portrait_model,
)
from tests.avatar_core.emoportraits.reference import error_share, random_inputs, settled

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.emoportraits.config import PortraitConfig


@pytest.mark.parametrize("half", [False, True])
def test_a_model_comes_back_from_its_file(
    small_config: PortraitConfig, tmp_path: Path, half: bool
) -> None:
    torch.manual_seed(12)
    # Warps that are random to begin with would make a chaos of what float16 rounds.
    small_config = dataclasses.replace(
        small_config, zero_warp_start=True, head_pose_width=8, head_pose_size=32
    )
    generator = settled(PortraitGenerator(small_config))
    head_pose = HeadPoseNet("resnet18", 8, 32).eval()
    enhancer = Enhancer(EnhancerConfig(32, 8, 12, 8, 4, 64, 1)).eval()
    config = model_config(small_config, enhancer.config)
    arrays = model_arrays(
        generator, head_pose, enhancer, {"motion": np.ones((2, 3), np.float32)}, half
    )
    assert not any("grid" in name or name.startswith("generator.bn") for name in arrays)
    path = tmp_path / "model.safetensors"
    save_portrait_model(PortraitModelFile(PortraitModelInfo("m", "", config), arrays), path)
    file = load_portrait_model(path)
    model = portrait_model(file.info.config, file.arrays)

    tolerance = 0.1 if half else 1e-4
    given = random_inputs(small_config)
    assert error_share(model.generator(**given), generator(**given)) < tolerance
    assert error_share(model.head_pose(given["image"]), head_pose(given["image"])) < tolerance
    assert model.enhancer is not None
    frame = given["image"], given["mask"], given["mask"]
    assert error_share(model.enhancer(*frame), enhancer(*frame)) < tolerance
    assert np.array_equal(model.extra["motion"], np.ones((2, 3)))
    assert not model.generator.training


def test_missing_weights_are_named(small_config: PortraitConfig) -> None:
    config = {**small_config.to_plain(), "head_pose_width": 4}
    arrays = model_arrays(PortraitGenerator(small_config), HeadPoseNet(width=4))
    intact = dict(arrays)
    assert portrait_model(config, arrays).enhancer is None
    arrays.pop("generator.decoder_nw.res_decoder.0.weight")
    with pytest.raises(WeightsError, match=r"decoder_nw\.res_decoder\.0\.weight"):
        portrait_model(config, arrays)
    with pytest.raises(WeightsError, match="head-pose"):
        portrait_model({**config, "head_pose_width": 8}, intact)
