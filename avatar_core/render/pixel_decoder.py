"""MeGA's pixel decoder as a graphics card wants it: matrices of four by four.

The shader is `shaders/pixel_decoder.glsl`; the module whose weights these are is
`mega.textures.PixelDecoder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray

MOST_BLOCKS = 48
"""Matrices that the shader has room for."""

_OMEGA = 30.0
_HIDDEN = 8
_LAYERS = "head_mlp.final_siren.0.net."
_PLACE_LAYERS = "head_mlp.xyz_enc.net."
_PLACE_WIDTH = 4
_BIASES = 9


@dataclass(frozen=True, slots=True, eq=False)
class PackedDecoder:
    """The network and the learned code of uv.

    Args:
        blocks: [M, 4, 4] matrices, out x in; two for every four inputs of the first layer (texture,
            code of uv, code of the place), four each for the next two, two for the last, and two
            for the place; the sine layers' factor 30 is in them.
        biases: [9, 4] of the same layers, two each for those of eight outputs.
        texture_groups, code_groups: groups of four inputs.
        hidden_block: index of the second layer's first matrix.
        told_place: the network is told the place in the world.
        codes: [E, 4] learned code of uv, two values along u and two along v; none for sines.
        pair_count: of sines and cosines, with uv itself; 0 for a learned code.
    """

    blocks: Float32
    biases: Float32
    texture_groups: int
    code_groups: int
    hidden_block: int
    told_place: bool
    codes: Float32
    pair_count: int

    def uniform_bytes(self) -> bytes:
        """The uniform block (std140): matrices by columns, then biases."""
        blocks = np.zeros((MOST_BLOCKS, 4, 4), np.float32)
        blocks[: len(self.blocks)] = self.blocks.transpose(0, 2, 1)
        return blocks.tobytes() + self.biases.tobytes()


def packed_decoder(weights: Mapping[str, AnyArray], *, told_place: bool) -> PackedDecoder:
    """Pack the pixel decoder among the weights of a neural face.

    Args:
        weights: named arrays of the face.
        told_place: the network is told the place in the world (`MegaOptions.surface_conditioned`).

    Raises:
        WeightsError: arrays are missing or misshapen, or the network is larger than the shader
            has room for.
    """
    try:
        return _packed(weights, told_place)
    except (KeyError, ValueError, IndexError) as error:
        raise WeightsError(
            f"The avatar's pixel decoder cannot be drawn: {error}.", "Export the avatar again."
        ) from error


def grouped_channels(texture: AnyArray) -> Float32:
    """[1, C, H, W] as [C / 4 rounded up, H, W, 4], filled up with zeros."""
    _, channels, height, width = texture.shape
    groups = -(-channels // 4)
    padded = np.zeros((4 * groups, height, width), np.float32)
    padded[:channels] = texture[0]
    split = padded.reshape(groups, 4, height, width)
    return np.ascontiguousarray(split.transpose(0, 2, 3, 1))


def _packed(weights: Mapping[str, AnyArray], told_place: bool) -> PackedDecoder:
    first = _array(weights, f"{_LAYERS}0.linear.weight")
    channels = weights["neural_texture.texture"].shape[1]
    codes = _learned_codes(weights)
    place_width = _PLACE_WIDTH if told_place else 0
    code_width = first.shape[1] - channels - place_width
    if len(codes):
        _expect(code_width == codes.shape[1], "the code of uv has another width than its table")
    place, code, texture = np.split(first, [place_width, place_width + code_width], axis=1)
    groups = [*_groups(texture), *_groups(code), *_groups(place)]
    blocks = [half for group in groups for half in np.split(_OMEGA * group, 2)]
    hidden_block = len(blocks)
    for layer in (1, 2):
        matrix = _OMEGA * _array(weights, f"{_LAYERS}{layer}.linear.weight")
        _expect(matrix.shape == (_HIDDEN, _HIDDEN), "its hidden layers should be eight wide")
        left, right = np.split(matrix, 2, axis=1)
        blocks += [*np.split(left, 2), *np.split(right, 2)]
    blocks += [_square(part) for part in np.split(_array(weights, f"{_LAYERS}3.weight"), 2, 1)]
    if told_place:
        blocks += [
            _square(_OMEGA * _array(weights, f"{_PLACE_LAYERS}{layer}.linear.weight"))
            for layer in (0, 1)
        ]
    _expect(len(blocks) <= MOST_BLOCKS, "it has more inputs than a shader has room for")
    return PackedDecoder(
        blocks=np.stack(blocks).astype(np.float32),
        biases=_biases(weights, told_place),
        texture_groups=-(-channels // 4),
        code_groups=-(-code_width // 4),
        hidden_block=hidden_block,
        told_place=told_place,
        codes=codes,
        pair_count=0 if len(codes) else code_width // 2,
    )


def _biases(weights: Mapping[str, AnyArray], told_place: bool) -> Float32:
    biases = np.zeros((_BIASES, 4), np.float32)
    for layer in range(3):
        values = _OMEGA * _array(weights, f"{_LAYERS}{layer}.linear.bias")
        biases[2 * layer : 2 * layer + 2] = values.reshape(2, 4)
    biases[6, :3] = _array(weights, f"{_LAYERS}3.bias")
    if told_place:
        for layer in (0, 1):
            biases[7 + layer] = _OMEGA * _array(weights, f"{_PLACE_LAYERS}{layer}.linear.bias")
    return biases


def _learned_codes(weights: Mapping[str, AnyArray]) -> Float32:
    if "pe.m_u" not in weights:
        return np.zeros((0, 4), np.float32)
    tables = [_array(weights, f"pe.m_{axis}") for axis in "uv"]
    return np.ascontiguousarray(np.concatenate(tables).T)


def _groups(matrix: Float32) -> list[Float32]:
    """Columns in groups of four, filled up with zeros: matrices [8, 4]."""
    _expect(len(matrix) == _HIDDEN, "its first layer should have eight outputs")
    padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % 4)))
    return np.split(padded, padded.shape[1] // 4, axis=1) if padded.shape[1] else []


def _square(matrix: Float32) -> Float32:
    """Filled up to 4 x 4 with zeros."""
    rows, columns = matrix.shape
    return np.pad(matrix, ((0, 4 - rows), (0, 4 - columns)))


def _array(weights: Mapping[str, AnyArray], name: str) -> Float32:
    return np.asarray(weights[name], np.float32)


def _expect(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)
