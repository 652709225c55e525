"""What tests of brushes that bend hair share: strokes over known hair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import matrix_from_quat
from avatar_core.hair.brush import BrushKind, BrushSettings, Dab, Falloff, Stroke
from avatar_core.hair.canvas import HairCanvas
from avatar_core.project.hair_edits import HairEdits

if TYPE_CHECKING:
    from avatar_core.hair.collision import HeadCollider
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

NODES = 24
LOCK = 14
"""A lock at the person's left with none close to its middle but its own."""


def canvas_of(hair: KnownHair, strands: Strands | None, head: HeadCollider | None) -> HairCanvas:
    return HairCanvas(hair.cloud, HairEdits(), strands=strands, head=head)


def middle_of(hair: KnownHair, lock: int, order: int = 12) -> np.ndarray:
    """[3] where the Gaussians of a lock that are `order` from the root lie."""
    chosen = (hair.lock == lock) & (hair.order == order)
    return hair.cloud.means[chosen].mean(axis=0)


def stroke(
    canvas: HairCanvas,
    kind: BrushKind,
    start: np.ndarray,
    motion: tuple[float, float, float] = (0.0, 0.0, 0.0),
    samples: int = 10,
    *,
    radius_m: float = 0.025,
    strength: float = 0.5,
    is_inverted: bool = False,
    is_mirrored: bool = False,
    falloff: Falloff = Falloff.SMOOTH,
    options: dict[str, float] | None = None,
) -> None:
    """A stroke from a place on, each sample by the same motion, seen from outside."""
    settings = BrushSettings(radius_m, strength, falloff, options or {})
    view = -np.asarray(start, np.float32) / max(float(np.linalg.norm(start)), 1e-9)
    step = np.array(motion, np.float32)
    whole = Stroke(kind, settings, canvas, is_mirrored)
    position = np.array(start, np.float32)
    dab = Dab(position, np.zeros(3, np.float32), view, radius_m, strength, is_inverted)
    whole.dab(dab)
    for _ in range(samples):
        position = position + step
        whole.dab(replace(dab, position=position, motion=step))
    whole.end()


def tangents_of(means: np.ndarray) -> np.ndarray:
    """[N, 3] unit tangents of known hair, by differences along its strands."""
    ahead = np.gradient(means.reshape(-1, NODES, 3), axis=1).reshape(-1, 3)
    return ahead / np.linalg.norm(ahead, axis=1, keepdims=True)


def bend_angles_deg(canvas: HairCanvas) -> np.ndarray:
    """[N] between the long axis of each Gaussian and the tangent of its strand."""
    axes = matrix_from_quat(canvas.quats)[:, :, 0]
    cosines = np.abs((axes * tangents_of(canvas.means)).sum(axis=1)).clip(0, 1)
    return np.degrees(np.arccos(cosines))
