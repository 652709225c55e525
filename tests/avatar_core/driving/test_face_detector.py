"""Finding faces in whole pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.driving.face_detector import FaceDetector
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(load_landmarker_bundle().detector, 1)


def _with_faces(face: UInt8, *places: tuple[int, int, int]) -> UInt8:
    """A grey picture of 640 x 480 with the face's picture at (left, top, side)."""
    picture = np.full((480, 640, 3), 120, np.uint8)
    for left, top, side in places:
        small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        picture[top : top + side, left : left + side] = small
    return picture


def test_finds_the_face_and_its_eyes(detector: FaceDetector, astronaut: UInt8) -> None:
    (face,) = detector.detect(astronaut)
    assert face.score > 0.8
    # Read off the picture by eye; the detector is good to a tenth of the face.
    right_eye, left_eye, nose = face.keypoints[:3]
    np.testing.assert_allclose(right_eye, [203, 99], atol=9)
    np.testing.assert_allclose(left_eye, [247, 103], atol=9)
    np.testing.assert_allclose(nose, [224, 124], atol=9)


@pytest.mark.parametrize("shape", [(230, 460), (460, 230)])
def test_place_does_not_depend_on_the_picture_around(
    detector: FaceDetector, astronaut: UInt8, shape: tuple[int, int]
) -> None:
    picture = np.full((*shape, 3), 90, np.uint8)
    part = astronaut[40:240, 120:320]
    top, left = shape[0] - 210, shape[1] - 220
    picture[top : top + 200, left : left + 200] = part
    (face,) = detector.detect(picture)
    expected = np.array([178, 81, 272, 175]) + np.tile([left - 120, top - 40], 2)
    np.testing.assert_allclose(face.box, expected, atol=12)


def test_largest_face_comes_first(detector: FaceDetector, astronaut: UInt8) -> None:
    head = astronaut[20:220, 120:320]
    faces = detector.detect(_with_faces(head, (20, 30, 200), (260, 60, 340)))
    assert len(faces) == 2
    assert faces[0].box[0] > 250
    assert faces[1].box[2] < 230


def test_small_faces_are_found_in_parts(detector: FaceDetector, astronaut: UInt8) -> None:
    picture = _with_faces(astronaut, (430, 280, 190))
    assert detector.detect(picture) == []
    face = detector.detect_small(picture)[0]
    expected = np.array([178, 81, 272, 175]) * 190 / 512 + [430, 280, 430, 280]
    np.testing.assert_allclose(face.box, expected, atol=5)


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (2, 400), (400, 2), (480, 640)])
def test_nothing_is_found_where_there_is_nothing(
    detector: FaceDetector, shape: tuple[int, int]
) -> None:
    for picture in (
        np.zeros((*shape, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8),
    ):
        assert detector.detect(picture) == []
        assert detector.detect_small(picture) == []


class _Recorder:
    """Stands in for the network: keeps what it was shown, sees no face."""

    def __init__(self, *_: object) -> None:
        self.shown = np.full((1, 128, 128, 3), 9, np.float32)

    def input(self) -> np.ndarray:
        return self.shown

    def run(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((1, 896, 16), np.float32), np.full((1, 896, 1), -9, np.float32)


def test_the_network_sees_black_as_minus_one_and_white_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder = _Recorder()
    monkeypatch.setattr("avatar_core.driving.face_detector.TfliteModel", lambda *_: recorder)
    picture = np.full((100, 200, 3), 255, np.uint8)
    picture[:, 100:] = 0
    FaceDetector(b"", 1).detect(picture)
    shown = recorder.shown[0]
    np.testing.assert_allclose(shown[32:96, :60], 1, atol=1e-6)
    np.testing.assert_allclose(shown[32:96, 68:], -1, atol=1e-6)
    np.testing.assert_array_equal(shown[:32], -1)  # what surrounds the picture is black
    np.testing.assert_array_equal(shown[96:], -1)
