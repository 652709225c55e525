"""Between official checkpoints (BGR) and the networks of an avatar (RGB)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from avatar_core.errors import WeightsError
from avatar_core.mega.checkpoint import ENTRIES, Checkpoint, State
from avatar_core.mega.colour_order import with_channels_reversed
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.official import misfits

if TYPE_CHECKING:
    from torch import Tensor, nn

    from avatar_core.mega.official_config import OfficialConfig

_HAIR_ENTRIES = ("canonical_gs", "deform_mlp")
_MOST_GAUSSIANS = 4_000_000
_MOST_NAMED = 200
_POSE_VALUES = 15
_EYE_VALUES = 6
_CONDITIONED = ("dynamic_texture", "disp_decoder")
_FIRST_LAYER = "z_fc.0.weight"


def networks_of(checkpoint: Checkpoint, config: OfficialConfig, title: str) -> MegaNetworks:
    """Networks with the weights of a checkpoint, in evaluation mode, RGB.

    Args:
        checkpoint: as read, BGR.
        config: of the same run; a bald subject's hair is left out.
        title: what to call the checkpoint in an error.

    Raises:
        WeightsError: entries or keys are missing, left over or misshapen; each is named.
    """
    states = checkpoint.states
    count = 0 if config.is_bald else checkpoint.gaussian_count
    if count > _MOST_GAUSSIANS:
        raise WeightsError(f"{title} has {count} Gaussians, more than can be shown.")
    networks = MegaNetworks(_sizes(checkpoint, config, count))
    expected = [entry for entry in ENTRIES if count or entry not in _HAIR_ENTRIES]
    problems = []
    for entry in expected:
        network: nn.Module = getattr(networks, entry)
        if entry in states:
            problems += [f"{entry}: {problem}" for problem in misfits(network, states[entry])]
        elif network.state_dict():
            problems.append(f"{entry}: missing")
    if problems:
        more = f"; and {len(problems) - _MOST_NAMED} more" * (len(problems) > _MOST_NAMED)
        raise WeightsError(
            f"{title} does not fit its params.yaml: {'; '.join(problems[:_MOST_NAMED])}{more}.",
            "Check that both come from the same run.",
        )
    rgb = with_channels_reversed({e: states[e] for e in expected if e in states},
                                 config.deform_attr)  # fmt: skip
    for entry, state in rgb.items():
        getattr(networks, entry).load_state_dict(state, strict=False)
    if not count:
        _silence(networks.deform_mlp)
    return networks.eval().requires_grad_(False)


def checkpoint_states(networks: MegaNetworks) -> dict[str, State]:
    """State_dicts by entry, BGR, as the published code saves them.

    Networks that hear of the eyes alone get columns of zeros for the turns of head, neck and jaw,
    which changes nothing they say.

    Raises:
        WeightsError: the decoders are conditioned in a way the published code does not know.
    """
    states = {}
    for entry in ENTRIES:
        state = getattr(networks, entry).state_dict()
        if state and (entry not in _HAIR_ENTRIES or networks.config.gaussians):
            states[entry] = dict(state)
    for entry in _CONDITIONED:
        states[entry][_FIRST_LAYER] = _with_all_turns(
            states[entry][_FIRST_LAYER], networks.config.n_expr
        )
    reversed_states = with_channels_reversed(states, networks.config.deform_attr)
    return {
        entry: {key: value.contiguous() for key, value in state.items()}
        for entry, state in reversed_states.items()
    }


def _sizes(checkpoint: Checkpoint, config: OfficialConfig, count: int) -> MegaConfig:
    rest = checkpoint.states.get("canonical_gs", {}).get("_features_rest")
    return MegaConfig(
        n_expr=config.n_expr,
        n_pose=_POSE_VALUES,
        tex_size=config.tex_size,
        tex_ch=config.tex_ch,
        deform_layers=config.deform_layers,
        deform_attr=config.deform_attr,
        num_freqs=config.num_freqs,
        gaussians=count,
        sh_coefficients=16 if rest is None or rest.ndim != 3 else 1 + rest.shape[1],
        xyz_cond=config.xyz_cond,
        uv_freqs=config.uv_freqs,
    )


def _silence(network: nn.Module) -> None:
    """Without hair there is nothing to deform; random weights would make each import differ."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()


def _with_all_turns(weight: Tensor, n_expr: int) -> Tensor:
    missing = n_expr + _POSE_VALUES - weight.shape[1]
    if missing == 0:
        return weight
    if weight.shape[1] != n_expr + _EYE_VALUES:
        raise WeightsError("The decoders hear of something the official ones know nothing of.")
    zeros = weight.new_zeros(len(weight), missing)
    return torch.cat([weight[:, :n_expr], zeros, weight[:, n_expr:]], 1)
