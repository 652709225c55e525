"""Turns, gazes and weights as they come from outside, made fit for a MotionFrame.

Everything is in the head's axes (x to the person's left, y up, z out of the face), which are the
camera's while the person faces it. Left-handed senders are turned round before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_MOST_TURN_RAD = np.radians(100.0)
_MOST_PLACE_M = 5.0
_MOST_GAZE_RAD = np.radians([60.0, 45.0])


def turn_from_angles(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Float32:
    """Axis-angle [3] of a head that turns by yaw, then pitch, then roll.

    Yaw is positive to the person's left, pitch up, roll towards the right shoulder. Angles that are
    not finite count as 0.
    """
    wanted = np.nan_to_num([yaw_rad, pitch_rad, roll_rad], nan=0.0, posinf=0.0, neginf=0.0)
    yaw, pitch, roll = (wanted + np.pi) % (2 * np.pi) - np.pi
    turns = matrix_from_axis_angle(np.array([[0, yaw, 0], [-pitch, 0, 0], [0, 0, roll]]))
    return sane_turn(axis_angle_from_matrix(turns[0] @ turns[1] @ turns[2]))


def sane_turn(rotation: Float32) -> Float32:
    """The same axis-angle [3], about its axis no farther than a head can turn."""
    angle = float(np.linalg.norm(rotation))
    return rotation if angle <= _MOST_TURN_RAD else rotation * np.float32(_MOST_TURN_RAD / angle)


def sane_place(translation: Float64) -> Float32:
    """A position [3] in metres within a room; 0 where it is not finite."""
    finite = np.nan_to_num(translation, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -_MOST_PLACE_M, _MOST_PLACE_M).astype(np.float32)


def sane_gaze(gaze: Float64) -> Float32 | None:
    """Gaze [2, 2] in radians within what eyes can do; None when any of it is not finite."""
    if not np.isfinite(gaze).all():
        return None
    return np.clip(gaze, -_MOST_GAZE_RAD, _MOST_GAZE_RAD).astype(np.float32)


def gaze_along(directions: Float64) -> Float32 | None:
    """Gaze [2, 2] of eyes that look along vectors; None when one has no length or looks inwards.

    Args:
        directions: [2, 3] of (left, right) eye in the head's axes, any length.
    """
    lengths = np.linalg.norm(directions, axis=1)
    if not (np.isfinite(lengths).all() and (lengths > 1e-9).all()):
        return None
    x, y, z = (directions / lengths[:, None]).T
    if (z <= 0).any():
        return None
    return sane_gaze(np.stack([np.arctan2(x, z), np.arcsin(np.clip(y, -1, 1))], axis=1))


def sane_weights(values: Float64, held: Float32) -> Float32:
    """Weights [52] within 0..1; those that are not finite stay as they were held [52]."""
    return np.where(np.isfinite(values), np.clip(values, 0, 1), held).astype(np.float32)


def lost_face() -> Float32:
    """Weights [52] of a face at rest, for moments without one."""
    return np.zeros(52, np.float32)
