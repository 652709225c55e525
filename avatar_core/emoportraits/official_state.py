"""State dicts of released checkpoints: taken over with every name and shape accounted for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.encoders import IMAGENET_MEAN, IMAGENET_STD, picture_grid
from avatar_core.emoportraits.pose import identity_grid
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    State = dict[str, Tensor]

Module = TypeVar("Module", bound=nn.Module)

_HINT = "Take the file from where it was published, whole and unchanged."
_MOST_NAMED = 5


def tensors_of(state: Mapping[str, Any]) -> State:
    """Weights as tensors of our own, real ones in single precision.

    Args:
        state: tensors or arrays by name; a leading `module.`, which training on several cards
            leaves behind, is taken off.
    """
    tensors = {}
    for key, value in state.items():
        tensor = value.detach().clone() if isinstance(value, Tensor) else torch.tensor(value)
        plain = tensor.float() if tensor.is_floating_point() else tensor
        tensors[key.removeprefix("module.")] = plain
    return tensors


def load_strictly(network: Module, state: Mapping[str, Tensor], title: str) -> Module:
    """The network with its weights, in evaluation mode.

    Args:
        network: may lie on the meta device; the tensors become its own.
        state: every entry of its state dict.
        title: what to call it in an error, within a sentence.

    Raises:
        WeightsError: an entry is missing, left over or misshapen; the first few are named.
    """
    expected = network.state_dict()
    missing = [key for key in expected if key not in state]
    strange = [key for key in state if key not in expected]
    misshapen = [
        f"{key} is {list(state[key].shape)} instead of {list(value.shape)}"
        for key, value in expected.items()
        if key in state and state[key].shape != value.shape
    ]
    problems = [
        f"{what}: {few(names)}"
        for what, names in (
            ("missing", missing), ("left over", strange), ("misshapen", misshapen)
        )
        if names
    ]  # fmt: skip
    if problems:
        raise WeightsError(f"The weights do not fit {title}; {'; '.join(problems)}.", _HINT)
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval()


def completed(network: nn.Module, state: Mapping[str, Tensor]) -> State:
    """The state with those entries added that are known without it: grids, constants, counters.

    Batch norms that bring no statistics along have those they start with.
    """
    known = dict(state)
    for key, value in network.state_dict().items():
        if key not in known:
            made = _computed(key.rpartition(".")[2], value.shape)
            if made is not None:
                known[key] = made
    return known


def is_computed(key: str) -> bool:
    """Whether an entry of a state dict is the same in every checkpoint of its shape."""
    return key.rpartition(".")[2] in {"mean", "std", "identity_grid", "identity_grid_512"}


def few(names: Iterable[str]) -> str:
    """The first names of a list, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    return ", ".join(f"{name:.120}" for name in listed[:_MOST_NAMED]) + more


def _computed(name: str, shape: torch.Size) -> Tensor | None:
    match name, len(shape):
        case "identity_grid", 5:
            return identity_grid(*shape[2:])[..., :3].movedim(-1, 0)[None].contiguous()
        case (("identity_grid" | "identity_grid_512"), 3):
            return picture_grid(math.isqrt(shape[1]))
        case "aligned_keypoints", 3:
            return torch.zeros(shape)  # nothing reads them
        case "mean", 4:
            return torch.tensor(IMAGENET_MEAN).view(shape)
        case "std", 4:
            return torch.tensor(IMAGENET_STD).view(shape)
        case "num_batches_tracked", 0:
            return torch.tensor(0)
        case "running_mean", 1:
            return torch.zeros(shape)
        case "running_var", 1:
            return torch.ones(shape)
    return None
