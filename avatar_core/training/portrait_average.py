"""A running average of weights: calmer than the last ones, and what a finished model is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from torch import nn


class WeightAverage:
    """The average of a module's weights over the last steps.

    Args:
        module: whose.
        keep: share of the average that stays at every step; early ones count less, so that the
            random start is soon forgotten.
    """

    def __init__(self, module: nn.Module, keep: float) -> None:
        self._keep = keep
        self.values = {name: value.clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Take in the weights after a number of steps."""
        keep = min(self._keep, (1 + step) / (10 + step))
        state = module.state_dict()
        real = [name for name, value in state.items() if value.is_floating_point()]
        averages: list[Tensor] = [self.values[name] for name in real]
        torch._foreach_lerp_(averages, [state[name] for name in real], 1 - keep)
        for name in state.keys() - set(real):
            self.values[name].copy_(state[name])
