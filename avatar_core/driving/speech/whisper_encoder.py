"""Whisper's encoder: sound in, one vector each 20 ms out; for whole sounds, not for live ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from avatar_core.driving.speech.timing import HOP, HOPS_PER_FRAME
from avatar_core.driving.speech.whisper_mel import MEL_HOP, whisper_log_mel
from avatar_core.driving.speech.whisper_weights import HEAD_SIZE
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from avatar_core.driving.speech.whisper_weights import WhisperWeights
    from avatar_core.geometry import Float32

_ROWS_PER_VECTOR = 2
_FRAME = HOP * HOPS_PER_FRAME
_OVERLAP = 1 / 3
"""Part of a window that the next one hears once more."""
_FADE = 1 / 5
"""Part of the overlap, in its middle, over which one hands over to the next."""


class WhisperEncoder:
    """The encoder of a Whisper model, in evaluation.

    Args:
        weights: of the encoder.
        device: where it runs.

    Source:
        Radford et al. 2022, Whisper, arXiv:2212.04356, section 2.2: two convolutions, sinusoids,
        blocks of attention with the norm first, a last norm.
    """

    def __init__(self, weights: WhisperWeights, device: str | torch.device = "cpu") -> None:
        self.shape = weights.shape
        self.sha256 = weights.sha256
        self._device = torch.device(device)
        self._arrays = {
            name: torch.from_numpy(np.array(array)).to(self._device)
            for name, array in weights.arrays.items()
        }

    def vectors(
        self, sound: Float32, progress: Callable[[int, int], None] | None = None
    ) -> Float32:
        """[ceil(n / 320), width] what is heard around each moment, 50 a second.

        Whisper hears 30 s at once: shorter sounds end in silence, longer ones are heard in windows
        that overlap by 10 s and hand over softly in the middle of that.

        Args:
            sound: [n] 16 kHz, -1..1.
            progress: hears how many of all windows are done; may raise `Cancelled`.
        """
        expect_shapes(sound=(sound, "n"))
        count = math.ceil(len(sound) / _FRAME)
        context = self.shape.context
        silence = np.zeros(context * _ROWS_PER_VECTOR * MEL_HOP, np.float32)
        rows = whisper_log_mel(np.concatenate([sound, silence]), self.shape.bands)
        heard = np.zeros((count, self.shape.width), np.float32)
        windows = list(window_weights(count, context))
        for done, (start, weights) in enumerate(windows):
            first = _ROWS_PER_VECTOR * start
            made = self.window(rows[first : first + _ROWS_PER_VECTOR * context])
            heard[start : start + len(weights)] += weights[:, None] * made[: len(weights)]
            if progress is not None:
                progress(done + 1, len(windows))
        return heard

    @torch.inference_mode()
    def window(self, rows: Float32) -> Float32:
        """[context, width] vectors of a log-mel picture [2 context, bands], one window long."""
        expect_shapes(rows=(rows, f"{2 * self.shape.context} {self.shape.bands}"))
        arrays = self._arrays
        picture = torch.from_numpy(rows.T.copy())[None].to(self._device)
        x = functional.gelu(
            functional.conv1d(picture, arrays["conv1.weight"], arrays["conv1.bias"], padding=1)
        )
        x = functional.gelu(
            functional.conv1d(x, arrays["conv2.weight"], arrays["conv2.bias"], stride=2, padding=1)
        )
        x = x.transpose(1, 2) + arrays["positional_embedding"]
        for block in range(self.shape.layers):
            x = x + self._attended(f"blocks.{block}", x)
            x = x + self._thought(f"blocks.{block}", x)
        made: Float32 = self._norm("ln_post", x)[0].cpu().numpy()
        return made

    def _attended(self, block: str, x: Tensor) -> Tensor:
        normal = self._norm(f"{block}.attn_ln", x)
        query, key, value = (
            self._layer(f"{block}.attn.{name}", normal).unflatten(-1, (-1, HEAD_SIZE))
            for name in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        )
        return self._layer(f"{block}.attn.out", mixed.transpose(1, 2).flatten(2))

    def _thought(self, block: str, x: Tensor) -> Tensor:
        hidden = functional.gelu(self._layer(f"{block}.mlp.0", self._norm(f"{block}.mlp_ln", x)))
        return self._layer(f"{block}.mlp.2", hidden)

    def _layer(self, name: str, x: Tensor) -> Tensor:
        arrays = self._arrays
        return functional.linear(x, arrays[f"{name}.weight"], arrays.get(f"{name}.bias"))

    def _norm(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self._arrays[f"{name}.weight"], self._arrays[f"{name}.bias"]
        return functional.layer_norm(x, weight.shape, weight, bias)


def window_weights(count: int, context: int) -> Iterator[tuple[int, Float32]]:
    """The windows over a sound of `count` vectors: where each starts, and what each counts [m].

    The weights of all windows add up to 1 everywhere.
    """
    overlap = round(_OVERLAP * context)
    fade = max(round(_FADE * overlap), 1)
    before = (overlap - fade) // 2
    rising = np.concatenate(
        [
            np.zeros(before),
            (np.arange(fade) + 0.5) / fade,
            np.ones(overlap - fade - before),
        ]
    ).astype(np.float32)
    starts = [0]
    while starts[-1] + context < count:
        starts.append(starts[-1] + context - overlap)
    for start in starts:
        weights = np.ones(context, np.float32)
        if start > 0:
            weights[:overlap] = rising
        if start != starts[-1]:
            weights[context - overlap :] = 1 - rising
        yield start, weights[: count - start]
