"""The texture atlas: where each island of MakeHuman's and of our own uvs lies in it, 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float


@dataclass(frozen=True)
class Island:
    """A rectangle of the atlas.

    Args:
        corner: its bottom left, in the atlas.
        size: atlas units in one of the island's own, along x and y.
        origin: the island's own uv at the corner.
        is_turned: the island's own axes are turned by a quarter: (u, v) lies at (v, -u).
    """

    corner: tuple[float, float]
    size: tuple[float, float]
    origin: tuple[float, float] = (0.0, 0.0)
    is_turned: bool = False

    def placed(self, uv: Float) -> Float:
        """Atlas coordinates [N, 2] of the island's own uvs [N, 2]."""
        turned = np.stack([uv[:, 1], -uv[:, 0]], 1) if self.is_turned else uv
        place: Float = np.array(self.corner) + np.array(self.size) * (turned - self.origin)
        return place

    def own(self, atlas: Float) -> Float:
        """The island's own uvs [N, 2] at atlas coordinates [N, 2]."""
        turned: Float = np.array(self.origin) + (atlas - self.corner) / np.array(self.size)
        return np.stack([-turned[:, 1], turned[:, 0]], 1) if self.is_turned else turned


ISLANDS = {
    "head": Island((0.02, 0.475), (1.43, 1.43), (0.149, -0.994), is_turned=True),
    "bust": Island((0.02, 0.21), (0.8, 0.8), (0.12, 0.666)),
    "cavity": Island((0.46, 0.33), (1.0, 1.0), (0.758, 0.012)),
    "socket_right": Island((0.66, 0.34), (1.2, 1.2), (0.012, 0.547)),
    "socket_left": Island((0.76, 0.34), (1.2, 1.2), (0.086, 0.547)),
    "eye_left": Island((0.02, 0.02), (0.16, 0.16)),
    "eye_right": Island((0.19, 0.02), (0.16, 0.16)),
    "tongue_top": Island((0.37, 0.02), (0.1, 0.14)),
    "tongue_bottom": Island((0.48, 0.02), (0.1, 0.14)),
    "teeth_upper": Island((0.62, 0.02), (0.36, 0.06)),
    "teeth_lower": Island((0.62, 0.09), (0.36, 0.06)),
    "gums_upper": Island((0.62, 0.16), (0.36, 0.06)),
    "gums_lower": Island((0.62, 0.23), (0.36, 0.06)),
}
HIDDEN_ISLANDS = ("cavity", "socket_left", "socket_right")
"""Skin that folds inwards; it needs no fine mesh."""
HEAD_BOTTOM = 0.47
"""Everything of the atlas above this height is the island "head"."""


def skin_island(uv: Float) -> str:
    """The island of a polygon of MakeHuman's skin with corner uvs [n, 2]."""
    u, v = uv.mean(0)
    if u < 0.08:
        return "socket_right"
    if u < 0.16 and v < 0.64:
        return "socket_left"
    if v < 0.14:
        return "cavity"
    return "bust" if u < 0.641 and v > 0.66 else "head"
