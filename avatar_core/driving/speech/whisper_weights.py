"""The encoder of a Whisper model as plain arrays, whichever release its file has the names of."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray

HEAD_SIZE = 64
"""Width of an attention head, the same in every size."""

HINT = (
    "Choose model.safetensors of a Whisper model from Hugging Face, or a .pt file of OpenAI's"
    " release."
)
_BANDS = (80, 128)
_MOST_WIDTH, _MOST_LAYERS, _MOST_CONTEXT = 2_048, 64, 3_000
_SIZES = {
    (384, 4): "tiny", (512, 6): "base", (768, 12): "small", (1_024, 24): "medium",
    (1_280, 32): "large",
}  # fmt: skip

_POSITIONS = "positional_embedding"
_PREFIXES = ("model.encoder.", "encoder.", "")
_RENAMED = (
    (r"^layers\.", "blocks."),
    (r"\.self_attn\.q_proj\.", ".attn.query."),
    (r"\.self_attn\.k_proj\.", ".attn.key."),
    (r"\.self_attn\.v_proj\.", ".attn.value."),
    (r"\.self_attn\.out_proj\.", ".attn.out."),
    (r"\.self_attn_layer_norm\.", ".attn_ln."),
    (r"\.fc1\.", ".mlp.0."),
    (r"\.fc2\.", ".mlp.2."),
    (r"\.final_layer_norm\.", ".mlp_ln."),
    (r"^layer_norm\.", "ln_post."),
    (r"^embed_positions\.weight$", _POSITIONS),
)
"""Names of Hugging Face's files, and what OpenAI's call the same."""


@dataclass(frozen=True, slots=True)
class WhisperShape:
    """Sizes of an encoder.

    Args:
        bands: of its log-mel picture.
        width: of its vectors.
        layers: of attention.
        context: vectors that it gives at once, 50 a second: 1500 in every release.
    """

    bands: int
    width: int
    layers: int
    context: int

    @property
    def title(self) -> str:
        """What its makers call the size."""
        return _SIZES.get((self.width, self.layers), f"{self.width} x {self.layers}")

    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shape of each array by its name in OpenAI's release, without `encoder.`."""
        d = self.width
        shapes: dict[str, tuple[int, ...]] = {
            "conv1.weight": (d, self.bands, 3), "conv1.bias": (d,),
            "conv2.weight": (d, d, 3), "conv2.bias": (d,),
            _POSITIONS: (self.context, d),
            "ln_post.weight": (d,), "ln_post.bias": (d,),
        }  # fmt: skip
        layers = {"attn.query": (d, d), "attn.key": (d, d), "attn.value": (d, d),
                  "attn.out": (d, d), "mlp.0": (4 * d, d), "mlp.2": (d, 4 * d)}  # fmt: skip
        for block in range(self.layers):
            for name, shape in layers.items():
                shapes[f"blocks.{block}.{name}.weight"] = shape
                if name != "attn.key":
                    shapes[f"blocks.{block}.{name}.bias"] = shape[:1]
            for norm in ("attn_ln", "mlp_ln"):
                shapes[f"blocks.{block}.{norm}.weight"] = (d,)
                shapes[f"blocks.{block}.{norm}.bias"] = (d,)
        return shapes


@dataclass(frozen=True, slots=True, eq=False)
class WhisperWeights:
    """An encoder.

    Args:
        shape: its sizes.
        arrays: float32 by their names in OpenAI's release, without `encoder.`.
        sha256: of names, shapes and values: the same for the same encoder in any kind of file.
            Positions do not count, which are sinusoids in all of them, rounded this way or that.
    """

    shape: WhisperShape
    arrays: Mapping[str, Float32]
    sha256: str

    @classmethod
    def of(cls, arrays: Mapping[str, AnyArray]) -> Self:
        """The encoder among the arrays of a file; the decoder's are passed over.

        Positions that a file leaves out are the sinusoids of every release.

        Raises:
            WeightsError: there is no whole encoder among them; what is wrong is named.
        """
        found = _encoder_arrays(arrays)
        shape = _shape_of(found)
        found.setdefault(_POSITIONS, sinusoids(shape.context, shape.width))
        wanted = {name: _checked(found, name, size) for name, size in shape.arrays().items()}
        return cls(shape, wanted, _digest(wanted))


def sinusoids(count: int, width: int) -> Float32:
    """[count, width] positions: sines, then cosines, of wavelengths from 2 pi to 20000 pi.

    Source:
        Vaswani et al. 2017, arXiv:1706.03762, section 3.5, in the order of Whisper's release.
    """
    half = width // 2
    rates = np.exp(-np.log(10_000) / max(half - 1, 1) * np.arange(half))
    angles = np.arange(count)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def _encoder_arrays(arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    prefix = next((each for each in _PREFIXES if f"{each}conv1.weight" in arrays), None)
    if prefix is None:
        raise WeightsError("The file holds no encoder of Whisper.", HINT)
    found = {}
    for name, array in arrays.items():
        if name.startswith(prefix):
            short = name.removeprefix(prefix)
            for pattern, replacement in _RENAMED:
                short = re.sub(pattern, replacement, short)
            found[short] = array
    return found


def _shape_of(found: Mapping[str, AnyArray]) -> WhisperShape:
    first = found["conv1.weight"]
    blocks = {int(name.split(".")[1]) for name in found if re.match(r"blocks\.\d{1,3}\.", name)}
    positions = found.get(_POSITIONS)
    context = 1_500 if positions is None else (*positions.shape, 0)[0]
    shape = WhisperShape(
        bands=first.shape[1] if first.ndim == 3 else 0,
        width=(*first.shape, 0)[0],
        layers=len(blocks),
        context=context,
    )
    if (
        shape.bands not in _BANDS
        or not 0 < shape.width <= _MOST_WIDTH
        or shape.width % HEAD_SIZE
        or not 0 < shape.layers <= _MOST_LAYERS
        or not 0 < shape.context <= _MOST_CONTEXT
    ):
        raise WeightsError("The file's encoder has sizes that no Whisper model has.", HINT)
    return shape


def _checked(found: Mapping[str, AnyArray], name: str, shape: tuple[int, ...]) -> Float32:
    array = found.get(name)
    if array is None or array.shape != shape or array.dtype.kind != "f":
        raise WeightsError(f"The encoder's array '{name}' is missing or not as it must be.", HINT)
    single = np.asarray(array, np.float32)
    if not np.isfinite(single).all():
        raise WeightsError(f"The encoder's array '{name}' holds values that are no numbers.", HINT)
    return single


def _digest(arrays: Mapping[str, Float32]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays.keys() - {_POSITIONS}):
        digest.update(f"{name}{arrays[name].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[name], "<f4").data)
    return digest.hexdigest()
