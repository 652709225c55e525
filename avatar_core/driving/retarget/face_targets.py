"""Where a head's landmarks should go when a tracked face moves: the driver's movements, its places.

The tracker's landmarks are taken out of the picture into the axes of the driver's head, so that
its turn and place do not count. What remains of them beyond the driver's face at rest is movement,
and that is carried over to the other face, whose features are elsewhere and of other sizes.

Landmarks alone are worse than the tracker's units: they jitter, slide along outlines and guess
their depth. But they know better how far brows and lips go up and down. So each coordinate is mixed
with that of a guess, which is what the linear map makes of the units, by how far either is off.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.head_pose import FOCAL_PER_SIDE, HeadPose
from avatar_core.driving.retarget.flame_fit import FitSettings
from avatar_core.driving.retarget.landmarks_68 import IBUG_68, ibug_landmarks
from avatar_core.errors import ShapeError
from avatar_core.geometry import (
    Float32,
    expect_shapes,
    matrix_from_axis_angle,
    similarity_fit,
)
from avatar_core.heads.base import neutral_parameters
from avatar_core.heads.face_warp import FaceWarp
from avatar_core.heads.flame_points import FlamePoints

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.base import HeadParameters
    from avatar_core.heads.flame import FlameHead

_NECK = 1

_STEADY = (168, 6, 197, 195, 5, 4, 98, 327, 2, 33, 133, 362, 263, 127, 356, 234, 454, 162, 389)
"""Of the tracker's landmarks those that no expression moves much: ridge of the nose, corners of the
eyes, temples. Laid onto the face at rest, they take off what the head's pose has left."""

_TRUST = (
    (slice(0, 17), (0.0, 0.2, 0.0)),  # the outline
    (slice(17, 27), (0.3, 0.7, 0.0)),  # brows
    (slice(36, 48), (0.0, 0.4, 0.0)),  # lids
    (slice(48, 68), (0.25, 0.6, 0.3)),  # lips
)
"""Share of x, y and z that the landmarks have in a target: the map's mean square error through both
errors' sum, measured on a rendered head whose landmarks are known. The nose has none."""

FILM_FIT = FitSettings(
    landmark_m=0.001, expression=0.5, neck_rad=0.0, eyes_rad=0.0, translation_m=0.0
)
"""How to fit to `FaceTargets`: the head is turned and the eyes look as the guess says."""


def face_in_head_axes(
    landmarks: Float32, pose: HeadPose, width_px: int, height_px: int, focal_px: float | None = None
) -> Float32:
    """Landmarks without the head's turn and place; what `head_pose` fits, undone.

    Args:
        landmarks: [478, 3] x, y (down) in pixels, z in the same unit, away from the viewer.
        pose: of the head in the same picture.
        width_px: of the picture.
        height_px: of the picture.
        focal_px: as `head_pose` was given it.

    Returns:
        [478, 3] metres for an adult of average size, x to the person's left, y up, z out of the
        face, from the joint on which the head turns.
    """
    expect_shapes(landmarks=(landmarks, "N 3"))
    focal = focal_px or FOCAL_PER_SIDE * max(width_px, height_px)
    seen = landmarks.astype(np.float64)
    nearness = 1 + seen[:, 2:] / focal
    flat = (seen[:, :2] - [0.5 * width_px, 0.5 * height_px]) * nearness * [1, -1]
    camera = np.column_stack([flat, -focal * nearness]) / pose.pixels_per_m
    local: Float64 = (camera - pose.translation) @ pose.rotation
    return local.astype(np.float32)


class FaceTargets:
    """Targets for one head and one driver.

    Args:
        head: with iBUG's 68 landmarks.
        rest: [478, 3] the driver's face at rest, from `face_in_head_axes`.

    Raises:
        ShapeError: the head has other landmarks, or the face is none of the tracker's.
    """

    def __init__(self, head: FlameHead, rest: Float32) -> None:
        count = len(head.landmark_face_ids)
        if count != len(IBUG_68):
            raise ShapeError(f"landmarks: expected iBUG's {len(IBUG_68)}, this head has {count}")
        self._driver = ibug_landmarks(rest)
        self._steady = rest[list(_STEADY)]
        self._points = FlamePoints.landmarks(head)
        still = neutral_parameters(head)
        self._own = self._points.places(still)
        self._neck = (head.mesh.joint_regressor @ head.pose(still))[_NECK]
        self._warp = FaceWarp(self._driver, self._own.astype(np.float32))
        self._trust = np.zeros((count, 3))
        for landmarks, share in _TRUST:
            self._trust[landmarks] = share

    def targets(self, face: Float32, guess: HeadParameters) -> Float32:
        """Where the head's landmarks should be.

        Args:
            face: [478, 3] the driver's, from `face_in_head_axes`.
            guess: parameters from the map, which also say how the head is turned and where it is.

        Returns:
            [68, 3] metres, in the axes in which the head is posed.
        """
        expect_shapes(face=(face, "N 3"))
        size, turn, shift = similarity_fit(face[list(_STEADY)], self._steady)
        steadied = (size * ibug_landmarks(face) @ turn.T + shift).astype(np.float32)
        movements = steadied - self._driver
        seen = self._own + self._warp.moved(self._driver, movements[None])[0]
        joints = guess.joints.copy()
        joints[: _NECK + 1] = 0
        here = self._points.places(
            replace(guess, joints=joints, translation=np.zeros(3, np.float32))
        )
        mixed = here + self._trust * (seen - here)
        root, neck = matrix_from_axis_angle(guess.joints[: _NECK + 1])
        turned = (mixed - self._neck) @ neck.T + self._neck
        # The root's joint is where the head is turned as a whole.
        pivot = self._points.joints[0, :, 0]
        placed: Float64 = (turned - pivot) @ root.T + pivot + guess.translation
        return placed.astype(np.float32)
