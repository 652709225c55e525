"""Where to put a camera so that everything given fits into the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry.camera import Camera, look_at
from avatar_core.geometry.shapes import Float32, Float64, expect_shapes

PORTRAIT_FOV_Y_RAD = 0.35
"""A portrait lens: about 20 degrees, flat enough that the nose stays in proportion."""

_CLOSEST_M = 1e-3


def framing_camera(
    vertices: Float32,
    width: int,
    height: int,
    *,
    yaw_rad: float = 0.0,
    pitch_rad: float = 0.0,
    fov_y_rad: float = PORTRAIT_FOV_Y_RAD,
    margin: float = 1.15,
) -> Camera:
    """A camera that shows all points, as large as the margin allows.

    It looks at the middle of the points' bounding box; without angles from the front, that is
    from +z. Add the means of the hair to the points where they should be inside too.

    Args:
        vertices: [V, 3] metres, V >= 1, finite.
        width: of the picture, pixels.
        height: of the picture, pixels.
        yaw_rad: how far the camera walks round to the person's left (+x).
        pitch_rad: how far it climbs, within -pi/2..pi/2.
        fov_y_rad: vertical field of view.
        margin: 1 lets the outermost point touch the border, 2 fills half of the picture.

    Returns:
        The camera, its clipping range wide enough to orbit the points.

    Raises:
        ShapeError: no points, or points that are not finite.
    """
    expect_shapes(vertices=(vertices, "V 3"))
    points = np.asarray(vertices, np.float64)
    if len(points) == 0 or not np.isfinite(points).all():
        raise ShapeError("framing_camera: needs at least one point, all finite")
    low, high = points.min(axis=0), points.max(axis=0)
    target = 0.5 * (low + high)
    towards_camera = _direction(yaw_rad, pitch_rad)
    distance = _distance(points - target, towards_camera, fov_y_rad, width / height, margin)
    eye = target + distance * towards_camera
    view = look_at(eye.astype(np.float32), target.astype(np.float32))
    camera = Camera.from_fov(view, fov_y_rad, width, height)
    radius = 0.5 * float(np.linalg.norm(high - low))
    return replace(camera, near_m=max(0.05 * distance, _CLOSEST_M), far_m=10 * (distance + radius))


def _direction(yaw_rad: float, pitch_rad: float) -> Float64:
    """Unit vector [3] from the target to the camera."""
    level = np.cos(pitch_rad)
    return np.array([level * np.sin(yaw_rad), np.sin(pitch_rad), level * np.cos(yaw_rad)])


def _distance(
    offsets: Float64, towards_camera: Float64, fov_y_rad: float, aspect: float, margin: float
) -> float:
    """The smallest distance at which every offset [V, 3] from the target lies in the picture."""
    view = look_at(towards_camera.astype(np.float32), np.zeros(3, np.float32))
    right, down, forward = (offsets @ view[:3, :3].T.astype(np.float64)).T
    half_height = np.tan(0.5 * fov_y_rad) / margin
    needed = np.maximum(np.abs(right) / (half_height * aspect), np.abs(down) / half_height)
    # A point in front of the target is nearer to the camera, which must step back by as much.
    return float(max((needed - forward).max(), _CLOSEST_M))
