"""A real face drives the avatar: measured on both, and put side by side to be looked at.

The contact sheet lies in the test's temporary folder (`pytest --basetemp=FOLDER` keeps it).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.sources import open_source
from avatar_core.heads.landmarks import landmark_positions
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import build
from avatar_core.recording.film_take import take_from_film
from avatar_core.recording.offline import portrait_camera
from avatar_core.recording.performance import Direction, performed_from_film
from avatar_core.render.offscreen import OffscreenRenderer
from avatar_core.render.scene import SceneOptions

PICTURE_PX = 240


@dataclass
class Points:
    """The same places on both faces; left and right are the person's own."""

    right_eye: int
    left_eye: int
    right_lids: tuple[int, int]
    left_lids: tuple[int, int]
    lips: tuple[int, int]
    mouth_corners: tuple[int, int]
    nose: int


DRIVER = Points(33, 263, (159, 145), (386, 374), (13, 14), (61, 291), 1)
"""Vertices of the tracker's face mesh."""
AVATAR = Points(36, 45, (37, 41), (44, 46), (62, 66), (48, 54), 30)
"""The 68 landmarks of iBUG."""


class RememberingTracker(FaceTracker):
    """Keeps the landmarks, which come from another network than the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.landmarks: list[np.ndarray] = []

    def track(self, image, time_s):
        face = super().track(image, time_s)
        assert face is not None, "the driver's face was lost"
        self.landmarks.append(face.landmarks * [1, -1, 1])  # y up, as on the avatar
        return face


@dataclass
class Driven:
    film: str
    driver: np.ndarray
    avatar: np.ndarray
    performance: object
    asset: object


@pytest.fixture(scope="module")
def driven(shared_folder) -> Driven:
    """[T, L, 3] landmarks of the driver (pixels) and of the avatar (metres), x right, y up."""
    film = str(shared_folder / "data" / "driving" / "webcam_expressive.mp4")
    tracker = RememberingTracker()
    performance = performed_from_film(take_from_film(film, tracker), Direction())
    asset = load_demo_avatar()
    avatar = build(asset)
    topology = asset.head.topology
    posed = [
        landmark_positions(topology, avatar.evaluate(frame).vertices)
        for frame in performance.frames()
    ]
    return Driven(film, np.array(tracker.landmarks), np.array(posed), performance, asset)


def gap(landmarks: np.ndarray, pair: tuple[int, int], points: Points) -> np.ndarray:
    """Distance of two places in the picture, in distances of the outer corners of the eyes."""
    apart = landmarks[:, pair[0], :2] - landmarks[:, pair[1], :2]
    eyes = landmarks[:, points.right_eye] - landmarks[:, points.left_eye]
    return np.linalg.norm(apart, axis=1) / np.linalg.norm(eyes, axis=1)


def offset_x(landmarks: np.ndarray, places: tuple[int, ...], points: Points) -> np.ndarray:
    """How far right of the middle of the eyes places lie, in distances of the eyes."""
    right, left = landmarks[:, points.right_eye, 0], landmarks[:, points.left_eye, 0]
    return (landmarks[:, places, 0].mean(axis=1) - 0.5 * (right + left)) / (left - right)


def roll(landmarks: np.ndarray, points: Points) -> np.ndarray:
    across = landmarks[:, points.left_eye] - landmarks[:, points.right_eye]
    return np.arctan2(across[:, 1], across[:, 0])


MEASURES = {
    "the mouth opens": (lambda marks, points: gap(marks, points.lips, points), 0.6),
    "the right eye blinks": (lambda marks, points: gap(marks, points.right_lids, points), 0.8),
    "the left eye blinks": (lambda marks, points: gap(marks, points.left_lids, points), 0.8),
    "the head turns": (lambda marks, points: offset_x(marks, (points.nose,), points), 0.8),
    "the head leans": (roll, 0.8),
    "the mouth moves sideways": (
        lambda marks, points: offset_x(marks, points.mouth_corners, points),
        0.8,
    ),
}
"""Each is positive to the same side of the picture on both, so a mirrored avatar would give a
negative correlation. The bounds leave room for another face's proportions."""


