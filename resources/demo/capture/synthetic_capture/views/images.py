"""Pictures on disk. A file has its name only once it is complete."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from synthetic_capture.paint.atlas_paint import painted_atlas

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from synthetic_capture.mesh.arrays import UInt8
    from synthetic_capture.subject import Subject


def save_png(image: NDArray[Any], path: Path) -> None:
    """Write [H, W] or [H, W, C] uint8, or [H, W] uint16."""
    _save(image, path, format="PNG", optimize=True)


def save_webp(image: UInt8, path: Path) -> None:
    """Write [H, W, 3] without loss."""
    _save(image, path, format="WEBP", lossless=True, quality=60, method=4)


def read_image(path: Path) -> NDArray[Any]:
    """[H, W] or [H, W, C] as stored."""
    with Image.open(path) as image:
        return np.asarray(image)


def on_white(rgba: UInt8) -> tuple[UInt8, UInt8]:
    """Colour [H, W, 3] over white, and alpha [H, W], of a picture with straight alpha."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    colour = rgba[..., :3] * alpha + 255 * (1 - alpha) + 0.5
    return colour.astype(np.uint8), rgba[..., 3]


def painted_files(subject: Subject, folder: Path) -> tuple[Path, Path]:
    """Albedo and relief of a person as PNG files in `folder`, painted where they are missing."""
    albedo, relief = folder / "albedo.png", folder / "bump.png"
    if not (albedo.exists() and relief.exists()):
        colour, bump = painted_atlas(subject.data, subject.model.topology, subject.identity.look)
        save_png(colour, albedo)
        save_png(bump, relief)
    return albedo, relief


def _save(image: NDArray[Any], path: Path, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    Image.fromarray(image).save(part, **options)
    part.replace(path)
