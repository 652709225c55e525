"""The speech network in torch, over whole stretches of sound: what training adjusts.

Twin of `driving.speech.network`, which runs one moment after the other; names of arrays agree.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.driving.speech.network import TAPS, NetworkShape


class _Block(nn.Module):
    """A causal, dilated convolution that adds to what it reads."""

    def __init__(self, channels: int, gap: int) -> None:
        super().__init__()
        self.gap = gap
        self.mix = nn.Linear(TAPS * channels, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, C] to the same; before the start there is nothing."""
        count = x.shape[1]
        line = functional.pad(x, (0, 0, 2 * self.gap, 0))
        taps = [line[:, tap * self.gap : tap * self.gap + count] for tap in range(TAPS)]
        made: Tensor = x + self.out(torch.relu(self.mix(torch.cat(taps, dim=-1))))
        return made


class _Perceptron(nn.ModuleList):
    """Linear layers with rectifiers between them."""

    def __init__(self, *widths: int) -> None:
        super().__init__(nn.Linear(inner, outer) for inner, outer in pairwise(widths))

    def layer(self, index: int) -> nn.Linear:
        layer = self[index]
        assert isinstance(layer, nn.Linear)
        return layer

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out]."""
        for index in range(len(self) - 1):
            x = torch.relu(self.layer(index)(x))
        made: Tensor = self.layer(len(self) - 1)(x)
        return made


class SpeechNetwork(nn.Module):
    """Three perceptrons over what is heard, see `driving.speech.network`.

    Args:
        shape: its sizes.
    """

    feature_mean: Tensor
    feature_scale: Tensor

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        c, k = shape.channels, shape.coordinates
        hearing = shape.hearing
        self.register_buffer("feature_mean", torch.zeros(hearing.size))
        self.register_buffer("feature_scale", torch.ones(hearing.size))
        self.stem = nn.Linear(hearing.window * hearing.size, c)
        for block, gap in enumerate(hearing.dilations):
            self.add_module(f"block{block}", _Block(c, gap))
        self.visemes = nn.Linear(c, shape.visemes)
        self.base = _Perceptron(k, shape.state, k)
        self.state = _Perceptron(k, shape.state, shape.state)
        self.motion = _Perceptron(shape.state + c, shape.hidden, shape.hidden, k)
        self._begin()

    def hear(self, features: Tensor) -> Tensor:
        """Encoder vectors [B, T, C] of features [B, per_moment (T - 1) + window, size].

        The first moment's window begins with the first feature.
        """
        hearing = self.shape.hearing
        normalised = (features - self.feature_mean) / self.feature_scale
        windows = normalised.unfold(1, hearing.window, hearing.per_moment)
        x = torch.relu(self.stem(windows.transpose(2, 3).flatten(2)))
        for block in range(len(hearing.dilations)):
            x = self.get_submodule(f"block{block}")(x)
        return x

    def speak(self, heard: Tensor, reference: Tensor, mouth: Tensor) -> Tensor:
        """Mouth coordinates [B, T, K], each moment reading the one before.

        Args:
            heard: [B, T, C] of `hear`.
            reference: [B, K] mouth at rest.
            mouth: [B, K] mouth before the first moment.
        """
        base = reference + self.base(reference)
        first = self.motion.layer(0)
        from_state, from_sound = first.weight.split([self.shape.state, self.shape.channels], dim=1)
        # The sound's part of MLP_c waits for nobody: it is computed for all moments at once.
        sounds = functional.linear(heard, from_sound, first.bias).unbind(1)
        mouths = []
        for sound in sounds:
            state = torch.relu(self.state(mouth))
            hidden = torch.relu(functional.linear(state, from_state) + sound)
            hidden = torch.relu(self.motion.layer(1)(hidden))
            mouth = base + self.motion.layer(2)(hidden)
            mouths.append(mouth)
        return torch.stack(mouths, dim=1)

    def _begin(self) -> None:
        """Blocks that add nothing, and a mouth that stays at rest: training starts from there."""
        for block in range(len(self.shape.hearing.dilations)):
            nn.init.zeros_(self.get_parameter(f"block{block}.out.weight"))
        for layer in (self.motion.layer(2), self.base.layer(1)):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
