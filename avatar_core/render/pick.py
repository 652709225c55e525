"""What a click on the picture hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32

HAIR = "hair"
"""`Pick.part` of Gaussians; the other parts are those of the head's topology."""


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """One place on the avatar.

    Args:
        part: `HAIR`, or the name of the head's part.
        face_id: triangle of the head; None on hair.
        hair_index: Gaussian; None on the face.
        depth_m: distance along the camera's z axis, metres.
        position: [3] the place in the world, metres.
    """

    part: str
    face_id: int | None
    hair_index: int | None
    depth_m: float
    position: Float32


def world_position(camera: Camera, pixel: tuple[int, int], depth_m: float) -> Float32:
    """[3] the point at a distance along z that the middle of a pixel shows, metres."""
    middle = np.array([pixel[0] + 0.5, pixel[1] + 0.5, 1.0])
    local = depth_m * np.linalg.solve(camera.intrinsics.astype(np.float64), middle)
    position = camera.view[:3, :3].T @ (local - camera.view[:3, 3])
    return position.astype(np.float32)
