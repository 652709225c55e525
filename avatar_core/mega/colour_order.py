"""Official weights speak BGR, avatars RGB: the same flip leads there and back, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

_COLOUR = "features_dc"
_LAST_OF_DECODER = "final_siren.0.net.3."


def with_channels_reversed(
    states: Mapping[str, Mapping[str, Tensor]], deform_attr: Sequence[str]
) -> dict[str, dict[str, Tensor]]:
    """State_dicts whose colours are in the other order.

    Colour leaves the networks in three places: the last layer of the pixel decoder, the harmonics
    of the Gaussians, and what the deformation adds to them.

    Args:
        states: a state_dict by checkpoint entry; not written to.
        deform_attr: what the hair's deformation changes, in the order of its outputs.
    """
    result = {entry: dict(state) for entry, state in states.items()}
    decoder = result.get("head_mlp", {})
    for key in (f"{_LAST_OF_DECODER}weight", f"{_LAST_OF_DECODER}bias"):
        if key in decoder:
            decoder[key] = decoder[key].flip(0)
    hair = result.get("canonical_gs", {})
    for key in ("_features_dc", "_features_rest"):
        if key in hair:
            hair[key] = hair[key].flip(-1)
    deformation = result.get("deform_mlp", {})
    rows = _reversed_rows(deform_attr)
    for key in _last_layer(deformation):
        if len(deformation[key]) == len(rows):
            deformation[key] = deformation[key][rows]
    return result


def _reversed_rows(deform_attr: Sequence[str]) -> Tensor:
    """Order of the deformation's outputs with its colours reversed."""
    rows = torch.arange(sum(ATTRIBUTE_WIDTHS[name] for name in deform_attr))
    if _COLOUR in deform_attr:
        names = list(deform_attr)
        start = sum(ATTRIBUTE_WIDTHS[name] for name in names[: names.index(_COLOUR)])
        stop = start + ATTRIBUTE_WIDTHS[_COLOUR]
        rows[start:stop] = rows[start:stop].flip(0)
    return rows


def _last_layer(deformation: Mapping[str, Tensor]) -> list[str]:
    """Keys of the last linear layer, `deform_expr.N.weight` and `.bias` of the greatest N."""
    layers = [int(key.split(".")[1]) for key in deformation if key.startswith("deform_expr.")]
    return [k for k in deformation if k.startswith(f"deform_expr.{max(layers, default=-1)}.")]
