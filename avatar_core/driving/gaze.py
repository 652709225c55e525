"""Where the eyes look, from the irises between the corners of the eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.reference_face import EYE_CORNERS_LEFT, EYE_CORNERS_RIGHT

if TYPE_CHECKING:
    from avatar_core.driving.head_pose import HeadPose
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_IRIS_LEFT, _IRIS_RIGHT = 473, 468
_IRIS_FROM_CENTRE_M = 0.0115
_EYE_FROM_CORNERS_M = np.array([0.0, 0.0015, -0.0105])
# Height as people in video look into their camera; depth as on renders of a head with known eyes,
# where 30 degrees of head turn then leave gaze alone.
_VERTICAL_GAIN = 1.6
# The landmark network moves irises up and down only about half as far as the eyes really turn.
_LARGEST_YAW_RAD, _LARGEST_PITCH_RAD = np.radians(35.0), np.radians(25.0)
_FACING_SURE, _FACING_LOST = 0.77, 0.55  # cosines: 40 and 57 degrees from the camera
_BLINK_OPEN, _BLINK_CLOSED = 0.45, 0.7


class GazeTracker:
    """Follows the gaze of one face.

    Both eyes get one direction. A single picture tells vergence only to several degrees, with an
    offset that differs from person to person, and an avatar with the difference looks squinting.
    While the lids are shut the last gaze is held, for the irises cannot be seen then.
    """

    def __init__(self) -> None:
        self._last: Float64 | None = None

    def reset(self) -> None:
        """Forget what was held: another face follows."""
        self._last = None

    def update(
        self, landmarks: Float32, pose: HeadPose, blink_left: float, blink_right: float
    ) -> Float32:
        """Gaze in the next picture.

        Args:
            landmarks: [478, 3] x, y (down) in pixels.
            pose: the head in the same picture.
            blink_left: weight 0..1 of the left lids.
            blink_right: the same of the right ones.

        Returns:
            [2, 2] (yaw, pitch) of (left, right) eye relative to the head, radians; yaw to the
            person's left and pitch up are positive.
        """
        openness = np.clip(
            (_BLINK_CLOSED - np.array([blink_left, blink_right])) / (_BLINK_CLOSED - _BLINK_OPEN),
            0.0,
            1.0,
        )
        eyes = np.stack(
            [
                _eye_direction(landmarks, pose, _IRIS_LEFT, EYE_CORNERS_LEFT),
                _eye_direction(landmarks, pose, _IRIS_RIGHT, EYE_CORNERS_RIGHT),
            ]
        )
        seen: Float64 = np.average(eyes, axis=0, weights=openness + 1e-6)
        held = seen if self._last is None else self._last
        self._last = held + float(openness.max()) * (seen - held)
        return np.repeat(self._last[None], 2, axis=0).astype(np.float32)


def _eye_direction(
    landmarks: Float32, pose: HeadPose, iris: int, corners: tuple[int, int]
) -> Float64:
    """[2] yaw and pitch of one eye, as a ball whose centre lies behind the middle of its corners.

    The iris is seen from the front only: its sideways offset from the ball's centre gives two
    components of the direction, its unit length the third.
    """
    rotation = pose.rotation.astype(np.float64)
    middle = 0.5 * (landmarks[corners[0], :2] + landmarks[corners[1], :2])
    offset = (landmarks[iris, :2] - middle) * [1, -1] / pose.pixels_per_m
    sideways = (offset - (rotation @ _EYE_FROM_CORNERS_M)[:2]) / _IRIS_FROM_CENTRE_M
    length = float(np.hypot(*sideways))
    sideways /= max(1.0, length / 0.95)
    towards_camera = np.sqrt(1.0 - float(sideways @ sideways))
    x, y, z = rotation.T @ [*sideways, towards_camera]
    yaw = np.clip(np.arctan2(x, z), -_LARGEST_YAW_RAD, _LARGEST_YAW_RAD)
    pitch = np.clip(_VERTICAL_GAIN * np.arcsin(y), -_LARGEST_PITCH_RAD, _LARGEST_PITCH_RAD)
    facing = (rotation[2, 2] - _FACING_LOST) / (_FACING_SURE - _FACING_LOST)
    direction: Float64 = np.array([yaw, pitch]) * np.clip(facing, 0.0, 1.0)
    return direction
