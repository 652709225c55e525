"""Released weights of EMOPortraits and MegaPortraits: networks built from their state dicts.

Source:
    The released code of EMOPortraits, arXiv:2404.19110, and MegaPortraits, arXiv:2207.07621.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.official_config import config_of
from avatar_core.emoportraits.official_config import read_arguments as read_arguments
from avatar_core.emoportraits.official_networks import BUILDERS, enhancer_of, head_pose_of
from avatar_core.emoportraits.official_shapes import StateShapes
from avatar_core.emoportraits.official_state import completed, few, load_strictly, tensors_of
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.emoportraits.encoders import HeadPoseNet
    from avatar_core.emoportraits.enhancer import Enhancer

NETWORKS = {
    "local_encoder_nw": "the appearance encoder",
    "idt_embedder_nw": "the identity network",
    "expression_embedder_nw": "the expression network",
    "pose_unsqueeze_nw": "the layer that spreads the expression",
    "warp_embed_head_orig_nw": "the layer that joins expression and identity",
    "xy_generator_nw": "the warp to the canonical head",
    "uv_generator_nw": "the warp from the canonical head",
    "volume_source_nw": "the network of the source's volume",
    "volume_process_nw": "the network of the canonical volume",
    "decoder_nw": "the decoder",
    "bn": "the unused batch norm",
}
"""Networks of a generator by the prefix of their names, in words."""

_HINT = "Choose the model file of an EMOPortraits run: logs/<experiment>/checkpoints/..._model.pth."
_MEGA_AVATAR = ("neural_texture", "canonical_gs", "_xyz", "head_mlp", "deform_mlp")


def build(name: str, state: Mapping[str, Any] | None = None, **config: Any) -> nn.Module:
    """One network with released weights, in evaluation mode.

    Sizes follow from the shapes of the weights. What shapes do not tell, and all sizes where no
    weights are given, is told by keywords in the words of the released code; those that a network
    has no use for are left aside.

    Args:
        name: one of `BUILDERS`.
        state: its state dict, tensors or arrays, without the network's own prefix. Grids and
            constants may be left out. None for a network that has not learned yet.
        config: `image_size, latent_size, depth, latent_channels, base_channels, channel_mult,
            max_channels, num_blocks, embed_size, output_size, blocks_per_resolution,
            channel_divisor, in_channels, start_size, norm_groups`.

    Returns:
        A module that takes the network's input and gives its output; a named tuple where there are
        several.

    Raises:
        WeightsError: unknown name, or weights that do not fit; the first few are named.
    """
    if name not in BUILDERS:
        raise WeightsError(
            f"'{name}' is no part of a portrait model.", f"Known parts: {', '.join(BUILDERS)}."
        )
    tensors = tensors_of(state or {})
    network = BUILDERS[name](StateShapes.of(tensors), config)
    if not tensors:
        return network.eval()
    return load_strictly(network, completed(network, tensors), name)


def load_generator(
    state: Mapping[str, Any], arguments: Mapping[str, Any] | None = None
) -> PortraitGenerator:
    """The generator of a released checkpoint; its discriminator and loss networks are ignored.

    Args:
        state: the state dict of the whole training module.
        arguments: of `read_arguments`, where the run's `args.txt` is at hand.

    Raises:
        WeightsError: another kind of file, a network that is missing, or entries that are missing,
            left over or misshapen.
    """
    named = {key.removeprefix("module."): value for key, value in state.items()}
    kept = {key: value for key, value in named.items() if key.partition(".")[0] in NETWORKS}
    _expect_networks(named, kept)
    tensors = tensors_of(kept)
    with torch.device("meta"):
        network = PortraitGenerator(config_of(StateShapes.of(tensors), arguments))
    return load_strictly(network, tensors, "the portrait generator")


def load_head_pose(state: Mapping[str, Any]) -> HeadPoseNet:
    """The head-pose network, a file of its own beside the checkpoint.

    Raises:
        WeightsError: weights that do not fit.
    """
    tensors = tensors_of(state)
    network = head_pose_of(StateShapes.of(tensors, "The head-pose network"), {})
    counters = {k: v for k, v in completed(network, tensors).items() if k.endswith("_tracked")}
    return load_strictly(network, {**counters, **tensors}, "the head-pose network")


def load_enhancer(state: Mapping[str, Any]) -> Enhancer:
    """The enhancer of a stage-2 checkpoint; other networks of its training are ignored.

    Raises:
        WeightsError: weights that do not fit.
    """
    kept = {
        key: value
        for key, value in tensors_of(state).items()
        if key.partition(".")[0] in ("local_encoder", "decoder")
    }
    return load_strictly(enhancer_of(StateShapes.of(kept), {}), kept, "the enhancer")


def _expect_networks(named: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    """Say what a file is when it is not a generator's checkpoint."""
    present = {key.partition(".")[0] for key in kept}
    if not all(isinstance(value, Tensor) or hasattr(value, "shape") for value in named.values()):
        raise WeightsError("The checkpoint holds more than weights.", _HINT)
    if present >= set(NETWORKS):
        return
    roots = {key.partition(".")[0] for key in named}
    if present - {"bn"}:
        missing = [words for prefix, words in NETWORKS.items() if prefix not in present]
        raise WeightsError(
            f"The checkpoint is not whole: {few(missing)} missing.",
            "It may be of MegaPortraits code other than the released one. " + _HINT,
        )
    for kind, marks in (
        ("a MeGA avatar, which import-mega reads", _MEGA_AVATAR),
        ("an enhancer, the second stage of a portrait model", ("local_encoder",)),
        ("a head-pose network", ("conv1", "layer1", "fc")),
        ("the state of a training run", ("opt_0", "logger")),
    ):
        if roots & set(marks):
            raise WeightsError(f"The file is no portrait generator but {kind}.", _HINT)
    raise WeightsError("The file is no portrait generator.", _HINT)
