"""What turns with a head: its neck joint and how much each vertex follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.heads.blendshape import BlendshapeHead
from avatar_core.heads.flame import PARENTS, FlameHead

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.heads.base import ParametricHead

_NECK = "neck"


class NeckSkin(NamedTuple):
    """How a head turns about its neck.

    Args:
        joint: [3] place of the neck's joint in the head at rest, metres.
        weights: [V] 0..1, how much each vertex turns with it; the rest stays with the bust.
    """

    joint: Float32
    weights: Float32


def neck_skin(head: ParametricHead) -> NeckSkin:
    """The neck of a head; what hangs on it, jaw and eyes, turns along.

    Raises:
        ShapeError: another kind of head.
    """
    if isinstance(head, BlendshapeHead):
        parents, skin, joints = head.parents, head.skin_weights, head.joints
    elif isinstance(head, FlameHead):
        parents, skin, joints = PARENTS, head.mesh.skin_weights, head.rest_joints
    else:
        raise ShapeError(f"head: {type(head).__name__} has no known joints")
    neck = head.joint_names.index(_NECK) if _NECK in head.joint_names else 0
    weights = skin[:, _below(parents, neck)].sum(axis=1)
    return NeckSkin(joints[neck].astype(np.float32), np.clip(weights, 0, 1).astype(np.float32))


def _below(parents: Int32, joint: int) -> list[int]:
    """A joint and all that hang on it; parents come before their children."""
    found = [joint]
    for index, parent in enumerate(parents):
        if int(parent) in found:
            found.append(index)
    return found
