"""Hair edits as plain data and arrays, and back: one form for files and for records.

See `project.values`. A channel is zeros but for the rows that were edited, so those alone are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import Float32, Int32, UInt8
from avatar_core.project.hair_edits import (
    CHANNEL_WIDTHS,
    MOST_GAUSSIANS,
    HairChannel,
    HairEdits,
    HairLayer,
)
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray

MOST_LAYERS = 1_000
LARGEST_ID = 2**31 - 1

_FARTHEST_M = 100.0
_UNIT = (0.9, 1.1)
"""Lengths of quaternions that are as good as one."""


def pack_cloud(cloud: GaussianCloud, arrays: dict[str, AnyArray], prefix: str) -> None:
    """Gaussians bit for bit; flags are left out."""
    arrays[f"{prefix}.means"] = cloud.means
    arrays[f"{prefix}.quats"] = cloud.quats
    arrays[f"{prefix}.scales"] = cloud.scales
    arrays[f"{prefix}.opacities"] = cloud.opacities
    arrays[f"{prefix}.sh"] = cloud.sh


def unpack_cloud(arrays: Arrays, prefix: str, count: int) -> GaussianCloud:
    """So many Gaussians without flags."""
    rows = str(count)
    quats = arrays.get(f"{prefix}.quats", np.float32, f"{rows} 4")
    lengths = np.linalg.norm(quats.astype(np.float64), axis=1)
    if not ((lengths >= _UNIT[0]) & (lengths <= _UNIT[1])).all():
        raise damaged("Gaussians that were added point nowhere")
    try:
        return GaussianCloud(
            means=arrays.get(f"{prefix}.means", np.float32, f"{rows} 3", -_FARTHEST_M, _FARTHEST_M),
            quats=quats,
            scales=arrays.get(f"{prefix}.scales", np.float32, f"{rows} 3", 0.0, _FARTHEST_M),
            opacities=arrays.get(f"{prefix}.opacities", np.float32, rows, 0.0, 1.0),
            sh=arrays.get(f"{prefix}.sh", np.float32, f"{rows} * 3"),
            flags=np.zeros(count, np.uint8),
        )
    except ValueError as reason:
        raise damaged(f"Gaussians that were added make no sense ({reason})") from reason


def unpack_parents(arrays: Arrays, name: str, count: int, base_count: int) -> Int32:
    """[count] rows of the hairstyle."""
    return arrays.get(name, np.int32, str(count), 0, base_count - 1)


def layer_id_of(fields: Fields, key: str) -> str:
    """A layer's id: a whole number from 1 on, as text."""
    text = fields.text(key, least=1)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:11]) <= LARGEST_ID):
        raise damaged(f"{text!r:.40} is no layer")
    return text
