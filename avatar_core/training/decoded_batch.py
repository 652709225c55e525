"""Decoders that run once over several pictures, whose losses are then worked off one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from avatar_core.mega.model import DecodedMaps

if TYPE_CHECKING:
    from torch import Tensor


class DecodedBatch:
    """Cuts the graph between decoders and pictures, so that each picture's part can be freed.

    Args:
        maps: of B pictures.
    """

    def __init__(self, maps: DecodedMaps) -> None:
        self._maps = maps
        self._parts = [
            DecodedMaps(*(_leaf(value[k : k + 1], value.requires_grad) for value in maps))
            for k in range(len(maps.view))
        ]

    def of(self, picture: int) -> DecodedMaps:
        """What belongs to one picture; gradients are collected in it."""
        return self._parts[picture]

    def backward(self) -> None:
        """Carry the gradients of all pictures through the decoders. Once."""
        whole: list[Tensor] = []
        gradients: list[Tensor] = []
        for value, *parts in zip(self._maps, *self._parts, strict=True):
            if not value.requires_grad or all(part.grad is None for part in parts):
                continue
            whole.append(value)
            gradients.append(
                torch.cat([torch.zeros_like(p) if p.grad is None else p.grad for p in parts])
            )
        torch.autograd.backward(whole, gradients)


def _leaf(value: Tensor, learns: bool) -> Tensor:
    return value.detach().requires_grad_(learns)
