"""How ARKit weights act on a face: which units must not add up, and what a gaze means in units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import matrix_from_axis_angle

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_SIDES = ("Left", "Right")

UNIT_LIMITS: tuple[tuple[tuple[str, str], float], ...] = (
    (("jawOpen", "mouthFunnel"), 1.2),
    (("mouthPucker", "mouthFunnel"), 1.1),
    *(((f"eyeBlink{side}", f"eyeSquint{side}"), 1.0) for side in _SIDES),
    *(((f"eyeBlink{side}", f"eyeWide{side}"), 1.0) for side in _SIDES),
    *(((f"browDown{side}", "browInnerUp"), 1.0) for side in _SIDES),
    *(((f"mouthSmile{side}", f"mouthStretch{side}"), 1.1) for side in _SIDES),
    *(((f"mouthSmile{side}", f"mouthFrown{side}"), 1.0) for side in _SIDES),
    *(((f"mouthUpperUp{side}", f"noseSneer{side}"), 1.3) for side in _SIDES),
)
"""Pairs of units that pull the same skin, with the largest sum that still looks like a face."""


_HEAD_SHIFT_GAIN = 0.5
_HEAD_SHIFT_LIMIT_M = 0.08
_MOST_OF_LIMIT = 0.99


def limited_weights(names: tuple[str, ...], weights: Float32) -> Float32:
    """Weights clamped to 0..1, with conflicting pairs scaled down to their limit.

    Trackers report a blink and a squint at once; their deltas added would push one lid through the
    other. Scaling both keeps their ratio, and the neutral and single-unit poses as they are.

    Args:
        names: [K] ARKit unit of each weight; pairs with a missing unit are skipped.
        weights: [K] any finite values.

    Returns:
        [K] weights 0..1, a new array.
    """
    limited = np.clip(weights, 0.0, 1.0).astype(np.float32)
    index = {name: k for k, name in enumerate(names)}
    for (first, second), limit in UNIT_LIMITS:
        if first not in index or second not in index:
            continue
        pair = [index[first], index[second]]
        total = float(limited[pair[0]] + limited[pair[1]])
        if total > limit:
            limited[pair] *= limit / total
    return limited


def gaze_from_eye_rotations(eyes: Float32) -> Float32:
    """Where eyes look that are turned, whatever they turn about their own axis.

    Args:
        eyes: [..., 2, 3] axis-angle of (left, right) eye, radians.

    Returns:
        [..., 2, 2] (yaw, pitch) radians, as `eye_rotations_from_gaze` takes them.
    """
    ahead = matrix_from_axis_angle(eyes)[..., 2].astype(np.float64)
    yaw = np.arctan2(ahead[..., 0], ahead[..., 2])
    pitch = np.arcsin(np.clip(ahead[..., 1], -1, 1))
    return np.stack([yaw, pitch], axis=-1).astype(np.float32)


def eye_rotations_from_gaze(gaze: Float32) -> Float32:
    """Axis-angle vectors of eyes that look along a gaze.

    Args:
        gaze: [2, 2] (yaw, pitch) radians of (left, right) eye; yaw to the person's left and pitch
            up positive.

    Returns:
        [2, 3] radians, head axes: the eye pitches first, then yaws, as an eye on gimbals does.
    """
    yaw, pitch = 0.5 * gaze[:, 0].astype(np.float64), -0.5 * gaze[:, 1].astype(np.float64)
    # Product of the quaternions about y (yaw) and about x (-pitch), written out.
    w = np.cos(yaw) * np.cos(pitch)
    axis = np.stack(
        [np.cos(yaw) * np.sin(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(yaw) * np.sin(pitch)],
        axis=1,
    )
    sine = np.linalg.norm(axis, axis=1)
    # The angle over its sine goes to 2 as the angle goes to 0.
    scale = np.where(sine > 1e-9, 2 * np.arctan2(sine, w) / np.maximum(sine, 1e-9), 2.0)
    return (axis * scale[:, None]).astype(np.float32)


def weights_from_eye_rotations(eyes: Float32, eye_look_axis_angle: Float32) -> Float32:
    """The eyeLook weights whose eye rotations come closest to given ones: lids follow the eyes.

    Args:
        eyes: [2, 3] axis-angle of (left, right) eye, radians.
        eye_look_axis_angle: [E, 2, 3] rotation of (left, right) eye per unit weight, radians; zero
            for units that do not turn the eyes.

    Returns:
        [E] weights 0..1, zero for units that do not turn the eyes.
    """
    along = np.einsum("ksc,sc->k", eye_look_axis_angle, eyes)
    length = np.einsum("ksc,ksc->k", eye_look_axis_angle, eye_look_axis_angle)
    weights: Float32 = np.clip(along / np.where(length > 0, length, 1.0), 0.0, 1.0)
    return weights.astype(np.float32)


def damped_shift(translation: Float32) -> Float32:
    """Where a figure moves when its head does: half of small shifts, never beyond 8 cm, in metres.

    The neck cannot stretch, and leaning towards the camera should not throw the bust about.
    """
    length = float(np.linalg.norm(translation)) * _HEAD_SHIFT_GAIN
    if length == 0:
        return np.zeros(3, np.float32)
    saturation = float(np.tanh(length / _HEAD_SHIFT_LIMIT_M)) * _HEAD_SHIFT_LIMIT_M / length
    damped: Float32 = translation * np.float32(_HEAD_SHIFT_GAIN * saturation)
    return damped


def undamped_shift(shift: Float32) -> Float32:
    """The movement of a head that `damped_shift` makes a shift of; the largest one known beyond.

    Args:
        shift: [..., 3] metres.

    Returns:
        [..., 3] metres.
    """
    length = np.linalg.norm(shift, axis=-1, keepdims=True)
    share = np.minimum(length / _HEAD_SHIFT_LIMIT_M, _MOST_OF_LIMIT)
    grown = np.arctanh(share) * _HEAD_SHIFT_LIMIT_M / _HEAD_SHIFT_GAIN
    # Where there is no shift, the ratio goes to that of small ones.
    ratio = np.where(length > 0, grown / np.maximum(length, 1e-12), 1 / _HEAD_SHIFT_GAIN)
    return (shift * ratio).astype(np.float32)
