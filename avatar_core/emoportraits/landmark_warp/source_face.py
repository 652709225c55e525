"""SourceFace: the face of a photograph in three dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import FACE_OVAL
from avatar_core.errors import FaceNotFoundError
from avatar_core.geometry import Float32, expect_shapes, matrix_from_axis_angle

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_FOCAL_PER_SIDE = 1.8
# Longer image sides: a portrait lens. Webcams have half of that, which makes much of every error
# in the landmarks' depths.
_NEAREST = 0.25
# Share of the focal length: no point comes closer to the camera than that.
_SMALLEST_FACE_PX = 24.0
_WORST_FIT = 0.45
# Root mean square distance from an average face, in face sizes; faces of all sorts are at 0.1 to
# 0.25, strong perspective and grimaces included.
_TO_CAMERA = np.array([1.0, -1.0, -1.0])


class SourceFace:
    """Landmarks of a photograph as points before its camera.

    Space: x right in the picture, y up, z to the viewer; pixels at the depth of the face.

    Args:
        landmarks: [478, 3] x, y (down) and z (away from the viewer), pixels.
        rotation: [3] axis-angle of the head in the picture, as `MotionFrame.head_rotation`.
        width_px: width of the picture.
        height_px: its height.

    Raises:
        FaceNotFoundError: the landmarks are not those of a face large enough to be warped.
    """

    def __init__(
        self, landmarks: Float32, rotation: Float32, width_px: int, height_px: int
    ) -> None:
        expect_shapes(landmarks=(landmarks, "478 3"), rotation=(rotation, "3"))
        if not (np.isfinite(landmarks).all() and np.isfinite(rotation).all()):
            raise _no_face("hold numbers that are not finite")
        self._middle = 0.5 * np.array([width_px, height_px], np.float64)
        self._focal = _FOCAL_PER_SIDE * max(width_px, height_px)
        self.turn: Float64 = matrix_from_axis_angle(rotation).astype(np.float64)
        """[3, 3] head axes to camera axes."""
        self.landmarks: Float64 = landmarks.astype(np.float64)
        self._expect_in_picture(width_px, height_px)
        self.points: Float64 = self.unprojected(self.landmarks)
        """[478, 3] the landmarks before the camera."""
        motion = load_face_motion()
        still = self.points[motion.still]
        self.origin: Float64 = still.mean(0)
        """[3] where the origin of `FaceMotion` lies."""
        self.size_px = float(np.sqrt(((still - self.origin) ** 2).sum(1).mean()))
        """Pixels of one face size."""
        self._expect_face(motion.neutral)
        self.pivot: Float64 = self.placed(motion.pivot)
        """[3] the joint on which the head turns."""

    def unprojected(self, points: Float64) -> Float64:
        """Points [..., 3] before the camera of places in the picture with depths."""
        nearness = np.maximum(1 + points[..., 2:] / self._focal, _NEAREST)
        flat = (points[..., :2] - self._middle) * nearness
        unprojected: Float64 = np.concatenate([flat, points[..., 2:]], axis=-1) * _TO_CAMERA
        return unprojected

    def projected(self, points: Float64) -> Float64:
        """Places [..., 3] in the picture with depths, of points before the camera."""
        seen = points * _TO_CAMERA
        nearness = np.maximum(1 + seen[..., 2:] / self._focal, _NEAREST)
        return np.concatenate([seen[..., :2] / nearness + self._middle, seen[..., 2:]], axis=-1)

    def placed(self, points: Float32 | Float64) -> Float64:
        """Points [..., 3] of an average face in face sizes, put where this face is."""
        placed: Float64 = self.origin + self.turned(points)
        return placed

    def turned(self, moves: Float32 | Float64) -> Float64:
        """Moves [..., 3] in head axes and face sizes, as moves before the camera."""
        turned: Float64 = self.size_px * (moves.astype(np.float64) @ self.turn.T)
        return turned

    def _expect_in_picture(self, width_px: int, height_px: int) -> None:
        oval = self.landmarks[FACE_OVAL, :2]
        middle, extent = oval.mean(0), np.ptp(oval, axis=0)
        if not ((middle >= 0) & (middle < [width_px, height_px])).all():
            raise _no_face("lie outside the picture")
        if extent.min() < _SMALLEST_FACE_PX:
            raise FaceNotFoundError(
                f"The face in the picture is too small: {extent[0]:.0f} x {extent[1]:.0f} pixels.",
                "Use a picture in which the face is larger.",
            )

    def _expect_face(self, neutral: Float32) -> None:
        off = (self.points - self.placed(neutral)) / self.size_px
        # Depths are the least certain numbers of a tracker, and do little to the warp.
        if np.sqrt((off[:, :2] ** 2).sum(1).mean()) > _WORST_FIT:
            raise _no_face("do not look like a face that is turned as stated")


def _no_face(reason: str) -> FaceNotFoundError:
    return FaceNotFoundError(
        f"The portrait cannot be warped: its landmarks {reason}.",
        "Find the face in the picture again, or choose another picture.",
    )
