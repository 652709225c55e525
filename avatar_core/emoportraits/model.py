"""PortraitModel: a portrait model ready to perform, from its file and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from avatar_core.emoportraits.config import PortraitConfig
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.emoportraits.folding import fold, folded
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.official_state import completed, is_computed, load_strictly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray

_UNUSED = ("bn.", "expression_embedder_nw.aligned_keypoints")
"""Entries of a generator's state dict that nothing reads."""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitModel:
    """Networks with plain weights, in evaluation mode.

    Args:
        config: their sizes.
        generator: everything from the source to the picture.
        head_pose: scale, rotation and translation of a head.
        enhancer: the second stage, where the model has one.
        extra: what else was learned, as arrays by name.
    """

    config: PortraitConfig
    generator: PortraitGenerator
    head_pose: HeadPoseNet
    enhancer: Enhancer | None = None
    extra: dict[str, Float32] = field(default_factory=dict)


def model_arrays(
    generator: PortraitGenerator,
    head_pose: HeadPoseNet,
    enhancer: Enhancer | None = None,
    extra: Mapping[str, AnyArray] | None = None,
    half: bool = True,
) -> dict[str, AnyArray]:
    """Weights of trained networks as a model file keeps them: folded, without what can be made.

    Args:
        generator: as trained or as released; it stays as it is.
        head_pose: likewise.
        enhancer: likewise, where there is one.
        extra: further arrays by name.
        half: float16 instead of float32, for models whose weights are all far below 65504.

    Returns:
        Arrays by `piece.name`; see `io.portrait_model_file`.
    """
    pieces: dict[str, nn.Module] = {"generator": generator, "head_pose": head_pose}
    if enhancer is not None:
        pieces["enhancer"] = enhancer
    arrays = {
        f"{piece}.{key}": _stored(value, half)
        for piece, network in pieces.items()
        for key, value in folded(network).state_dict().items()
        if not (is_computed(key) or key.startswith(_UNUSED))
    }
    return arrays | {f"extra.{name}": np.asarray(array) for name, array in (extra or {}).items()}


def model_config(
    config: PortraitConfig, enhancer: EnhancerConfig | None = None
) -> dict[str, object]:
    """Sizes as a model file keeps them."""
    plain: dict[str, object] = config.to_plain()
    return plain if enhancer is None else {**plain, "enhancer": enhancer.to_plain()}


def portrait_model(config: Mapping[str, object], arrays: Mapping[str, AnyArray]) -> PortraitModel:
    """The networks of a model file.

    Args:
        config: `PortraitModelInfo.config`.
        arrays: `PortraitModelFile.arrays`.

    Raises:
        WeightsError: sizes that no model has, or weights that do not fit them.
    """
    sizes = PortraitConfig.from_plain(config)
    with torch.device("meta"):
        generator = fold(PortraitGenerator(sizes))
        head_pose = fold(
            HeadPoseNet(sizes.head_pose_backbone, sizes.head_pose_width, sizes.head_pose_size)
        )
    enhancer = None
    stage2 = config.get("enhancer")
    if isinstance(stage2, dict):
        with torch.device("meta"):
            enhancer = fold(Enhancer(EnhancerConfig.from_plain(stage2)))
        load_strictly(enhancer, _state(enhancer, "enhancer", arrays), "the enhancer")
    load_strictly(generator, _state(generator, "generator", arrays), "the portrait generator")
    load_strictly(head_pose, _state(head_pose, "head_pose", arrays), "the head-pose network")
    extra = {
        key.removeprefix("extra."): np.asarray(array, np.float32)
        for key, array in arrays.items()
        if key.startswith("extra.")
    }
    return PortraitModel(sizes, generator, head_pose, enhancer, extra)


def _state(network: nn.Module, piece: str, arrays: Mapping[str, AnyArray]) -> dict[str, Tensor]:
    """The state dict of a folded network, with what the file leaves out."""
    start = f"{piece}."
    given = {
        key.removeprefix(start): torch.from_numpy(np.array(array, np.float32))
        for key, array in arrays.items()
        if key.startswith(start)
    }
    return completed(network, given)


def _stored(value: Tensor, half: bool) -> AnyArray:
    return value.cpu().numpy().astype(np.float16 if half else np.float32)
