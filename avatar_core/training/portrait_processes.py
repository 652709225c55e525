"""Several processes that train one model together, each on pictures of its own.

`torchrun` starts them and says in the environment who they are. Their gradients are averaged after
every step, which is all that data-parallel training is; networks start alike because all are made
from one seed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import distributed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Processes:
    """Who trains along.

    Args:
        rank: number of this process; the first one writes files and reports.
        count: how many there are.
        local_rank: its number on this machine, which says which GPU is its own.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and reports."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give every parameter the mean of all processes' gradients; absent ones count as 0."""
        if self.count == 1:
            return
        learning = [p for p in parameters if p.requires_grad]
        flat = torch.cat([_gradient(p).flatten() for p in learning])
        distributed.all_reduce(flat)
        flat /= self.count
        start = 0
        for parameter in learning:
            size = parameter.numel()
            # In the parameter's own memory order, which fused optimizers take for granted.
            gradient = torch.empty_like(parameter)
            parameter.grad = gradient.copy_(flat[start : start + size].view(parameter.shape))
            start += size

    def average_buffers(self, buffers: Iterable[Tensor]) -> None:
        """Give running statistics the mean over all processes."""
        if self.count == 1:
            return
        for buffer in buffers:
            if buffer.is_floating_point():
                distributed.all_reduce(buffer)
                buffer /= self.count

    def all_agree(self, value: bool, device: torch.device) -> bool:
        """Whether a statement is true in every process."""
        if self.count == 1:
            return value
        votes = torch.tensor(float(value), device=device)
        distributed.all_reduce(votes, distributed.ReduceOp.MIN)
        return bool(votes.item() > 0)


ALONE = Processes()


@contextmanager
def joined_processes(device: str) -> Iterator[Processes]:
    """The processes that torchrun started, connected while the block runs; else this one alone.

    Args:
        device: "cuda" talks over NCCL, anything else over Gloo.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        local = int(os.environ.get("LOCAL_RANK", "0"))
        yield Processes(distributed.get_rank(), distributed.get_world_size(), local)
    finally:
        distributed.destroy_process_group()


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
