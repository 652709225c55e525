"""The hair's deformation for evaluation alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.mega.hair import DEFORMATION_SCALE
from avatar_core.project.mega_options import ATTRIBUTE_WIDTHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.mega.hair import DeformationMlp

_CPU_ROWS = 1024
"""Points at a time, so that what lies between two layers stays in the cache."""


class BoundDeformation:
    """A deformation of Gaussians whose canonical places stay; twin of `DeformationMlp.offsets`.

    What the places alone contribute to the first layer is worked out once. On processors the
    softplus is our own, within 1e-6 of torch's before the outputs are scaled by a thousandth.

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
        is_cpu = xyz.device.type == "cpu"
        self._rows = _CPU_ROWS if is_cpu else max(len(xyz), 1)
        self._softplus = _compiled_softplus() if is_cpu else _torch_softplus
        self._last: Tensor | None = None

    def offsets(self, expression: Tensor, half: int | None = None) -> dict[str, Tensor]:
        """Offsets by attribute, in raw parameter units, under an expression [E].

        Args:
            expression: of the motion.
            half: 0 or 1: only that half of the Gaussians has it, the other one keeps the offsets
                of the last call; None for all.
        """
        shared = functional.linear(expression, self._of_expression).reshape(-1)
        if half is None or self._last is None:
            raw = self._scaled(self._places, shared)
        else:
            middle, raw = len(self._places) // 2, self._last.clone()
            rows = slice(middle, None) if half else slice(middle)
            raw[rows] = self._scaled(self._places[rows], shared)
        self._last = raw
        widths = [ATTRIBUTE_WIDTHS[name] for name in self._attributes]
        return dict(zip(self._attributes, raw.split(widths, -1), strict=True))

    def _scaled(self, places: Tensor, shared: Tensor) -> Tensor:
        """[N, outputs] offsets of places [N, K] in the first layer."""
        raw = torch.cat([self._raw(rows, shared) for rows in places.split(self._rows)])
        return raw.mul_(DEFORMATION_SCALE)

    def _raw(self, rows: Tensor, shift: Tensor) -> Tensor:
        """[N, outputs] of rows [N, K] that enter the first softplus once shifted by [K]."""
        *hidden, last = self._rest
        for layer in hidden:
            rows = functional.linear(self._softplus(rows, shift), layer.weight)
            shift = layer.bias
        return functional.linear(self._softplus(rows, shift), last.weight, last.bias)


def _torch_softplus(rows: Tensor, shift: Tensor) -> Tensor:
    return functional.softplus(rows + shift)


def _compiled_softplus() -> Callable[[Tensor, Tensor], Tensor]:
    from avatar_core.mega.softplus_kernel import softplus_of_sum

    def softplus(rows: Tensor, shift: Tensor) -> Tensor:
        result = torch.empty_like(rows)
        softplus_of_sum(rows.numpy(), shift.detach().numpy(), result.numpy())
        return result

    return softplus
