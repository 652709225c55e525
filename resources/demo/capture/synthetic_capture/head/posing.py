"""Linear blend skinning about a tree of joints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.mesh.rotations import matrix_from_axis_angle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthetic_capture.mesh.arrays import Float, Float32


def skinned(
    rest: Float, skin_weights: Float32, joints: Float, parents: Sequence[int], rotations: Float
) -> Float:
    """Vertices moved by their joints.

    Args:
        rest: [V, 3] metres, expression included.
        skin_weights: [V, J], rows sum to 1.
        joints: [J, 3] metres.
        parents: J indices, each smaller than its own; -1 for the root.
        rotations: [J, 3] axis-angle of each joint relative to its parent, radians.

    Returns:
        [V, 3] metres.
    """
    posed = np.zeros_like(rest)
    world: list[Float] = []
    for j, parent in enumerate(parents):
        local = np.eye(4)
        local[:3, :3] = matrix_from_axis_angle(rotations[j])
        local[:3, 3] = joints[j] - (joints[parent] if parent >= 0 else 0)
        world.append(local if parent < 0 else world[parent] @ local)
        moved = (rest - joints[j]) @ world[j][:3, :3].T + world[j][:3, 3]
        posed += skin_weights[:, j, None] * moved
    return posed
