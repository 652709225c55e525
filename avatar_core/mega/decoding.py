"""Decoded parts of a neural texture that are kept for as long as they hold."""

from __future__ import annotations

from math import asin
from typing import TYPE_CHECKING, Any

import torch

from avatar_core.mega.folded import box_reduced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from avatar_core.geometry import Float16


class KeptTexture:
    """Decodes anew when what it shows has moved away from what was decoded last.

    Slow changes therefore add up until they count, and the same array comes back until then.

    Args:
        decode: makes texels [L, H, W, 4] of a value [1, K].
        distance: between two values.
        tolerance: the largest distance at which the last texture still holds.
        reduce_to: rows and columns to average the texels down to; None for all of them.
    """

    def __init__(
        self,
        decode: Callable[[Tensor], Tensor],
        distance: Callable[[Tensor, Tensor], float],
        tolerance: float,
        reduce_to: int | None = None,
    ) -> None:
        self._decode = decode
        self._distance = distance
        self._tolerance = tolerance
        self._reduce_to = reduce_to
        self._kept: tuple[Tensor, Float16] | None = None

    def holds(self, value: Tensor) -> bool:
        """Whether the last texture shows `value` [1, K] well enough."""
        return self._kept is not None and self._distance(self._kept[0], value) <= self._tolerance

    def of(self, value: Tensor) -> Float16:
        """[L, H, W, 4] the texture of `value` [1, K], or of one hardly different from it."""
        if self._kept is not None and self.holds(value):
            return self._kept[1]
        texels = self._decode(value)
        if self._reduce_to is not None and self._reduce_to < texels.shape[1]:
            texels = box_reduced(texels, self._reduce_to)
        texture: Float16 = arrays_of([texels])[0]
        self._kept = value, texture
        return texture


def angle_between(first: Tensor, second: Tensor) -> float:
    """Radians between unit vectors [1, 3]; 0 only where they are equal, unlike the arc cosine."""
    return 2.0 * asin(min(0.5 * float((first - second).norm()), 1.0))


def largest_difference(first: Tensor, second: Tensor) -> float:
    """Of any two values that belong together."""
    return float((first - second).abs().max())


def arrays_of(tensors: Sequence[Tensor]) -> list[NDArray[Any]]:
    """The tensors as arrays; from CUDA they come through pinned memory, all in one wait."""
    if not tensors or tensors[0].device.type == "cpu":
        return [tensor.numpy() for tensor in tensors]
    pinned = [torch.empty(t.shape, dtype=t.dtype, pin_memory=True) for t in tensors]
    for target, tensor in zip(pinned, tensors, strict=True):
        target.copy_(tensor, non_blocking=True)
    torch.cuda.current_stream(tensors[0].device).synchronize()
    return [tensor.numpy() for tensor in pinned]