@pytest.mark.parametrize("name", MEASURES)
def test_the_avatar_does_what_the_driver_does(driven, name):
    measure, least = MEASURES[name]

    correlation = np.corrcoef(measure(driven.driver, DRIVER), measure(driven.avatar, AVATAR))[0, 1]

    assert correlation > least


@pytest.mark.gl
def test_a_contact_sheet_shows_driver_and_avatar_side_by_side(driven, tmp_path):
    moments = telling_moments(driven.driver)
    drivers = pictures_of_film(driven.film, set(moments.values()))
    avatars = pictures_of_avatar(driven, set(moments.values()))

    cells = []
    for words, index in moments.items():
        cell = np.concatenate([drivers[index], avatars[index]], axis=1)
        cv2.putText(cell, f"{index} {words}", (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0))
        cells.append(cell)
    sheet = np.concatenate(
        [np.concatenate(cells[row : row + 2], axis=1) for row in range(0, len(cells), 2)]
    )
    assert cv2.imwrite(str(tmp_path / "contact_sheet.png"), sheet[..., ::-1])

    rest = avatars[moments["rest"]].astype(int)
    changed = {
        words: np.abs(avatars[index].astype(int) - rest).max(axis=2).mean()
        for words, index in moments.items()
        if words != "rest"
    }
    assert min(changed.values()) > 0.3, changed


def telling_moments(driver: np.ndarray) -> dict[str, int]:
    """The frames in which each movement of the driver is the strongest."""
    mouth = gap(driver, DRIVER.lips, DRIVER)
    lids = gap(driver, DRIVER.left_lids, DRIVER) + gap(driver, DRIVER.right_lids, DRIVER)
    turn = offset_x(driver, (DRIVER.nose,), DRIVER)
    side = offset_x(driver, DRIVER.mouth_corners, DRIVER)
    leaning = roll(driver, DRIVER)
    features = np.stack([mouth, lids, turn, side, leaning], axis=1)
    spread = np.abs(features - np.median(features, axis=0)) / features.std(axis=0)
    return {
        "rest": int(spread.max(axis=1).argmin()),
        "mouth open": int(mouth.argmax()),
        "eyes closed": int(lids.argmin()),
        "turned right": int(turn.argmax()),
        "turned left": int(turn.argmin()),
        "mouth right": int(side.argmax()),
        "mouth left": int(side.argmin()),
        "leaning": int(np.abs(leaning - np.median(leaning)).argmax()),
    }


def pictures_of_film(film: str, wanted: set[int]) -> dict[int, np.ndarray]:
    source = open_source(film, paced=False, loop=False)
    pictures = {}
    while not source.ended and len(pictures) < len(wanted):
        captured = source.read(1.0)
        if captured is not None and captured.index in wanted:
            height, width = captured.image.shape[:2]
            size = (round(width * PICTURE_PX / height), PICTURE_PX)
            pictures[captured.index] = cv2.resize(
                captured.image, size, interpolation=cv2.INTER_AREA
            )
    source.close()
    return pictures


def pictures_of_avatar(driven: Driven, wanted: set[int]) -> dict[int, np.ndarray]:
    avatar = build(driven.asset)
    camera = portrait_camera(driven.asset, PICTURE_PX, PICTURE_PX)
    renderer = OffscreenRenderer(PICTURE_PX, PICTURE_PX)
    scene = SceneOptions(show_grid=False)
    frames = {index: avatar.evaluate(driven.performance.frame(index)) for index in wanted}
    pictures = {
        index: renderer.render(driven.asset, frame, camera, scene)
        for index, frame in frames.items()
    }
    renderer.release()
    return pictures
