"""How far drawn portraits are from the pictures they should be, without any trained network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

_LEVELS = 4


def pyramid_difference(drawn: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of pictures [B, 3, H, W] and of their halved copies, on average."""
    total = drawn.new_zeros(())
    for level in range(_LEVELS):
        if level:
            drawn, wanted = functional.avg_pool2d(drawn, 2), functional.avg_pool2d(wanted, 2)
        total = total + (drawn - wanted).abs().mean()
    return total / _LEVELS


def edge_difference(drawn: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of the steps from pixel to pixel, over several sizes.

    It is what a perceptual network's first layers look at: a picture that is right on average and
    blurred everywhere has it all wrong.
    """
    total = drawn.new_zeros(())
    for level in range(_LEVELS - 1):
        if level:
            drawn, wanted = functional.avg_pool2d(drawn, 2), functional.avg_pool2d(wanted, 2)
        for axis in (-1, -2):
            total = total + (drawn.diff(dim=axis) - wanted.diff(dim=axis)).abs().mean()
    return total / (2 * (_LEVELS - 1))
