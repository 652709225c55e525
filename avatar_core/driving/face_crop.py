"""The upright square around a face that the landmark network looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.driving.reference_face import EYE_CORNERS_LEFT, EYE_CORNERS_RIGHT

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import Float64

_MARGIN = 1.5
# The landmark network was trained on crops with a quarter of the face's size around the face.


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A rotated square in an image.

    Args:
        centre_x_px, centre_y_px: centre; the centre of the top left pixel is (0.5, 0.5).
        size_px: side.
        angle_rad: direction of its upper edge, positive clockwise in the picture.
    """

    centre_x_px: float
    centre_y_px: float
    size_px: float
    angle_rad: float

    @classmethod
    def around_box(cls, box: Float32, right_eye: Float32, left_eye: Float32) -> FaceCrop:
        """The crop for a detected face.

        Args:
            box: [4] left, top, right, bottom, pixels.
            right_eye: [2] the person's right eye, pixels.
            left_eye: [2] the left one; the two become level.
        """
        centre = 0.5 * (box[:2] + box[2:])
        size = _MARGIN * float(max(box[2:] - box[:2]))
        return cls(float(centre[0]), float(centre[1]), size, _direction(right_eye, left_eye))

    @classmethod
    def around_landmarks(cls, landmarks: Float32) -> FaceCrop:
        """The crop for the next picture of a face.

        The face is enclosed along its own axes, so a crop turns with the head and keeps its size.

        Args:
            landmarks: [478, 2 or more] pixels.
        """
        points = landmarks[:, :2].astype(np.float64)
        angle = _direction(points[EYE_CORNERS_RIGHT[1]], points[EYE_CORNERS_LEFT[1]])
        turn = _rotation(angle)
        upright = points @ turn
        low, high = upright.min(0), upright.max(0)
        centre = turn @ (0.5 * (low + high))
        return cls(float(centre[0]), float(centre[1]), _MARGIN * float((high - low).max()), angle)

    def sample(self, image: UInt8, side_px: int) -> UInt8:
        """The crop as an upright image [side, side, 3]; border pixels continue outside."""
        # Reading more than every second pixel would alias: sample finer, then average.
        finer = 2 ** max(0, int(np.floor(np.log2(max(self.size_px / side_px, 1.0)))))
        fine_px = side_px * min(finer, 8)
        scale = self.size_px / fine_px
        linear = scale * _rotation(self.angle_rad)
        # OpenCV counts from the centre of the first pixel, on both sides.
        offset = self._centre() - linear @ np.full(2, 0.5 * fine_px - 0.5) - 0.5
        crop = cv2.warpAffine(
            image,
            np.column_stack([linear, offset]),
            (fine_px, fine_px),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if fine_px > side_px:
            crop = cv2.resize(crop, (side_px, side_px), interpolation=cv2.INTER_AREA)
        return crop  # type: ignore[return-value]  # OpenCV's stubs know no element types

    def to_image(self, points: Float32, side_px: int) -> Float32:
        """Carry points from the sampled crop to the image.

        Args:
            points: [N, 3] x, y in crop pixels, z (towards the viewer negative) in the same unit.
            side_px: what the crop was sampled with.

        Returns:
            [N, 3] in image pixels.
        """
        scale = self.size_px / side_px
        moved = scale * points.astype(np.float64)
        moved[:, :2] = (moved[:, :2] - 0.5 * self.size_px) @ _rotation(self.angle_rad).T
        moved[:, :2] += self._centre()
        return moved.astype(np.float32)

    def _centre(self) -> Float64:
        return np.array([self.centre_x_px, self.centre_y_px])


def _direction(start: Float32, end: Float32) -> float:
    return float(np.arctan2(end[1] - start[1], end[0] - start[0]))


def _rotation(angle_rad: float) -> Float64:
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cosine, -sine], [sine, cosine]])
