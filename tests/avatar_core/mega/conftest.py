"""Reads the golden fixtures of `tests/golden/mega` (see the README there)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = Path(__file__).resolve().parents[2] / "golden" / "mega"


class Fixture:
    """Weights, inputs and expected outputs of one fixture."""

    def __init__(self, name: str) -> None:
        self._tensors = load_file(_FOLDER / f"{name}.safetensors")

    def state(self, prefix: str = "") -> dict[str, Tensor]:
        start = f"sd.{prefix}"
        return {k.removeprefix(start): v for k, v in self._tensors.items() if k.startswith(start)}

    def __getitem__(self, key: str) -> Tensor:
        return self._tensors[key]


@pytest.fixture
def golden() -> Callable[[str], Fixture]:
    torch.manual_seed(0)
    return Fixture
