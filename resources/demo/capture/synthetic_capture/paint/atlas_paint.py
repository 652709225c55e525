"""Paints a whole atlas: skin, eyes, mouth and garment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from synthetic_capture.head.atlas import ISLANDS
from synthetic_capture.head.regions import above_neckline
from synthetic_capture.paint.eyes import eye_paint
from synthetic_capture.paint.noise import fractal_noise
from synthetic_capture.paint.skin import skin_paint
from synthetic_capture.paint.texels import texels

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.head.topology import Topology
    from synthetic_capture.mesh.arrays import Bool, Float, UInt8
    from synthetic_capture.paint.look import Colour, Look

SIZE_PX = 2048
_COLLAR_DM = 0.16
_RIBS = 240


def painted_atlas(
    data: MakeHuman, topology: Topology, look: Look, size_px: int = SIZE_PX
) -> tuple[UInt8, UInt8]:
    """Albedo [S, S, 3] sRGB and relief [S, S] (128 is level), both top row first.

    Texels that no triangle uses repeat the nearest one in use.
    """
    place = texels(data, topology, size_px)
    colour, relief = skin_paint(place, look)
    for part, paint in _mouth_paint(place.points).items():
        mine = place.of(part)
        colour[mine], relief[mine] = paint[mine], 0
    cloth, weave = _garment_paint(place.points, look.garment)
    mine = place.of("garment")
    colour[mine], relief[mine] = cloth[mine], weave[mine]
    for part in ("eye_left", "eye_right"):
        mine = place.of(part)
        colour[mine], relief[mine] = eye_paint(ISLANDS[part].own(place.atlas[mine]), look), 0
    albedo = (np.clip(_spread(colour, place.is_used), 0, 1) * 255 + 0.5).astype(np.uint8)
    bump = (np.clip(0.5 + _spread(relief, place.is_used) * 0.5, 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(albedo[::-1]), np.ascontiguousarray(bump[::-1])


def _mouth_paint(points: Float) -> dict[str, Float]:
    """Colours [N, 3] of each part of the mouth at base-mesh points [N, 3]; darker at the back."""
    fine = fractal_noise(points, 60, 3, 77)[:, None]
    z = points[:, 2:]
    tooth = np.array([0.93, 0.90, 0.83]) * (1 - 0.18 * np.clip((1.5 - z) / 0.5, 0, 1))
    tooth = tooth * (0.97 + 0.06 * fine)
    return {
        "mouth_inside": np.array([0.42, 0.14, 0.13]) * np.clip((z - 0.55) / 0.7, 0.12, 1),
        "tongue": np.array([0.68, 0.31, 0.30]) * (0.85 + 0.3 * fine),
        "gums": np.array([0.70, 0.34, 0.34]) * (0.9 + 0.2 * fine),
        "teeth_upper": tooth,
        "teeth_lower": tooth * 0.97,
    }


def _garment_paint(points: Float, dye: Colour) -> tuple[Float, Float]:
    """Colours [N, 3] and relief [N] of heathered cloth with a ribbed collar and its seam."""
    below = -above_neckline(points)
    heather = 0.85 + 0.3 * fractal_noise(points, 90, 2, 5)
    rib = 0.9 + 0.14 * np.sin(np.arctan2(points[:, 0], points[:, 2] - 0.1) * _RIBS)
    is_collar: Bool = np.asarray(below < _COLLAR_DM)
    cloth = np.array(dye) * heather[:, None]
    cloth = np.where(is_collar[:, None], cloth * rib[:, None] * 1.06, cloth)
    cloth *= 1 - 0.45 * np.exp(-(((below[:, None] - _COLLAR_DM - 0.005) / 0.012) ** 2))
    weave: Float = 0.8 * heather + np.where(is_collar, 0.8 * rib, 0) - 1.2
    return cloth, weave


def _spread(values: Float, is_used: Bool) -> Float:
    """Values [N] or [N, C] of the used texels over the whole atlas [S, S] or [S, S, C]."""
    image = np.zeros((*is_used.shape, *values.shape[1:]))
    image[is_used] = values
    nearest = ndimage.distance_transform_edt(~is_used, return_distances=False, return_indices=True)
    spread: Float = image[tuple(nearest)]
    return spread
