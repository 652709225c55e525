"""FaceTracker: pictures of a person in, motion out."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.face_blendshapes import FaceBlendshapes
from avatar_core.driving.face_crop import FaceCrop
from avatar_core.driving.face_detector import DetectedFace, FaceDetector, joined_faces
from avatar_core.driving.gaze import GazeTracker
from avatar_core.driving.head_pose import head_pose
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.tflite_model import TfliteModel
from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, UInt8, expect_shapes
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.motion import UNIT_INDEX, MotionFrame

if TYPE_CHECKING:
    from pathlib import Path

_CROP_PX = 256
_LANDMARKS = 478
_MIN_PRESENCE = 0.5
_MIN_FIRST_PRESENCE = 0.1  # through the detector's coarser crop
_MIN_CROP_PX = 12.0
_MAX_CANDIDATES = 3
_BLINK_LEFT, _BLINK_RIGHT = UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeBlinkRight"]


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFace:
    """A face found in one picture.

    Args:
        motion: expression, head and gaze. Left and right are the person's own, the picture is
            taken as not mirrored. The translation is that of the joint on which the head turns,
            in metres from the camera for an adult of average size; a neutral calibration removes
            what is constant in it.
        landmarks: [478, 3] x, y (down) and z (away from the viewer), pixels.
        box: [4] left, top, right, bottom of the landmarks, pixels.
        presence: 0..1, how sure it is that this is a face.
    """

    motion: MotionFrame
    landmarks: Float32
    box: Float32
    presence: float


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """What the landmark network says about one crop: landmarks in crop and in image pixels."""

    upright: Float32
    landmarks: Float32
    presence: float


class FaceTracker:
    """Follows one face, the largest, through a sequence of pictures.

    The face is detected once and then found where the last picture had it; it is detected anew
    when it is lost, within the same picture. One thread at a time.

    Args:
        model_path: `face_landmarker.task`; the shipped one when left out.
        threads: CPU threads for the networks.

    Raises:
        WeightsError: the model file is missing, damaged or another one.

    Source:
        Order of work as in MediaPipe's Face Landmarker; Kartynnik et al. 2019, arXiv:1907.06724,
        section 2, for tracking by the landmarks' own crop.
    """

    def __init__(self, model_path: Path | None = None, threads: int | None = None) -> None:
        threads = threads or min(2, os.cpu_count() or 1)
        bundle = load_landmarker_bundle(model_path)
        self._detector = FaceDetector(bundle.detector, threads)
        self._landmarks = TfliteModel(bundle.landmarks, threads, "face landmarks")
        # Too small a network to gain from a second thread.
        self._blendshapes = FaceBlendshapes(bundle.blendshapes, threads=1)
        self._reference = bundle.reference
        self._gaze = GazeTracker()
        self._crop: FaceCrop | None = None
        self._stage_ms: dict[str, float] = {}

    @property
    def stage_ms(self) -> dict[str, float]:
        """Milliseconds of the last picture per stage: detect, landmarks, blendshapes, pose."""
        return dict(self._stage_ms)

    def reset(self) -> None:
        """Forget the face: the next picture is unrelated to the last."""
        self._crop = None
        self._gaze.reset()

    def track(self, image: UInt8, time_s: float) -> TrackedFace | None:
        """Find the face in the next picture.

        Args:
            image: [H, W, 3] uint8 RGB.
            time_s: when it was taken; becomes the motion's time.

        Returns:
            The face, or None when there is none.

        Raises:
            ShapeError: the image is not [H, W, 3] uint8.
        """
        _expect_image(image)
        self._stage_ms = {}
        reading = self._follow(image) or self._acquire(image)
        if reading is None:
            self.reset()
            return None
        self._crop = FaceCrop.around_landmarks(reading.landmarks)
        return self._face(reading, image.shape[1], image.shape[0], time_s)

    def faces(self, image: UInt8) -> list[DetectedFace]:
        """All faces in a picture, large and small, largest first; for stills with several people.

        Raises:
            ShapeError: the image is not [H, W, 3] uint8.
        """
        _expect_image(image)
        return joined_faces(self._detector.detect(image), self._detector.detect_small(image))

    def read_face(self, image: UInt8, face: DetectedFace) -> TrackedFace | None:
        """What one of several faces does in a still picture; None when it is no face after all.

        The face that was followed is forgotten.

        Raises:
            ShapeError: the image is not [H, W, 3] uint8.
        """
        _expect_image(image)
        self.reset()
        self._stage_ms = {}
        reading = self._look_twice(image, face)
        if reading is None:
            return None
        found = self._face(reading, image.shape[1], image.shape[0], 0.0)
        self.reset()
        return found

    def _follow(self, image: UInt8) -> _Reading | None:
        """The face where the last picture had it."""
        crop = self._crop
        height, width = image.shape[:2]
        if crop is None or not (0 <= crop.centre_x_px < width and 0 <= crop.centre_y_px < height):
            return None
        return self._read(image, crop)

    def _acquire(self, image: UInt8) -> _Reading | None:
        """A face anywhere in the picture; smaller ones are looked for when there is no large."""
        self.reset()
        for detect in (self._detector.detect, self._detector.detect_small):
            start = time.perf_counter()
            candidates = detect(image)[:_MAX_CANDIDATES]
            self._note("detect", start)
            for face in candidates:
                reading = self._look_twice(image, face)
                if reading is not None:
                    return reading
        return None

    def _look_twice(self, image: UInt8, face: DetectedFace) -> _Reading | None:
        """Landmarks of a detected face, through the crop that tracking will use.

        So the first picture of a face agrees with the following ones.
        """
        right_eye, left_eye = face.keypoints[:2]
        crop = FaceCrop.around_box(face.box, right_eye, left_eye)
        first = self._read(image, crop, _MIN_FIRST_PRESENCE)
        if first is None:
            return None
        return self._read(image, FaceCrop.around_landmarks(first.landmarks))

    def _read(
        self, image: UInt8, crop: FaceCrop, min_presence: float = _MIN_PRESENCE
    ) -> _Reading | None:
        """Landmarks in a crop; None when it shows no face."""
        if crop.size_px < _MIN_CROP_PX:
            return None
        start = time.perf_counter()
        np.multiply(
            crop.sample(image, _CROP_PX), np.float32(1 / 255), out=self._landmarks.input()[0]
        )
        points, logit, _ = self._landmarks.run()
        self._note("landmarks", start)
        presence = float(1 / (1 + np.exp(-np.clip(logit.item(), -80, 80))))
        if presence < min_presence or not np.isfinite(points).all():
            return None
        upright = points.reshape(_LANDMARKS, 3)
        return _Reading(upright, crop.to_image(upright, _CROP_PX), presence)

    def _face(self, reading: _Reading, width_px: int, height_px: int, time_s: float) -> TrackedFace:
        landmarks = reading.landmarks
        start = time.perf_counter()
        weights = self._blendshapes.weights(reading.upright)
        self._note("blendshapes", start)
        start = time.perf_counter()
        pose = head_pose(landmarks, self._reference, width_px, height_px)
        blinks = float(weights[_BLINK_LEFT]), float(weights[_BLINK_RIGHT])
        gaze = self._gaze.update(landmarks, pose, *blinks)
        self._note("pose", start)
        motion = MotionFrame(
            time_s=time_s,
            weights=weights,
            head_rotation=axis_angle_from_matrix(pose.rotation),
            head_translation=pose.translation,
            gaze=gaze,
            confidence=reading.presence,
        )
        flat = landmarks[:, :2]
        return TrackedFace(
            motion, landmarks, np.concatenate([flat.min(0), flat.max(0)]), reading.presence
        )

    def _note(self, stage: str, start_s: float) -> None:
        spent_ms = 1000 * (time.perf_counter() - start_s)
        self._stage_ms[stage] = self._stage_ms.get(stage, 0.0) + spent_ms


def _expect_image(image: UInt8) -> None:
    expect_shapes(image=(image, "* * 3"))
    if image.dtype != np.uint8:
        raise ShapeError(f"image: expected uint8, got {image.dtype}")
    if 0 in image.shape:
        raise ShapeError(f"image: {image.shape[1]} x {image.shape[0]} pixels is empty")
