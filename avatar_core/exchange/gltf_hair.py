"""Gaussians as points of glTF, by the extension `KHR_gaussian_splatting`.

Source:
    Khronos Group, KHR_gaussian_splatting (ratified): scales are linear, rotations x, y, z, w,
    opacities 0..1, coefficients as in 3D Gaussian Splatting, display-referred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.harmonics import BAND_0, GREY
from avatar_core.io.gltf import Target

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32
    from avatar_core.io.gltf import GltfBuilder

SPLATTING = "KHR_gaussian_splatting"
_POINTS = 0


def add_hair(gltf: GltfBuilder, cloud: GaussianCloud) -> int:
    """A mesh of points that are Gaussians; programs without the extension show the points.

    Args:
        gltf: the document.
        cloud: [N] sound Gaussians, unit quaternions, see `gaussians.delivery`.
    """
    gltf.use_extension(SPLATTING)
    attributes = {
        "POSITION": gltf.add_accessor(cloud.means, Target.VERTICES, has_bounds=True),
        "COLOR_0": gltf.add_accessor(_fallback(cloud), Target.VERTICES),
    }
    parts = {
        "ROTATION": np.roll(cloud.quats, -1, axis=1),
        "SCALE": cloud.scales,
        "OPACITY": cloud.opacities,
    }
    for degree in range(cloud.degree + 1):
        for order in range(2 * degree + 1):
            parts[f"SH_DEGREE_{degree}_COEF_{order}"] = cloud.sh[:, degree * degree + order]
    for name, values in parts.items():
        attributes[f"{SPLATTING}:{name}"] = gltf.add_accessor(
            values.astype(np.float32), Target.VERTICES
        )
    description = {
        "kernel": "ellipse",
        "colorSpace": "srgb_rec709_display",
        "sortingMethod": "cameraDistance",
        "projection": "perspective",
    }
    primitive = {
        "attributes": attributes,
        "mode": _POINTS,
        "extensions": {SPLATTING: description},
    }
    return gltf.add("meshes", name="Hair", primitives=[primitive])


def _fallback(cloud: GaussianCloud) -> Float32:
    """[N, 4] linear colour and opacity for plain points."""
    shown = np.clip(GREY + BAND_0 * cloud.sh[:, 0].astype(np.float64), 0, 1)
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    # Floats, since some readers take whole numbers for bytes.
    return np.concatenate([linear, cloud.opacities[:, None]], axis=1).astype(np.float32)
