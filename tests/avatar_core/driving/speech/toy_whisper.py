"""Encoders of Whisper's architecture with random weights, and the architecture in plain numpy.

The reference is written from Radford et al. 2022 (arXiv:2212.04356), section 2.2, and the released
code's choices: periodic Hann windows, Slaney's mel scale, GELU by the error function, keys without
bias, norms before each part.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erf

_HF = (
    ("blocks.", "layers."), ("attn.query.", "self_attn.q_proj."),
    ("attn.key.", "self_attn.k_proj."), ("attn.value.", "self_attn.v_proj."),
    ("attn.out.", "self_attn.out_proj."),
    ("attn_ln.", "self_attn_layer_norm."), ("mlp.0.", "fc1."), ("mlp.2.", "fc2."),
    ("mlp_ln.", "final_layer_norm."), ("ln_post.", "layer_norm."),
)  # fmt: skip


def toy_encoder(
    seed: int = 7, *, bands: int = 80, width: int = 128, layers: int = 2, context: int = 30
) -> dict[str, np.ndarray]:
    """Arrays of a checkpoint of OpenAI's release; a decoder's array is among them."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int, around: float = 0.0) -> np.ndarray:
        spread = 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 10)
        values = around + spread * rng.normal(size=shape)
        return values.astype(np.float16).astype(np.float32)

    angles = np.arange(context)[:, None] / 10_000 ** (np.arange(width // 2) / (width // 2 - 1))
    arrays = {
        "conv1.weight": normal(width, bands, 3), "conv1.bias": normal(width),
        "conv2.weight": normal(width, width, 3), "conv2.bias": normal(width),
        "positional_embedding": np.hstack([np.sin(angles), np.cos(angles)]).astype(np.float32),
        "ln_post.weight": normal(width, around=1.0), "ln_post.bias": normal(width),
    }  # fmt: skip
    for block in range(layers):
        name = f"blocks.{block}"
        for part in ("query", "key", "value", "out"):
            arrays[f"{name}.attn.{part}.weight"] = 2 * normal(width, width)
            if part != "key":
                arrays[f"{name}.attn.{part}.bias"] = normal(width)
        arrays |= {
            f"{name}.mlp.0.weight": normal(4 * width, width),
            f"{name}.mlp.0.bias": normal(4 * width),
            f"{name}.mlp.2.weight": normal(width, 4 * width),
            f"{name}.mlp.2.bias": normal(width),
        }
        for norm in ("attn_ln", "mlp_ln"):
            arrays[f"{name}.{norm}.weight"] = normal(width, around=1.0)
            arrays[f"{name}.{norm}.bias"] = normal(width)
    named = {f"encoder.{name}": array for name, array in arrays.items()}
    return {**named, "decoder.ln.weight": np.ones(width, np.float32)}


def in_hugging_face(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same checkpoint under the names of Hugging Face."""
    renamed = {}
    for name, array in arrays.items():
        for ours, theirs in _HF:
            name = name.replace(ours, theirs)
        name = name.replace("positional_embedding", "embed_positions.weight")
        renamed[f"model.{name}"] = array
    return renamed


def reference_log_mel(sound: np.ndarray, bands: int) -> np.ndarray:
    """[n // 160, bands] by the definition of each step, in double precision."""
    around = np.concatenate([sound[200:0:-1], sound, sound[-2:-202:-1]]).astype(np.float64)
    count = len(sound) // 160
    times = np.arange(400)
    hann = np.sin(np.pi * times / 400) ** 2
    waves = np.exp(-2j * np.pi * np.outer(np.arange(201), times) / 400)
    powers = np.zeros((count, 201))
    for row in range(count):
        powers[row] = np.abs(waves @ (hann * around[160 * row : 160 * row + 400])) ** 2
    logs = np.log10(np.maximum(powers @ _reference_bank(bands).T, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4) / 4


def _reference_bank(bands: int) -> np.ndarray:
    def hertz(mel: float) -> float:
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    top = 15 + 27 * np.log(8) / np.log(6.4)
    edges = [hertz(top * step / (bands + 1)) for step in range(bands + 2)]
    bank = np.zeros((bands, 201))
    for band in range(bands):
        low, middle, high = edges[band : band + 3]
        for bin_ in range(201):
            f = 40.0 * bin_
            height = (f - low) / (middle - low) if f <= middle else (high - f) / (high - middle)
            bank[band, bin_] = max(height, 0) * 2 / (high - low)
    return bank


def reference_window(arrays: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """[context, width] of a log-mel picture [2 context, bands], in double precision."""
    a = {name.removeprefix("encoder."): array.astype(np.float64) for name, array in arrays.items()}
    x = _gelu(_convolved(rows.astype(np.float64), a["conv1.weight"], a["conv1.bias"], 1))
    x = _gelu(_convolved(x, a["conv2.weight"], a["conv2.bias"], 2))
    x = x + a["positional_embedding"]
    block = 0
    while f"blocks.{block}.attn.query.weight" in a:
        x = x + _attention(a, f"blocks.{block}", x)
        hidden = _gelu(_layer(a, f"blocks.{block}.mlp.0", _norm(a, f"blocks.{block}.mlp_ln", x)))
        x = x + _layer(a, f"blocks.{block}.mlp.2", hidden)
        block += 1
    return _norm(a, "ln_post", x)


def _convolved(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    padded = np.pad(x, ((1, 1), (0, 0)))
    taps = [padded[tap : tap + len(x)] @ weight[:, :, tap].T for tap in range(3)]
    return (sum(taps) + bias)[::stride]


def _attention(a: dict[str, np.ndarray], block: str, x: np.ndarray) -> np.ndarray:
    normal = _norm(a, f"{block}.attn_ln", x)
    query = _layer(a, f"{block}.attn.query", normal)
    key = normal @ a[f"{block}.attn.key.weight"].T
    value = _layer(a, f"{block}.attn.value", normal)
    mixed = np.zeros_like(x)
    for first in range(0, x.shape[1], 64):
        head = slice(first, first + 64)
        scores = query[:, head] @ key[:, head].T / 8
        shares = np.exp(scores - scores.max(1, keepdims=True))
        mixed[:, head] = shares / shares.sum(1, keepdims=True) @ value[:, head]
    return _layer(a, f"{block}.attn.out", mixed)


def _layer(a: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return x @ a[f"{name}.weight"].T + a[f"{name}.bias"]


def _norm(a: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    spread = np.sqrt(x.var(1, keepdims=True) + 1e-5)
    return (x - x.mean(1, keepdims=True)) / spread * a[f"{name}.weight"] + a[f"{name}.bias"]


def _gelu(x: np.ndarray) -> np.ndarray:
    return x * 0.5 * (1 + erf(x / np.sqrt(2)))
