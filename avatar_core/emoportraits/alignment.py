"""From a head's turn, or a face's landmarks, to the pose `theta` of a portrait; numpy only.

A driver tells a `MotionFrame`: axes x right in the picture, y up, z to the viewer. Poses live in
image space: x right, y down, z away from the viewer for models that were trained here, and towards
the viewer (`towards_viewer`) for the released ones, whose canonical landmarks have the tip of the
nose at +0.26 and the jaw at -0.35. Pictures look the same both ways, but heads would turn and nod
the wrong way round. And `theta` leads from the picture to the head, where a `MotionFrame` leads
from the head to the camera.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import FaceNotFoundError, ShapeError
from avatar_core.geometry import Float32, expect_shapes, matrix_from_axis_angle, similarity_fit
from avatar_core.geometry.rotations import axis_angle_from_matrix

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.project.portrait import CropBox

CANONICAL_PER_M = 6.2
"""Canonical units of a metre: the face of an adult, 14 cm from jaw to jaw, is 0.86 wide there."""

TURNING_POINT: tuple[float, float, float] = (0.0, 0.22, 0.25)
"""Where heads turn about, in canonical space, z away from the viewer.

Half way from the middle of the head to the joint of its neck: models have seen crops that follow
the head most of the way, and heads that turn on the neck alone would leave the picture.
"""

STABLE_IBUG = (0, 16, 27, 28, 30, 33, 36, 39, 42, 45)
"""Of the 68 iBUG points those that expressions hardly move: temples, nose, corners of the eyes."""

STABLE_MESH = (127, 356, 168, 197, 4, 2, 33, 133, 362, 263)
"""The same places among the 478 landmarks of the face tracker."""

_FLIP = np.diag([1.0, -1.0, -1.0])
_EYES_MIDDLE = (0.0, -0.091, -0.141)
_EYES_WIDTH = 0.51
# Outer corners of the eyes of the average head in canonical space, z away from the viewer.


def head_rotation(theta: Float32, *, towards_viewer: bool = False) -> Float32:
    """The turn [3] of a posed head, axis-angle radians in the axes of `MotionFrame`.

    Args:
        theta: [4, 4] image space to canonical space.
        towards_viewer: direction of z in both spaces.
    """
    expect_shapes(theta=(theta, "4 4"))
    axes = _image_axes(towards_viewer)
    rotation = _rotation_and_scale(theta)[0]
    return axis_angle_from_matrix((axes @ rotation.T @ axes).astype(np.float32))


def driven_theta(
    source_theta: Float32,
    driver_rotation: Float32,
    *,
    source_rotation: Float32 | None = None,
    rest_rotation: Float32 | None = None,
    relative: float = 1.0,
    gain: float = 1.0,
    moved_m: Float32 | None = None,
    pivot: tuple[float, float, float] = TURNING_POINT,
    towards_viewer: bool = False,
) -> Float32:
    """The pose in which a portrait is to be drawn, [4, 4]: the source's head, turned as the driver.

    The stretch of the source stays, the pivot keeps its place in the picture, and the middle of the
    head its depth: models learn from crops, which tell nothing of distance.

    Args:
        source_theta: [4, 4] pose of the source picture.
        driver_rotation: [3] the driver's head as a `MotionFrame` has it.
        source_rotation: [3] the source's head as the driver's tracker saw it. It tells how the
            tracker's idea of "straight" differs from the model's; without it they are the same.
        rest_rotation: [3] the driver's head at rest; none where frames are already calibrated.
        relative: 1 turns the source's head, in its own axes, as far as the driver has turned from
            rest; 0 takes the driver's turn itself; in between the shortest way from one to the
            other.
        gain: multiplies the driver's angle.
        moved_m: [3] metres that the head has moved, axes of `MotionFrame`; z does not count.
        pivot: place in canonical space, z away from the viewer, about which the head turns.
        towards_viewer: direction of z in the poses of this model.
    """
    expect_shapes(source_theta=(source_theta, "4 4"), driver_rotation=(driver_rotation, "3"))
    axes = _image_axes(towards_viewer)
    turn, scale = _rotation_and_scale(source_theta)
    drawn_before = axes @ turn.T @ axes
    tracked = drawn_before if source_rotation is None else _matrix(source_rotation)
    wanted = _wanted(tracked, _matrix(driver_rotation), rest_rotation, relative, gain)
    drawn = wanted @ tracked.T @ drawn_before
    linear = scale @ (axes @ drawn.T @ axes)
    fixed = axes @ _FLIP @ np.asarray(pivot)
    back = np.linalg.inv(np.asarray(source_theta, np.float64))
    place = back[:3, :3] @ fixed + back[:3, 3]
    if moved_m is not None:
        place = place + CANONICAL_PER_M / np.cbrt(np.linalg.det(scale)) * (axes @ moved_m)
    middle = place - np.linalg.solve(linear, fixed)
    middle[2] = back[2, 3]
    return _theta(linear, -linear @ middle)


def image_space(landmarks_px: Float32, box: CropBox, *, towards_viewer: bool = False) -> Float32:
    """Landmarks [N, 3] in the image space of a square crop of their picture.

    Args:
        landmarks_px: [N, 3] x, y (down) and z (away from the viewer) in pixels of the picture.
        box: the crop.
        towards_viewer: wanted direction of z.
    """
    expect_shapes(landmarks_px=(landmarks_px, "N 3"))
    moved = (landmarks_px - [box.x, box.y, 0.0]) / box.side - [0.5, 0.5, 0.0]
    moved[:, 2] *= -1 if towards_viewer else 1
    return (2 * moved).astype(np.float32)


def canonical_points(
    points_m: Float32, outer_corners_m: Float32, *, towards_viewer: bool = False
) -> Float32:
    """Points of a neutral head in canonical space, as large as the average head there.

    Args:
        points_m: [N, 3] metres, x to the person's left, y up, z out of the face.
        outer_corners_m: [2, 3] outer corners of the eyes, which tell place and size.
        towards_viewer: wanted direction of z.
    """
    expect_shapes(points_m=(points_m, "N 3"), outer_corners_m=(outer_corners_m, "2 3"))
    size = _EYES_WIDTH / np.linalg.norm(outer_corners_m[0] - outer_corners_m[1])
    moved = size * (points_m - outer_corners_m.mean(0)) + _FLIP @ _EYES_MIDDLE
    turned: Float64 = moved @ _image_axes(towards_viewer)
    return turned.astype(np.float32)


def theta_from_landmarks(landmarks: Float32, canonical: Float32) -> Float32:
    """The pose [4, 4] of a face without a head-pose network, from landmarks with depth.

    A similarity, so one scale for all axes: that is how poses of the compact model are, and depth
    that was guessed from one picture allows no more. Of 68 or 478 points those count that
    expressions hardly move. The middle of the head gets depth 0, as in training.

    Args:
        landmarks: [N, 3] image space of the crop; N = 68 iBUG points, 478 of the face tracker (468
            without irises), or any others.
        canonical: [N, 3] the same points of a neutral head, see `canonical_points`; or [68, 3] iBUG
            points, which lie a little beside those of the face tracker.

    Raises:
        FaceNotFoundError: the landmarks lie in one place or are not finite.
        ShapeError: the two cannot be matched.
    """
    expect_shapes(landmarks=(landmarks, "* 3"), canonical=(canonical, "* 3"))
    seen, known = _matched(landmarks, canonical)
    if not np.isfinite(seen).all() or np.ptp(seen, axis=0).max() < 1e-4:
        raise FaceNotFoundError(
            "The pose of the face could not be measured.", "Try a picture that shows more of it."
        )
    scale, rotation, translation = similarity_fit(seen, known)
    linear = scale * rotation.astype(np.float64)
    middle = -np.linalg.solve(linear, translation)
    middle[2] = 0
    return _theta(linear, -linear @ middle)


def _matched(landmarks: Float32, canonical: Float32) -> tuple[Float32, Float32]:
    """Points of the two sets that are the same place of a face."""
    stable = {68: STABLE_IBUG, 468: STABLE_MESH, 478: STABLE_MESH}
    if len(landmarks) in stable and len(canonical) in stable:
        return (
            landmarks[list(stable[len(landmarks)])],
            canonical[list(stable[len(canonical)])],
        )
    if len(landmarks) != len(canonical):
        raise ShapeError(f"canonical: expected 68 or {len(landmarks)} points, got {len(canonical)}")
    return landmarks, canonical


def _rotation_and_scale(theta: Float32) -> tuple[Float64, Float64]:
    """`R` [3, 3] and the symmetric `S` [3, 3] of the linear part `S R`."""
    linear = np.asarray(theta[:3, :3], np.float64)
    left, stretches, right = np.linalg.svd(linear)
    return left @ right, (left * stretches) @ left.T


def _wanted(
    tracked: Float64,
    driver: Float64,
    rest_rotation: Float32 | None,
    relative: float,
    gain: float,
) -> Float64:
    """The turn [3, 3] of the source's head that the tracker is to see."""
    rest = np.eye(3) if rest_rotation is None else _matrix(rest_rotation)
    own_turn = _powered(rest.T @ driver, gain)
    absolute = _powered(driver, gain)
    return absolute @ _powered(absolute.T @ tracked @ own_turn, relative)


def _image_axes(towards_viewer: bool) -> Float64:
    """From axes of `MotionFrame` to those of image space and back."""
    return np.diag([1.0, -1.0, 1.0]) if towards_viewer else _FLIP


def _matrix(axis_angle: Float32) -> Float64:
    return matrix_from_axis_angle(np.asarray(axis_angle, np.float32)).astype(np.float64)


def _powered(rotation: Float64, amount: float) -> Float64:
    """The rotation about the same axis by `amount` times the angle."""
    if amount == 1:
        return rotation
    return _matrix(np.float32(amount) * axis_angle_from_matrix(rotation.astype(np.float32)))


def _theta(linear: Float64, offset: Float64) -> Float32:
    theta = np.eye(4, dtype=np.float32)
    theta[:3, :3], theta[:3, 3] = linear, offset
    return theta
