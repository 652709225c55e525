"""Reads the golden fixtures of `tests/golden/emo` (see the README there), and small networks."""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import SpectralWeight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.emoportraits.config import PortraitConfig

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "emo"

_UNWRITTEN = {"mean", "std", "num_batches_tracked", "identity_grid", "running_mean", "running_var"}


class Golden:
    """Weights, inputs and expected outputs of one fixture."""

    def __init__(self, name: str) -> None:
        self._name = name
        with np.load(GOLDEN / f"{name}.npz") as file:
            self._arrays = {key: torch.from_numpy(file[key]) for key in file.files}

    def __getitem__(self, key: str) -> Tensor:
        return self._arrays[key]

    def part(self, start: str) -> dict[str, Tensor]:
        return {k.removeprefix(start): v for k, v in self._arrays.items() if k.startswith(start)}

    @property
    def state(self) -> dict[str, Tensor]:
        return self.part("sd/")

    def made_state(self, like: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state of a network with these names and shapes, by the README's rule."""
        stored = self.state
        return {
            key: stored[key] if key in stored else self._made(key, tuple(value.shape))
            for key, value in like.items()
            if key.rpartition(".")[2] not in _UNWRITTEN
        }

    def _made(self, key: str, shape: tuple[int, ...]) -> Tensor:
        random = np.random.RandomState(zlib.crc32(f"{self._name}:{key}".encode()))
        noise = random.standard_normal(int(np.prod(shape))).reshape(shape)
        if key.endswith("input_tensor"):
            made = noise
        elif len(shape) >= 2:
            made = noise * np.sqrt(2 / np.prod(shape[1:]))
        else:
            made = 1 + 0.1 * noise if key.endswith("weight") else 0.05 * noise
        return torch.from_numpy(made.astype(np.float32))


def error_share(found: Tensor, expected: Tensor) -> float:
    """The largest error as a share of what is expected's standard deviation."""
    assert found.shape == expected.shape
    found, expected = found.detach(), expected.detach()
    return float((found - expected).abs().max() / expected.std())


def settled(network: nn.Module) -> nn.Module:
    """The network with spectral vectors near those of its weights, in evaluation mode."""
    for layer in network.modules():
        if isinstance(layer, SpectralWeight):
            for _ in range(15):
                layer._refine(layer.weight_orig.flatten(1))
    return network.eval()


def random_inputs(config: PortraitConfig, batch: int = 2) -> dict[str, Tensor]:
    """Pictures, masks, poses and latents for a generator."""
    draw = torch.Generator().manual_seed(0)
    side = config.image_size
    theta = torch.eye(4).repeat(batch, 1, 1)
    theta[:, :3] += 0.1 * torch.randn(batch, 3, 4, generator=draw)
    return {
        "image": torch.rand(batch, 3, side, side, generator=draw),
        "mask": (torch.rand(batch, 1, side, side, generator=draw) > 0.2).float(),
        "theta": theta,
        "latent": torch.randn(batch, config.expression_size, generator=draw),
        "pose": theta.flip(0),
    }


class MultiplyAdds:
    """Counts the multiply-adds of convolutions and matrices, by the networks they belong to."""

    def __init__(self, *roots: nn.Module) -> None:
        self.by_stage: dict[str, int] = {}
        self._roots = roots

    def __enter__(self) -> MultiplyAdds:
        self._hooks = [
            layer.register_forward_hook(self._counter(name.partition(".")[0]))
            for root in self._roots
            for name, layer in root.named_modules()
            if isinstance(layer, nn.Conv2d | nn.Conv3d | nn.Linear)
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _counter(self, stage: str) -> Callable[[nn.Module, object, Tensor], None]:
        def count(layer: nn.Module, _: object, output: Tensor) -> None:
            if isinstance(layer, nn.Linear):
                each = layer.in_features
            else:
                assert isinstance(layer, nn.Conv2d | nn.Conv3d)
                each = layer.in_channels * math.prod(layer.kernel_size)
            self.by_stage[stage] = self.by_stage.get(stage, 0) + output.numel() * each

        return count
