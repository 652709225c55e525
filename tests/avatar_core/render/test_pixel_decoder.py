"""The packed pixel decoder, computed in numpy as the shader does, against the module itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import WeightsError
from avatar_core.mega.encodings import LearnedPositionalEncoding, SinCosEncoding
from avatar_core.mega.textures import PixelDecoder
from avatar_core.render.pixel_decoder import MOST_BLOCKS, grouped_channels, packed_decoder

if TYPE_CHECKING:
    from avatar_core.render.pixel_decoder import PackedDecoder

POINTS = 50


def weights_of(
    channels: int, encoding: torch.nn.Module, code_width: int, *, told_place: bool
) -> dict[str, np.ndarray]:
    """Named arrays of a face, as in an avatar."""
    decoder = PixelDecoder(channels, code_width, xyz_cond=told_place)
    named = {f"head_mlp.{name}": value for name, value in decoder.state_dict().items()}
    named |= {f"pe.{name}": value for name, value in encoding.state_dict().items()}
    arrays = {name: value.numpy() for name, value in named.items()}
    return {**arrays, "neural_texture.texture": np.zeros((1, channels, 4, 4), np.float32)}


def computed(
    packed: PackedDecoder, texels: np.ndarray, uv: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """[M, 3] what `pixel_decoder.glsl` makes of texels [M, C], uv [M, 2] in 0..1, places [M, 3]."""
    blocks, biases = packed.blocks, packed.biases
    upper, lower = biases[0][None], biases[1][None]
    inputs = [*groups_of(texels), *groups_of(code_of(packed, uv))]
    hidden = packed.hidden_block
    if packed.told_place:
        place = np.pad(places, ((0, 0), (0, 1)))
        for layer in (0, 1):
            place = np.sin(place @ blocks[hidden + 10 + layer].T + biases[7 + layer])
        inputs.append(place)
    for index, four in enumerate(inputs):
        upper = upper + four @ blocks[2 * index].T
        lower = lower + four @ blocks[2 * index + 1].T
    upper, lower = np.sin(upper), np.sin(lower)
    for layer in (1, 2):
        a, b, c, d = (blocks[hidden + index].T for index in range(4))
        upper, lower = (
            np.sin(upper @ a + lower @ c + biases[2 * layer]),
            np.sin(upper @ b + lower @ d + biases[2 * layer + 1]),
        )
        hidden += 4
    logits = upper @ blocks[hidden].T + lower @ blocks[hidden + 1].T + biases[6]
    return 1 / (1 + np.exp(-logits[:, :3]))


def groups_of(values: np.ndarray) -> list[np.ndarray]:
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % 4)))
    return np.split(padded, padded.shape[1] // 4, axis=1)


def code_of(packed: PackedDecoder, uv: np.ndarray) -> np.ndarray:
    if not len(packed.codes):
        signed = 2 * uv - 1
        waves = [
            (np.sin, np.cos)[(pair - 1) % 2](signed * 2 ** ((pair - 1) // 2))
            for pair in range(1, packed.pair_count)
        ]
        return np.hstack([signed, *waves])
    entries = np.arange(len(packed.codes))
    at = uv * (len(packed.codes) - 1)
    columns = [np.interp(at[:, axis // 2], entries, packed.codes[:, axis]) for axis in range(4)]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("told_place", [False, True])
@pytest.mark.parametrize("channels", [12, 10])
@pytest.mark.parametrize("frequencies", [0, 1, 4])
def test_packed_weights_give_the_colours_of_the_module(
    told_place: bool, channels: int, frequencies: int
) -> None:
    torch.manual_seed(channels + frequencies)
    encoding: LearnedPositionalEncoding | SinCosEncoding = (
        SinCosEncoding(frequencies) if frequencies else LearnedPositionalEncoding(entries=30)
    )
    width = encoding.width(2)
    weights = weights_of(channels, encoding, width, told_place=told_place)
    decoder = PixelDecoder(channels, width, xyz_cond=told_place)
    decoder.load_state_dict(
        {
            name.removeprefix("head_mlp."): torch.from_numpy(value)
            for name, value in weights.items()
            if name.startswith("head_mlp.")
        }
    )
    texels, uv, places = (
        torch.randn(POINTS, channels),
        torch.rand(POINTS, 2),
        torch.randn(POINTS, 3),
    )
    with torch.no_grad():
        latents = [encoding(2 * uv - 1), texels]
        expected = decoder(torch.cat([places, *latents] if told_place else latents, -1)).numpy()
    packed = packed_decoder(weights, told_place=told_place)
    assert packed.texture_groups == 3
    colours = computed(packed, texels.numpy(), uv.numpy(), places.numpy())
    np.testing.assert_allclose(colours, expected, atol=2e-5)
    assert expected.std(axis=0).min() > 1e-3, "the colours tell nothing apart"


def test_the_uniform_block_holds_columns_then_biases() -> None:
    weights = weights_of(12, LearnedPositionalEncoding(entries=5), 4, told_place=False)
    packed = packed_decoder(weights, told_place=False)
    numbers = np.frombuffer(packed.uniform_bytes(), np.float32)
    assert len(numbers) == 16 * MOST_BLOCKS + 4 * 9
    np.testing.assert_array_equal(numbers[16:20], packed.blocks[1][:, 0])
    np.testing.assert_array_equal(numbers[-36:].reshape(9, 4), packed.biases)


def test_channels_come_in_groups_of_four() -> None:
    texture = np.arange(1 * 6 * 2 * 3, dtype=np.float32).reshape(1, 6, 2, 3)
    grouped = grouped_channels(texture)
    assert grouped.shape == (2, 2, 3, 4)
    np.testing.assert_array_equal(grouped[0, 1, 2], texture[0, :4, 1, 2])
    np.testing.assert_array_equal(grouped[1, 1, 2], [*texture[0, 4:, 1, 2], 0, 0])


@pytest.mark.parametrize(
    "name",
    [
        "neural_texture.texture",
        "head_mlp.final_siren.0.net.0.linear.weight",
        "head_mlp.final_siren.0.net.2.linear.bias",
        "head_mlp.final_siren.0.net.3.weight",
        "head_mlp.xyz_enc.net.1.linear.weight",
        "pe.m_v",
    ],
)
def test_missing_weights_are_named(name: str) -> None:
    weights = weights_of(12, LearnedPositionalEncoding(entries=5), 4, told_place=True)
    del weights[name]
    with pytest.raises(WeightsError, match=name) as caught:
        packed_decoder(weights, told_place=True)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("head_mlp.final_siren.0.net.1.linear.weight", (8, 6), "eight wide"),
        ("head_mlp.final_siren.0.net.0.linear.weight", (6, 16), "eight outputs"),
        ("head_mlp.final_siren.0.net.0.linear.weight", (8, 15), "code of uv"),
        ("head_mlp.final_siren.0.net.1.linear.bias", (5,), "reshape"),
    ],
)
def test_other_networks_are_refused(name: str, shape: tuple[int, ...], words: str) -> None:
    weights = weights_of(12, LearnedPositionalEncoding(entries=5), 4, told_place=False)
    weights[name] = np.zeros(shape, np.float32)
    with pytest.raises(WeightsError, match=words):
        packed_decoder(weights, told_place=False)


def test_more_inputs_than_the_shader_has_room_for_are_refused() -> None:
    encoding = SinCosEncoding(20)
    weights = weights_of(12, encoding, encoding.width(2), told_place=False)
    with pytest.raises(WeightsError, match="more inputs"):
        packed_decoder(weights, told_place=False)
