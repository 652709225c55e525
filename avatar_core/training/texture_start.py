"""Where the neural texture starts: at a painted atlas, if the capture has one.

Texture, encoding and pixel decoder are first fitted to the painting alone. The tiny decoder then
knows the face's colours before it meets light, view and expression; from a random start it tends to
settle on skin and to see lips, eyes and cloth as shades of it. Parts that no camera sees keep the
painting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from avatar_core.io.picture_files import read_picture_file
from avatar_core.raster.texels import sample_texels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.mega.networks import MegaNetworks

PAINTING = "albedo.webp"
"""Name of the painted atlas in a capture's folder; top row first, sRGB."""

_STEPS = 600
_TEXELS = 20_000
_TEXTURE_RATE = 2e-2
_NETWORK_RATE = 4e-3


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


def start_from_painting(
    networks: MegaNetworks,
    painting: Float32,
    seed: int,
    steps: int = _STEPS,
    follow: Callable[[float], None] | None = None,
) -> None:
    """Fit the basic texture, the encoding and the pixel decoder to a painted atlas.

    Args:
        networks: changed in place.
        painting: [H, W, 3] 0..1 sRGB, top row first.
        seed: of the texels drawn.
        steps: optimiser steps.
        follow: hears the loss (mean squared difference of display values) of each step.
    """
    size = networks.config.tex_size
    small = cv2.resize(painting, (size, size), interpolation=cv2.INTER_AREA)
    # Row 0 of a neural texture is v = -1, the bottom of the atlas.
    texture = networks.neural_texture.texture
    wanted = torch.from_numpy(np.ascontiguousarray(small[::-1], np.float32)).view(-1, 3)
    wanted, axis = wanted.to(texture.device), torch.linspace(-1, 1, size).to(texture.device)
    fast = [texture, *networks.pe.parameters()]
    slow = list(networks.head_mlp.parameters())
    for parameter in (*fast, *slow):
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(
        [
            {"params": fast, "lr": _TEXTURE_RATE},
            {"params": slow, "lr": _NETWORK_RATE},
        ],
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        index = torch.from_numpy(rng.integers(0, size * size, _TEXELS)).to(texture.device)
        uv = torch.stack([axis[index % size], axis[index // size]], -1)
        texels = sample_texels(texture[0].permute(1, 2, 0), uv)
        # Squared, so that small parts of another colour (lips, irises) are not outvoted.
        loss = (networks.pixel_colours(texels, uv) - wanted[index]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if follow is not None:
            follow(float(loss.detach()))
