from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import distributed, nn

from avatar_core.training.portrait_networks import arranged_for_speed
from avatar_core.training.portrait_processes import ALONE, Processes, joined_processes

if TYPE_CHECKING:
    from torch import Tensor


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Processes:
    """The first of two processes; the other one always has the same numbers."""

    def doubled(value: Tensor, _operation: object = None) -> None:
        value *= 2

    monkeypatch.setattr(distributed, "all_reduce", doubled)
    return Processes(0, 2)


def learned(processes: Processes) -> nn.Module:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3))
    arranged_for_speed(network)
    optimizer = torch.optim.AdamW(network.parameters(), 0.1, fused=True)
    for _ in range(3):
        optimizer.zero_grad()
        network(torch.randn(2, 3, 8, 8)).square().mean().backward()
        processes.average_gradients(network.parameters())
        optimizer.step()
    return network


def test_two_processes_with_the_same_pictures_learn_as_one_alone(twin: Processes) -> None:
    # Kernels are channels-last: a gradient in another memory order would be read wrongly.
    for one, two in zip(learned(ALONE).parameters(), learned(twin).parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_a_parameter_without_gradient_counts_as_none(twin: Processes) -> None:
    network = nn.Linear(2, 2)
    network.weight.grad = torch.ones(2, 2)
    twin.average_gradients(network.parameters())
    assert network.weight.grad.tolist() == [[1, 1], [1, 1]]
    assert network.bias.grad is not None
    assert network.bias.grad.tolist() == [0, 0]


def test_running_statistics_are_averaged_and_counts_left(twin: Processes) -> None:
    norm = nn.BatchNorm1d(2)
    norm.running_mean.fill_(3)
    norm.num_batches_tracked.fill_(5)
    twin.average_buffers(norm.buffers())
    assert norm.running_mean.tolist() == [3, 3]
    assert int(norm.num_batches_tracked) == 5


def test_without_torchrun_a_process_is_alone_and_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined_processes("cpu") as processes:
        assert processes.leads
        assert processes.all_agree(False, torch.device("cpu")) is False
