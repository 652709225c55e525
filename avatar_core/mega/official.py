"""Networks of official MeGA checkpoints, built from their state_dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from avatar_core.errors import WeightsError
from avatar_core.mega.decoders import DisplacementDecoder, DynamicDecoder, ViewDecoder
from avatar_core.mega.encodings import LearnedPositionalEncoding, SinCosEncoding
from avatar_core.mega.hair import CanonicalGaussians, DeformationMlp
from avatar_core.mega.textures import NeuralTexture, PixelDecoder
from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

State = Mapping[str, Tensor]


def build(name: str, state: State, **config: Any) -> nn.Module:
    """The network of one checkpoint entry, weights loaded strictly, in evaluation mode.

    Args:
        name: `neural_texture`, `dynamic_texture`, `view_texture`, `disp_decoder`, `pe`, `head_mlp`,
            `canonical_gs` or `deform_mlp`.
        state: the entry's state_dict; a leading `module.` is stripped.
        config: keys of the official yaml without their prefix: `n_expr`, `n_pose`, `tex_size`,
            `tex_ch`, `xyz_cond`, `deform_layers`, `deform_attr`, `num_freqs`, `pe`. What is left
            out has the value of the shipped configuration.

    Returns:
        A module that takes and gives what the official one does; colours are BGR.

    Raises:
        WeightsError: unknown name, or keys that are missing, left over or misshapen, each named.
    """
    if name not in _BUILDERS:
        raise WeightsError(
            f"'{name}' is no part of a MeGA checkpoint.", f"Known parts: {', '.join(_BUILDERS)}."
        )
    stripped = {key.removeprefix("module."): value for key, value in state.items()}
    network = _BUILDERS[name](stripped, config)
    _load(name, network, stripped)
    return network.eval()


def _driving_width(config: Mapping[str, Any]) -> int:
    return int(config.get("n_expr", 100)) + int(config.get("n_pose", 15))


def _neural_texture(state: State, config: Mapping[str, Any]) -> nn.Module:
    return NeuralTexture(int(config.get("tex_size", 1024)), int(config.get("tex_ch", 12)))


def _dynamic(state: State, config: Mapping[str, Any]) -> nn.Module:
    size, channels = int(config.get("tex_size", 1024)), int(config.get("tex_ch", 12))
    return DynamicDecoder(_driving_width(config), size, channels)


def _view(state: State, config: Mapping[str, Any]) -> nn.Module:
    return ViewDecoder(int(config.get("tex_size", 1024)), int(config.get("tex_ch", 12)))


def _displacement(state: State, config: Mapping[str, Any]) -> nn.Module:
    return DisplacementDecoder(_driving_width(config))


def _positional(state: State, config: Mapping[str, Any]) -> nn.Module:
    if config.get("pe", "LPE") == "LPE":
        return LearnedPositionalEncoding()
    return SinCosEncoding(int(config.get("num_freqs", 8)))


def _pixel_decoder(state: State, config: Mapping[str, Any]) -> nn.Module:
    pe_width = 4 if config.get("pe", "LPE") == "LPE" else 2 * (1 + 2 * config.get("num_freqs", 8))
    return PixelDecoder(
        int(config.get("tex_ch", 12)), pe_width, xyz_cond=bool(config.get("xyz_cond", False))
    )


def _canonical(state: State, config: Mapping[str, Any]) -> nn.Module:
    points, rest = state.get("_xyz"), state.get("_features_rest")
    coefficients = 1 + (rest.shape[1] if rest is not None and rest.ndim == 3 else 15)
    return CanonicalGaussians(0 if points is None else points.shape[0], coefficients)


def _deformation(state: State, config: Mapping[str, Any]) -> nn.Module:
    layers: Sequence[int] = config.get("deform_layers", (256, 256))
    attributes: Sequence[str] = config.get("deform_attr", tuple(ATTRIBUTE_WIDTHS))
    frequencies = int(config.get("num_freqs", 6))
    return DeformationMlp(int(config.get("n_expr", 100)), layers, attributes, frequencies)


_BUILDERS: dict[str, Callable[[State, Mapping[str, Any]], nn.Module]] = {
    "neural_texture": _neural_texture,
    "dynamic_texture": _dynamic,
    "view_texture": _view,
    "disp_decoder": _displacement,
    "pe": _positional,
    "head_mlp": _pixel_decoder,
    "canonical_gs": _canonical,
    "deform_mlp": _deformation,
}


def misfits(network: nn.Module, state: State) -> list[str]:
    """Every key of a state_dict that is missing, unknown or misshapen, in words."""
    expected = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    given = {key: tuple(value.shape) for key, value in state.items()}
    # Counters of batch norm are written by torch since version 0.4.1 and do not matter.
    missing = [k for k in expected if k not in given and not k.endswith("num_batches_tracked")]
    problems = [f"missing {key}" for key in missing]
    problems += [f"unknown {key}" for key in given if key not in expected]
    problems += [
        f"{key} has shape {list(given[key])} instead of {list(shape)}"
        for key, shape in expected.items()
        if key in given and given[key] != shape
    ]
    return problems


def _load(name: str, network: nn.Module, state: State) -> None:
    problems = misfits(network, state)
    if problems:
        raise WeightsError(
            f"The entry '{name}' does not fit its network: {'; '.join(problems)}.",
            "Check that params.yaml belongs to this checkpoint.",
        )
    floats = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    network.load_state_dict(floats, strict=False)
