"""Where hair grows, as densities over the base mesh (dm)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from synthetic_capture.head.regions import hairline

from synthetic_people.noise import fractal_noise

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float

    from synthetic_people.traits import Traits


def brow_density(points: Float, traits: Traits) -> Float:
    """[N] 0..1 how much of the skin at base-mesh points [N, 3] is under brow hair."""
    brow = traits.brows
    x = np.abs(points[:, 0])
    start, end = 0.115 + brow.gap, 0.115 + brow.gap + 0.40 * brow.length
    along = np.clip((x - start) / (end - start), -0.3, 1.3)
    arch = 0.055 * brow.arch * np.sin(np.clip(along, 0, 1) ** 1.3 * np.pi)
    middle = (
        7.472
        + brow.height
        + arch
        + (0.08 * brow.angle + 0.012) * along
        - 0.10 * np.clip(along - 0.55, 0, 1)
    )
    half = (
        0.038
        * brow.thickness
        * np.interp(along, [-0.1, 0.05, 0.45, 0.8, 1.05], [0.55, 0.9, 0.95, 0.6, 0.15])
    )
    across = np.abs(points[:, 1] - middle) / (half + 1e-6)
    inside = np.clip((1.35 - across) / 0.75, 0, 1)
    ends = np.clip((along + 0.06) / 0.14, 0, 1) * np.clip((1.06 - along) / 0.22, 0, 1)
    density: Float = inside * ends * (points[:, 2] > 0.9)
    return density


def beard_density(points: Float, kind: str) -> Float:
    """[N] 0..1 where a beard of a kind ("full", "goatee", "moustache") grows, base-mesh points."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    cheek_line = 6.62 + 0.55 * np.clip(x - 0.3, 0, 1) + 0.5 * np.clip(0.9 - z, 0, 1)
    lower = np.clip((cheek_line - y) / 0.1, 0, 1) * np.clip(
        (y - 5.98 - 0.2 * np.clip(z - 1, 0, 1)) / 0.12, 0, 1
    )
    lower *= np.clip((z - 0.52) / 0.15, 0, 1) * np.clip(
        (z - 0.95 - 0.8 * (6.35 - y)) / 0.25, 0, 1
    ) ** (y < 6.25)
    lip = (
        np.clip(1 - np.abs((x - 0.13) / 0.19) ** 3, 0, 1)
        * np.clip(1 - ((y - 6.745) / 0.07) ** 2, 0, 1)
        * (z > 1.2)
    )
    around_mouth = (np.hypot(x / 1.3, y - 6.6) < 0.2) & (z > 1.1)
    chin = lower * np.clip((0.27 - x) / 0.06, 0, 1)
    full = np.maximum(lower * ~(around_mouth & (y > 6.47)), lip)
    full = np.maximum(
        full, np.clip((0.05 - x) / 0.03, 0, 1) * (y < 6.47) * (y > 6.35) * (z > 1.2) * 0.7
    )
    choices: dict[str, Float] = {
        "full": full,
        "goatee": np.maximum(chin, lip),
        "moustache": lip,
        "none": np.zeros(len(x)),
    }
    return choices[kind]


def scalp_cover(points: Float, traits: Traits) -> Float:
    """[N] 0..1 where hair of the head grows, at base-mesh points [N, 3]."""
    edge = hairline(points[:, 2]) + 0.03 * fractal_noise(points, 14, 2, traits.seed + 53)
    cover = np.clip((points[:, 1] - edge) / 0.12, 0, 1)
    recession = traits.hair.recession
    if recession > 0.15:
        y, z = points[:, 1], points[:, 2]
        bare = np.clip((z - (1.45 - 1.25 * recession)) / 0.2, 0, 1) * (y > 7.45)
        crown = (
            np.clip((recession - 0.45) * 4, 0, 1)
            * np.exp(-((np.hypot(points[:, 0], z - 0.1) / 0.45) ** 4))
            * (y > 7.8)
        )
        cover = cover * (1 - np.clip(np.maximum(bare, crown), 0, 1))
    behind_ears = np.abs(points[:, 0]) > 0.55
    is_face = (points[:, 2] > 1.0) & (points[:, 1] < 7.55)
    result: Float = cover * ~is_face * np.where(behind_ears & (points[:, 1] < 6.6), 0, 1)
    return result
