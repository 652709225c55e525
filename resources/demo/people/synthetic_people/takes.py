"""The frames of a person: expression, head pose, place in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthetic_people.faces import as_vector, random_expression

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32

_MOST_DEG = np.array([25.0, 50.0, 25.0])
_DEVIATION_DEG = np.array([9.0, 22.0, 8.0])
"""Of pitch, yaw and roll."""


@dataclass(frozen=True)
class Pose:
    """One frame.

    Args:
        weights: [52] of ARKIT_UNITS.
        turn: [3] pitch, yaw, roll of the head, radians; applied as roll * pitch * yaw.
        body_turn: [3] of the bust.
        scale: of the picture relative to canonical space.
        shift: [2] image units.
    """

    weights: Float32
    turn: Float
    body_turn: Float
    scale: float
    shift: Float

    @property
    def rotation(self) -> Float:
        """[3, 3] of the head, head frame axes."""
        return turned(self.turn)

    @property
    def body_rotation(self) -> Float:
        """[3, 3] of the bust."""
        return turned(self.body_turn)


def random_takes(count: int, rng: np.random.Generator) -> list[Pose]:
    """`count` frames of one clip; the first one is calm and looks ahead, fit for a source."""
    scale, shift = rng.uniform(0.92, 1.16), rng.normal(size=2) * (0.04, 0.03)
    first = Pose(
        weights=np.zeros(52, np.float32)
        if rng.random() < 0.5
        else as_vector({"mouthSmileLeft": 0.15, "mouthSmileRight": 0.15}),
        turn=np.radians(rng.normal(size=3) * (2, 4, 1.5)),
        body_turn=np.zeros(3),
        scale=float(scale),
        shift=shift,
    )
    return [first, *(_random_pose(scale, shift, rng) for _ in range(count - 1))]


def turned(angles: Float) -> Float:
    """[3, 3] of (pitch, yaw, roll) [3] radians.

    Positive pitch looks down, positive yaw looks to the person's left, positive roll tips the
    crown towards the person's right; the right-handed turns about x, y and z.
    """
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    rotation: Float = about_z @ about_x @ about_y
    return rotation


def _random_pose(scale: float, shift: Float, rng: np.random.Generator) -> Pose:
    spread = 1.0 if rng.random() < 0.75 else 1.8
    turn = rng.normal(size=3) * _DEVIATION_DEG * spread
    turn = np.radians(np.clip(turn, -_MOST_DEG, _MOST_DEG))
    return Pose(
        weights=random_expression(rng),
        turn=turn,
        body_turn=turn * (0.15, 0.3, 0.15) + np.radians(rng.normal(size=3) * (1.5, 4, 1.5)),
        scale=float(scale * (1 + 0.05 * rng.normal())),
        shift=shift + rng.normal(size=2) * 0.04,
    )
