"""Between FLAME sequences and takes, by a head that knows ARKit's units in FLAME's terms."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.heads.arkit import gaze_from_eye_rotations, undamped_shift
from avatar_core.heads.arkit_inverse import ArkitInverse
from avatar_core.heads.flame import FlameHead
from avatar_core.heads.flame_sequence import FlameSequence
from avatar_core.io.flame_files import read_flame_head
from avatar_core.io.flame_sources import find_flame_sources
from avatar_core.io.flame_units import with_units
from avatar_core.motion import ARKIT_UNITS, Take, with_gaze_weights
from avatar_core.motion.take import usual_rate

if TYPE_CHECKING:
    from avatar_core.heads import ParametricHead

_UNKNOWN = "This FLAME head does not know the 52 expression units."
_UNKNOWN_HINT = (
    "Put landmark_embedding_with_eyes.npy beside the FLAME model and import the avatar again."
)


def head_of_motion(head: ParametricHead | None = None) -> FlameHead:
    """A FLAME head that knows the units: the given one, else one of the user's own FLAME files.

    Args:
        head: of the avatar that is to perform or that did.

    Raises:
        AssetError: it is no FLAME head and there are no FLAME files, or it has no landmarks to
            learn the units by.
    """
    if not isinstance(head, FlameHead):
        head = read_flame_head(find_flame_sources()).head
    if head.arkit_to_expression is None:
        head = with_units(head)
    if head.arkit_to_expression is None:
        raise AssetError(_UNKNOWN, _UNKNOWN_HINT)
    return head


def take_from_flame(sequence: FlameSequence, head: FlameHead, name: str) -> Take:
    """A take that looks like a sequence, for any avatar and portrait.

    Expressions become the weights that move the skin most nearly so. The turns of root and neck
    become the head's, and the translation the movement that an avatar would make it of.

    Args:
        sequence: as it was tracked or exported.
        head: see `head_of_motion`; its number of expressions need not be the sequence's.
        name: of the take.

    Raises:
        AssetError: the head does not know the units.
    """
    if head.arkit_to_expression is None:
        raise AssetError(_UNKNOWN, _UNKNOWN_HINT)
    sequence = sequence.with_expressions(len(head.expression_names))
    joints = sequence.joints
    eyes = joints[:, 3:]
    weights = ArkitInverse.of(head).weights(sequence.expression, joints[:, 2], eyes)
    gaze = gaze_from_eye_rotations(eyes)
    turns = matrix_from_axis_angle(joints[:, 0]) @ matrix_from_axis_angle(joints[:, 1])
    return Take(
        id=uuid.uuid4().hex,
        name=name,
        fps=usual_rate(sequence.times_s),
        times_s=sequence.times_s,
        weights=with_gaze_weights(weights, gaze),
        head_rotation=axis_angle_from_matrix(turns),
        head_translation=undamped_shift(sequence.translation),
        gaze=gaze,
        confidence=np.ones(len(sequence), np.float32),
    )


def flame_from_take(take: Take, head: FlameHead) -> FlameSequence:
    """What an avatar with this head does when it performs a take: exactly its parameters.

    Raises:
        AssetError: the head does not know the units.
    """
    if head.arkit_to_expression is None:
        raise AssetError(_UNKNOWN, _UNKNOWN_HINT)
    poses = [
        head.parameters_from_arkit(
            ARKIT_UNITS, frame.weights, frame.head_rotation, frame.head_translation, frame.gaze
        )
        for frame in take.frames()
    ]
    return FlameSequence.of_poses(poses, head.shape, take.times_s)
