"""Where the neural face starts: smooth, silent, and at a painted atlas if the capture has one.

The published start is noise: random texels, a random code of uv, and decoders that add more of
both. The sine layers of the pixel decoder turn noise into more noise, which thousands of pictures
on a large machine wear down; a short training ends speckled, with lips and irises as shades of
skin. Here texels are a linear code of the painting's colours, the code of uv is smooth, the view
and dynamic textures say nothing yet, and the pixel decoder has learned to read the painting. Parts
that no camera sees keep it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from avatar_core.io.picture_files import read_picture_file
from avatar_core.mega.encodings import LearnedPositionalEncoding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.mega.networks import MegaNetworks

PAINTING = "albedo.webp"
"""Name of the painted atlas in a capture's folder; top row first, sRGB."""

_STEPS = 1_200
_BINS = 12
"""Colours are told apart by this many levels of each channel."""
_TEXELS = 20_000
_NETWORK_RATE = 4e-3
_CODE_RANGE = 0.8
_GREY = 0.5


def read_painting(folder: Path) -> Float32 | None:
    """The painted atlas [H, W, 3] in 0..1 sRGB, or None where the capture has none.

    Raises:
        AssetError: it is there but cannot be read.
    """
    path = folder / PAINTING
    if not path.is_file():
        return None
    image = read_picture_file(path, cv2.IMREAD_COLOR, "The painted atlas")
    return np.asarray(image[:, :, ::-1], np.float32) / 255.0


@torch.no_grad()
def start_calmly(networks: MegaNetworks, painting: Float32 | None, seed: int) -> None:
    """Make texture, uv code, view and dynamic textures smooth and silent; read the painting.

    Args:
        networks: changed in place.
        painting: [H, W, 3] 0..1 sRGB, top row first; grey all over when None.
        seed: of the colours' code and the texels drawn.
    """
    size, channels = networks.config.tex_size, networks.config.tex_ch
    rng = np.random.default_rng(seed)
    colours = np.full((size, size, 3), _GREY, np.float32)
    if painting is not None:
        small = cv2.resize(painting, (size, size), interpolation=cv2.INTER_AREA)
        # Row 0 of a neural texture is v = -1, the bottom of the atlas.
        colours = np.ascontiguousarray(small[::-1], np.float32)
    code = rng.uniform(-_CODE_RANGE, _CODE_RANGE, (channels, 3)).astype(np.float32)
    texels = (colours - _GREY) @ code.T
    networks.neural_texture.texture.copy_(torch.from_numpy(texels).permute(2, 0, 1)[None])
    if isinstance(networks.pe, LearnedPositionalEncoding):
        for table in (networks.pe.m_u, networks.pe.m_v):
            table.copy_(_smooth_table(*table.shape))
    for decoder in (networks.view_texture, networks.dynamic_texture):
        decoder.silence()
    if painting is not None:
        learn_to_read(networks, colours, rng)


@torch.enable_grad()
def learn_to_read(
    networks: MegaNetworks,
    colours: Float32,
    rng: np.random.Generator,
    steps: int = _STEPS,
    follow: Callable[[float], None] | None = None,
) -> None:
    """Fit the pixel decoder to the colours that the texture stands for.

    Every colour is drawn equally often: an iris is a hundredth of a sleeve, and would be read as a
    shade of it.

    Args:
        networks: the decoder is changed in place.
        colours: [S, S, 3] 0..1, bottom row first, S the texture's side.
        rng: draws texels.
        steps: optimiser steps.
        follow: hears the loss (mean squared difference of display values) of each step.
    """
    size = networks.config.tex_size
    texels = networks.neural_texture.texture.detach()[0].permute(1, 2, 0).reshape(size * size, -1)
    wanted = torch.from_numpy(colours).view(-1, 3).to(texels.device)
    axis = torch.linspace(-1, 1, size, device=texels.device)
    shares = np.cumsum(_rarity(colours))
    count = min(_TEXELS, size * size)
    parameters = list(networks.head_mlp.parameters())
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(parameters, lr=_NETWORK_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        drawn = np.searchsorted(shares, rng.random(count) * shares[-1])
        index = torch.from_numpy(drawn).to(texels.device)
        uv = torch.stack([axis[index % size], axis[index // size]], -1)
        seen = networks.pixel_colours(texels[index], uv, _places(networks, uv))
        loss = (seen - wanted[index]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if follow is not None:
            follow(float(loss.detach()))


def _places(networks: MegaNetworks, uv: Tensor) -> Tensor | None:
    """No place in particular, for decoders that want one."""
    return uv.new_zeros(len(uv), 3) if networks.config.xyz_cond else None


def _rarity(colours: Float32) -> Float64:
    """[S * S] one over how many texels are of about the same colour."""
    bins = (colours.reshape(-1, 3) * _BINS).astype(np.int64).clip(0, _BINS - 1)
    number = bins @ np.array([_BINS * _BINS, _BINS, 1])
    rarity: Float64 = 1.0 / np.bincount(number)[number]
    return rarity


def _smooth_table(channels: int, entries: int) -> Tensor:
    """[channels, entries] half waves of rising frequency: a first guess of where on the atlas."""
    places = torch.linspace(0.0, math.pi, entries)
    return torch.stack([torch.cos(places * (k + 1)) for k in range(channels)]) * _GREY
