"""Sheets of portraits to look at: sources, drivers, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.io.atomic import atomic_write
from avatar_core.io.images import image_to_png

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from avatar_core.geometry import UInt8


def pixels(images: Tensor) -> UInt8:
    """[B, S, S, 3] uint8 of pictures [B, 3, S, S] in 0..1."""
    scaled = (images.detach().float().clamp(0, 1) * 255).round()
    return scaled.permute(0, 2, 3, 1).cpu().numpy().astype(np.uint8)


def sheet(rows: Sequence[UInt8]) -> UInt8:
    """One picture of rows of equally many pictures [N, S, S, 3]."""
    return np.concatenate([np.concatenate(list(row), 1) for row in rows])


def write_sheet(path: Path, rows: Sequence[UInt8]) -> None:
    """Write a sheet as PNG over the old one.

    Raises:
        AssetError: it cannot be written.
    """
    with atomic_write(path) as file:
        file.write(image_to_png(sheet(rows)))
