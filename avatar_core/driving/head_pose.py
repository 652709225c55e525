"""Where the head is and how it is turned, from the landmarks of one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.driving.reference_face import ReferenceFace
    from avatar_core.geometry.shapes import Float64

FOCAL_PER_SIDE = 0.9
"""Focal length assumed, in longer image sides: a field of view of 58 degrees, a usual webcam's."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadPose:
    """A head in the driver's camera: x right in the picture, y up, z to the viewer.

    Args:
        rotation: [3, 3] head axes (x to the person's left, y up, z out of the face) to camera
            axes; the identity looks straight along the camera's axis.
        translation: [3] metres, of the joint on which the head turns; z is negative.
        pixels_per_m: size of the face in the picture.
    """

    rotation: Float32
    translation: Float32
    pixels_per_m: float


def head_pose(
    landmarks: Float32,
    reference: ReferenceFace,
    width_px: int,
    height_px: int,
    focal_px: float | None = None,
) -> HeadPose:
    """Fit the reference face to landmarks.

    Landmarks come in weak perspective: z in the scale of x and y, zero at the face's own depth.
    Undoing that with the focal length gives the face in camera space up to one factor, the
    pixels that a metre spans at the face, so one weighted similarity fit solves everything.

    Args:
        landmarks: [478, 3] x, y (down) in pixels, z in the same unit, away from the viewer.
        reference: the neutral face.
        width_px: width of the picture.
        height_px: its height.
        focal_px: focal length when it is known.

    Source:
        Umeyama 1991, Least-squares estimation of transformation parameters between two point
        patterns, eq. 38-43, with weights.
    """
    expect_shapes(landmarks=(landmarks, "* 3"))
    focal = focal_px or FOCAL_PER_SIDE * max(width_px, height_px)
    seen = landmarks[reference.rigid].astype(np.float64)
    nearness = 1 + seen[:, 2:] / focal
    flat = (seen[:, :2] - [0.5 * width_px, 0.5 * height_px]) * nearness * [1, -1]
    target = np.column_stack([flat, -focal * nearness])
    scale, rotation, translation = _similarity_fit(
        reference.points[reference.rigid].astype(np.float64),
        target,
        reference.rigid_weights.astype(np.float64),
    )
    return HeadPose(
        rotation.astype(np.float32), (translation / scale).astype(np.float32), float(scale)
    )


def _similarity_fit(
    source: Float64, target: Float64, weights: Float64
) -> tuple[float, Float64, Float64]:
    """Scale, rotation and translation with `target ~ scale * source @ rotation.T + translation`."""
    weights = weights / weights.sum()
    centre_source, centre_target = weights @ source, weights @ target
    local_source, local_target = source - centre_source, target - centre_target
    covariance = (weights[:, None] * local_target).T @ local_source
    u, singular, vt = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    rotation = (u * signs) @ vt
    spread = float(weights @ (local_source**2).sum(1))
    scale = float(singular @ signs) / max(spread, 1e-12)
    return scale, rotation, centre_target - scale * rotation @ centre_source
