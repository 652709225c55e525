"""The hair's deformation for evaluation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.mega.hair import DEFORMATION_SCALE
from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

if TYPE_CHECKING:
    from avatar_core.mega.hair import DeformationMlp

_CPU_ROWS = 1024
"""Points at a time, so that what lies between two layers stays in the cache."""


class BoundDeformation:
    """A deformation of Gaussians whose canonical places stay; twin of `DeformationMlp.offsets`.

    What the places alone contribute to the first layer is worked out once.

    Args:
        mlp: the network, which no longer learns.
        xyz: [N, 3] canonical places.
    """

    @torch.no_grad()
    def __init__(self, mlp: DeformationMlp, xyz: Tensor) -> None:
        first, *rest = (layer for layer in mlp.deform_expr if isinstance(layer, nn.Linear))
        split = mlp.encoding.width(3)
        self._places = functional.linear(mlp.encoding(xyz), first.weight[:, :split], first.bias)
        self._of_expression = first.weight[:, split:]
        self._rest = rest
        self._attributes = mlp.attributes
        self._rows = _CPU_ROWS if xyz.device.type == "cpu" else max(len(xyz), 1)

    def offsets(self, expression: Tensor) -> dict[str, Tensor]:
        """Offsets by attribute, in raw parameter units, under an expression [E]."""
        shared = functional.linear(expression, self._of_expression)
        raw = torch.cat([self._raw(rows + shared) for rows in self._places.split(self._rows)])
        widths = [ATTRIBUTE_WIDTHS[name] for name in self._attributes]
        parts = raw.mul_(DEFORMATION_SCALE).split(widths, -1)
        return dict(zip(self._attributes, parts, strict=True))

    def _raw(self, hidden: Tensor) -> Tensor:
        for layer in self._rest:
            hidden = functional.linear(functional.softplus(hidden), layer.weight, layer.bias)
        return hidden
