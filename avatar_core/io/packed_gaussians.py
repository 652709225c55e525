"""Gaussians in half the bytes or less: what is lost is less than a picture can show.

Means lie on a grid of 65536 steps a side over the box around all of them (8 micrometres for half a
metre), rotations are 16-bit fractions, sizes, opacities and colours half precision. Coefficients
above the constant one are rounded to steps of 1/512, about a tenth of one display value, because
zeros at the end of a number compress well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import expect_shapes
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.io.asset_members import shown_gaussians

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import AnyArray, Float32

_STEPS = 65535
_ONE = 32767
_MM = 1000.0
_SIZES_MM = (1e-4, 6e4)
_LARGEST_HALF = 6e4
_FARTHEST_M = 100.0
_REST_STEP = 1 / 512


def pack_gaussians(cloud: GaussianCloud) -> dict[str, AnyArray]:
    """The cloud as small arrays; flags are left out."""
    low, high = _box(cloud.means)
    size = np.where(high > low, high - low, 1).astype(np.float64)
    lengths = np.linalg.norm(cloud.quats, axis=1, keepdims=True)
    sh = cloud.sh.copy()
    sh[:, 1:] = np.round(sh[:, 1:] / _REST_STEP) * _REST_STEP
    return {
        "means": np.round((cloud.means - low) / size * _STEPS).astype(np.uint16),
        "means_box": np.stack([low, high]),
        "quats": np.round(cloud.quats / lengths * _ONE).astype(np.int16),
        "scales_mm": (cloud.scales * _MM).clip(*_SIZES_MM).astype(np.float16),
        "opacities": cloud.opacities.astype(np.float16),
        "sh": sh.clip(-_LARGEST_HALF, _LARGEST_HALF).astype(np.float16),
    }


def unpack_gaussians(arrays: Mapping[str, AnyArray]) -> GaussianCloud:
    """The cloud of arrays that anyone may have written; no flag is set.

    Raises:
        ShapeError: an array is missing, misshapen or holds what no Gaussian can have.
    """
    reader = NamedArrays(arrays)
    box = reader.floats("means_box")
    steps = reader.ints("means", below=_STEPS + 1)
    quats = reader.ints("quats", below=_ONE + 1, lowest=-_ONE - 1)
    expect_shapes(means_box=(box, "2 3"), means=(steps, "N 3"), quats=(quats, "N 4"))
    low, high = box.astype(np.float64)
    if np.abs(box).max() > _FARTHEST_M or np.any(high < low):
        raise ShapeError("means_box: no hair lies there")
    lengths = np.linalg.norm(quats, axis=1, keepdims=True)
    return shown_gaussians(
        GaussianCloud(
            means=(low + (high - low) * (steps / _STEPS)).astype(np.float32),
            quats=(quats / np.maximum(lengths, 1)).astype(np.float32),
            scales=reader.floats("scales_mm") / np.float32(_MM),
            opacities=reader.floats("opacities"),
            sh=reader.floats("sh"),
            flags=np.zeros(len(steps), np.uint8),
        )
    )


def _box(means: Float32) -> tuple[Float32, Float32]:
    if len(means) == 0:
        return np.zeros(3, np.float32), np.zeros(3, np.float32)
    return means.min(axis=0), means.max(axis=0)
