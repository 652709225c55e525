"""The basic texture decoded over the whole atlas, finer than its texels lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from avatar_core.mega.atlas import atlas_places
from avatar_core.mega.bake_texels import DecoderArrays, decoded, in_lanes, out_of_lanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.mega.model import MegaModel

_OMEGA = 30.0
_ROWS_AT_ONCE = 64


@torch.no_grad()
def decoded_atlas(model: MegaModel, size: int) -> UInt8:
    """[size, size, 3] display colours of the basic texture alone, top row first.

    What enters the decoder's first sines is linear in the texels and adds up from u and v: so only
    that is interpolated, texel by texel of the picture, as a shader interpolates the texture.

    Args:
        model: the avatar.
        size: side of the picture; its texel j lies at u = (j + 0.5) / size.
    """
    first, *behind = (
        each
        for each in model.networks.head_mlp.final_siren.modules()
        if isinstance(each, nn.Linear)
    )
    decoder = _decoder_arrays(behind)
    texels = _texel_sums(model, _OMEGA * first.weight)
    along = (np.arange(size) + 0.5) / size
    across, up = _code_sums(model, _OMEGA * first.weight, along.astype(np.float32))
    across += _OMEGA * first.bias.numpy()
    place = along * (len(texels) - 1)
    low = np.minimum(place.astype(int), len(texels) - 2)
    part = (place - low).astype(np.float32)[:, None]
    image = np.empty((size, size, 3), np.uint8)
    for start in range(0, size, _ROWS_AT_ONCE):
        rows = slice(start, min(start + _ROWS_AT_ONCE, size))
        near = _mixed(texels[low[rows]], texels[low[rows] + 1], part[rows, None])
        sums = _mixed(near[:, low], near[:, low + 1], part) + up[rows, None] + across
        colours = _colours(sums.reshape(-1, sums.shape[-1]), decoder)
        image[rows] = np.rint(255 * colours).reshape(-1, size, 3)
    return np.ascontiguousarray(image[::-1])  # v goes up


def _mixed(one: Float32, other: Float32, share: Float32) -> Float32:
    mixed: Float32 = one + share * (other - one)
    return mixed


def _colours(sums: Float32, decoder: DecoderArrays) -> Float32:
    starts = in_lanes(sums)
    colours = decoded(starts[:, None], np.zeros_like(starts), decoder)
    return out_of_lanes(colours[:, 0], len(sums))


def _decoder_arrays(layers: list[nn.Linear]) -> DecoderArrays:
    """The layers behind the first; the last one goes into no sine."""
    scales = (_OMEGA, _OMEGA, 1.0)
    arrays: list[NDArray[np.float32]] = []
    for layer, scale in zip(layers, scales, strict=True):
        arrays += [(scale * each).numpy() for each in (layer.weight, layer.bias)]
    return DecoderArrays(*arrays)


def _texel_sums(model: MegaModel, weights: torch.Tensor) -> Float32:
    """[S, S, 8] what the basic texture, and the place in space, give to the first layer."""
    networks = model.networks
    texture = networks.neural_texture()[0].permute(1, 2, 0)
    sums = texture @ weights[:, -texture.shape[-1] :].T
    if networks.config.xyz_cond:
        places = atlas_places(model.surface, model.canonical_vertices, len(texture))
        code = networks.head_mlp.xyz_enc(places.reshape(-1, 3))
        sums += (code @ weights[:, : code.shape[1]].T).view(sums.shape)
    return np.ascontiguousarray(sums.numpy())


def _code_sums(model: MegaModel, weights: torch.Tensor, along: Float32) -> tuple[Float32, Float32]:
    """What the code of uv gives: [size, 8] by u, and [size, 8] more by v."""
    networks = model.networks
    last = weights.shape[1] - networks.config.tex_ch
    signed = torch.from_numpy(2 * along - 1)
    none = torch.zeros_like(signed)
    by_u, by_v, nothing = (
        networks.pe(torch.stack(each, -1))
        for each in ((signed, none), (none, signed), (none, none))
    )
    part = weights[:, last - by_u.shape[1] : last].T
    return (by_u @ part).numpy(), ((by_v - nothing) @ part).numpy()
