"""Parts of the head, and the lines between them as functions of base-mesh coordinates (dm)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Bool, Float

PARTS = (
    "skin",
    "lips",
    "scalp",
    "ear",
    "neck",
    "garment",
    "eye_left",
    "eye_right",
    "teeth_upper",
    "teeth_lower",
    "gums",
    "tongue",
    "mouth_inside",
)


def hairline(z: Float) -> Float:
    """Height y of the hairline at depth z; the scalp lies above it."""
    depths = [-0.6, -0.2, 0.1, 0.35, 0.55, 0.7, 0.85, 1.05, 1.25, 1.4, 1.6]
    heights = [6.45, 6.5, 6.75, 7.35, 7.5, 7.1, 7.55, 7.83, 7.97, 8.02, 8.06]
    return np.interp(z, depths, heights)


def jaw_line(z: Float) -> Float:
    """Height y below which skin at depth z belongs to the neck."""
    return 6.17 + 0.6 * np.clip(1.35 - z, 0, 2)


def is_ear(points: Float) -> Bool:
    """Whether points [N, 3] lie in a box about an ear."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    return (x > 0.70) & (y > 6.75) & (y < 7.52) & (z > 0.0) & (z < 0.72)


def above_neckline(points: Float) -> Float:
    """Signed distance [N] above the crew neckline, a tilted cone about the neck."""
    radius = np.hypot(points[:, 0], points[:, 2] - 0.15)
    rim = 5.62 - 0.36 * (points[:, 2] - 0.1)
    distance: Float = 0.75 * (points[:, 1] - rim - 0.8 * (radius - 0.80))
    return distance


def inside_bust(points: Float) -> Float:
    """Positive [N] inside the rounded bust."""
    beside = (np.abs(points[:, 0]) / 1.8) ** 3
    below = (np.maximum(0, 5.55 - points[:, 1]) / 1.1) ** 3
    inside: Float = 1 - beside - below
    return inside
