"""`.splat`: 3D Gaussians of 32 bytes each, without a header and without view-dependent colour.

A Gaussian is its place and its scales (six float32, linear), colour and opacity (four bytes) and
rotation (four bytes w, x, y, z: 128 is none, 1/128 a step). The axes are those of the PLY that a
file was made of.

Source:
    antimatter15/splat, whose viewer defined the format by reading it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.harmonics import BAND_0, GREY
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write
from avatar_core.io.reading import reading

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

RECORD = np.dtype([("mean", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("quat", "u1", 4)])
"""One Gaussian."""

_STILL = 128
_HINT = "Export it again, or choose a PLY or SPZ of the same Gaussians."


def read_splat(path: Path | str) -> GaussianCloud:
    """Read a file of Gaussians; `gaussians.lint` judges the values.

    Raises:
        AssetError: missing, unreadable, empty, cut off or too large.
    """
    path = Path(path)
    with reading(path):
        size = path.stat().st_size
        if size > limits.GAUSSIANS * RECORD.itemsize:
            raise AssetError(f"{path.name} is too large to be read.", _HINT)
        data = path.read_bytes()
    if len(data) % RECORD.itemsize or not data:
        raise AssetError(
            f"{path.name} is no .splat file, or was cut off: its {len(data)} bytes are not a whole"
            f" number of Gaussians of {RECORD.itemsize}.",
            _HINT,
        )
    rows = np.frombuffer(data, RECORD)
    shown = rows["colour"] / np.float32(255)
    quats = rows["quat"].astype(np.float64) - _STILL
    lengths = np.linalg.norm(quats, axis=1, keepdims=True)
    sh = ((shown[:, None, :3] - GREY) / BAND_0).astype(np.float32)
    return GaussianCloud(
        means=rows["mean"].astype(np.float32),
        quats=(quats / np.where(lengths > 0, lengths, 1)).astype(np.float32),
        scales=rows["scale"].astype(np.float32),
        opacities=shown[:, 3].astype(np.float32),
        sh=sh,
        flags=np.zeros(len(rows), np.uint8),
    )


def write_splat(path: Path | str, cloud: GaussianCloud) -> None:
    """Write a file; one that is there already is replaced whole or not at all.

    Args:
        path: the file.
        cloud: [N] Gaussians with finite values; flags and view-dependent colour are left out.

    Raises:
        AssetError: the file cannot be written.
    """
    rows = np.zeros(len(cloud), RECORD)
    rows["mean"], rows["scale"] = cloud.means, cloud.scales
    rows["colour"][:, :3] = _bytes_of((GREY + BAND_0 * cloud.sh[:, 0].astype(np.float64)) * 255)
    rows["colour"][:, 3] = _bytes_of(cloud.opacities.astype(np.float64) * 255)
    lengths = np.linalg.norm(cloud.quats, axis=1, keepdims=True)
    rows["quat"] = _bytes_of(cloud.quats / lengths.astype(np.float64) * _STILL + _STILL)
    with atomic_write(path) as file:
        file.write(rows.tobytes())


def _bytes_of(values: Float64) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
