"""Spaces: head frame, canonical space, image space; and theta between the last two.

Head frame: metres, x to the person's left, y up, z to the front. Image and canonical space: x
right, y DOWN, z away from the viewer, -1..1 over the picture, as in MegaPortraits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32

UNITS_PER_METRE = 6.2
"""Of the average head: brows to chin then fill 0.77 of the 2 units, the crown stays inside."""
FLIP = np.array([1.0, -1.0, -1.0])
"""From the axes of the head frame to those of image and canonical space."""
_FOLLOWED = 0.75
"""How much of the way that a turn moves the head the picture goes with it."""
_MIDDLE = np.array([0.0, 0.15, -0.05])
"""Where the middle of the average head's 68 landmarks' box lies."""


@dataclass(frozen=True)
class Canonical:
    """canonical = scale * FLIP * head + offset, for one person."""

    scale: float
    offset: Float

    def of(self, points: Float | Float32) -> Float:
        """Points [..., 3] of the head frame in canonical space."""
        placed: Float = self.scale * FLIP * points + self.offset
        return placed

    @property
    def matrix(self) -> Float:
        """[4, 4] canonical from head frame."""
        matrix = np.diag([*(self.scale * FLIP), 1.0])
        matrix[:3, 3] = self.offset
        return matrix


def average_canonical(landmarks: Float) -> Canonical:
    """For the average head, from its landmarks [68, 3] in the head frame."""
    middle = (landmarks.min(0) + landmarks.max(0)) / 2
    return Canonical(UNITS_PER_METRE, _MIDDLE - UNITS_PER_METRE * FLIP * middle)


def person_canonical(landmarks: Float, average: Float) -> Canonical:
    """For a person: uniform scale and shift that bring neutral landmarks nearest to average ones.

    Args:
        landmarks: [68, 3] of the person, head frame.
        average: [68, 3] of the average head, canonical space.
    """
    points = FLIP * landmarks
    centred = points - points.mean(0)
    scale = float((centred * (average - average.mean(0))).sum() / (centred**2).sum())
    return Canonical(scale, average.mean(0) - scale * points.mean(0))


def similarity(scale: float, rotation: Float, translation: Float) -> Float:
    """[4, 4] x -> scale * rotation @ x + translation."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = scale * rotation, translation
    return matrix


def image_from_head(
    canonical: Canonical, rotation: Float, pivot: Float, scale: float, shift: Float
) -> Float:
    """[4, 4] where a head lies in the picture.

    Args:
        canonical: of the person.
        rotation: [3, 3] of the head about `pivot`, in the axes of the head frame.
        pivot: [3] metres, the joint it turns about.
        scale: of the picture relative to canonical space.
        shift: [2] of the whole, image units.
    """
    turned = similarity(1, rotation, pivot - rotation @ pivot)
    placed = similarity(scale, np.eye(3), np.array([*shift, 0.0])) @ canonical.matrix @ turned
    origin = np.linalg.inv(canonical.matrix) @ [0, 0, 0, 1]
    moved = (placed @ origin)[:3] - [*shift, 0.0]
    # The picture follows the head; the depth of the canonical origin is zero, since a picture tells
    # nothing about its distance.
    placed[:3, 3] -= moved * (_FOLLOWED, _FOLLOWED, 1)
    return placed


def theta_of(canonical: Canonical, image: Float) -> Float:
    """[4, 4] canonical from image space, for a head at `image` [4, 4] from head frame."""
    theta: Float = canonical.matrix @ np.linalg.inv(image)
    return theta


def fitted_theta(image_points: Float, canonical_points: Float) -> Float:
    """[4, 4] least-squares similarity from image to canonical points, both [N, 3].

    Source:
        Umeyama 1991, Least-squares estimation of transformation parameters.
    """
    a, b = image_points - image_points.mean(0), canonical_points - canonical_points.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / (a**2).sum())
    return similarity(
        scale, rotation, canonical_points.mean(0) - scale * rotation @ image_points.mean(0)
    )
