"""Films fitted to FLAME, from faces whose movements are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.driving.face_tracker import TrackedFace
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.retarget.landmarks_68 import IBUG_68
from avatar_core.errors import AssetError, Cancelled
from avatar_core.heads.flame_points import FlamePoints
from avatar_core.io.images import image_to_png
from avatar_core.motion import MotionFrame
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_take import take_from_film
from avatar_core.recording.flame_film import flame_from_film
from avatar_core.recording.video_writer import VideoWriter

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads.flame import FlameHead

WIDTH, HEIGHT = 160, 128
PICTURES, CALM = 20, 8
LOWER_LIP = [IBUG_68[k] for k in (55, 56, 57, 58, 59, 65, 66, 67)]


class LipTracker:
    """A face that rests in the first pictures, then lowers its lip by a millimetre a picture.

    Its units know nothing of that, so only landmarks can tell.
    """

    def __init__(self, *lost: int) -> None:
        self._lost = lost
        self._face = np.zeros((478, 3))
        self._face[:468] = load_landmarker_bundle(None).reference.points

    def track(self, image: np.ndarray, time_s: float) -> TrackedFace | None:
        number = number_in(image)
        if number in self._lost:
            return None
        face = self._face.copy()
        face[LOWER_LIP, 1] -= 0.001 * max(0, number - CALM)
        weights = np.zeros(52, np.float32)
        weights[0] = 0.02 * max(0, number - CALM)  # what makes later pictures less calm
        motion = MotionFrame(
            time_s=time_s, weights=weights, head_translation=np.array([0, 0, -0.6], np.float32)
        )
        seen = photographed(face)
        return TrackedFace(motion, seen, np.zeros(4, np.float32), 1.0)


def photographed(face: np.ndarray) -> np.ndarray:
    """[478, 3] pixels of a face 60 cm in front of the camera that the tracker assumes."""
    focal = 0.9 * WIDTH
    depth = 0.6 - face[:, 2]
    x = focal * face[:, 0] / depth + WIDTH / 2
    y = HEIGHT / 2 - focal * face[:, 1] / depth
    return np.column_stack([x, y, focal * (depth / depth.mean() - 1)]).astype(np.float32)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("films") / "lips.mp4"
    pictures = MarkedPictures(WIDTH, HEIGHT)
    with VideoWriter(path, VideoSettings(WIDTH, HEIGHT, 25)) as writer:
        for index in range(PICTURES):
            writer.submit(pictures.picture(index), index / 25, wait=True)
    return str(path)


def lip_heights(head: FlameHead, film_fit) -> np.ndarray:
    """[T] height of the middle of the lower lip, metres."""
    points = FlamePoints.landmarks(head)
    poses = [film_fit.sequence.pose(index) for index in range(len(film_fit.sequence))]
    return np.array([points.places(pose)[66, 1] for pose in poses])


def test_landmarks_move_what_units_did_not_see(film: str, open_flame_head: FlameHead) -> None:
    found = flame_from_film(film, open_flame_head, tracker=LipTracker())
    assert len(found.sequence) == found.fitted == PICTURES
    np.testing.assert_allclose(found.sequence.times_s, np.arange(PICTURES) / 25, atol=1e-3)
    heights = lip_heights(open_flame_head, found)
    assert np.ptp(heights[: CALM + 1]) < 2e-4
    assert (np.diff(heights[CALM + 2 :]) < 0).all()
    lowered = heights[0] - heights[-1]
    assert 0.003 < lowered < 0.011  # of 11 mm, in a smaller face and by its share of trust
    assert found.error_m < 0.002


def test_lost_pictures_keep_what_the_mixer_makes_of_them(
    film: str, open_flame_head: FlameHead
) -> None:
    found = flame_from_film(film, open_flame_head, tracker=LipTracker(3, 15))
    assert found.fitted == PICTURES - 2
    assert len(found.sequence) == PICTURES
    assert np.isfinite(found.sequence.expression).all()


def test_a_still_is_one_pose(tmp_path: Path, open_flame_head: FlameHead) -> None:
    path = tmp_path / "still.png"
    path.write_bytes(image_to_png(MarkedPictures(WIDTH, HEIGHT).picture(2)))
    found = flame_from_film(str(path), open_flame_head, tracker=LipTracker())
    assert len(found.sequence) == 2
    np.testing.assert_allclose(*found.sequence.expression, atol=1e-3)


def test_heads_that_cannot_be_fitted_are_refused_in_words(
    film: str, open_flame_head: FlameHead, flame_head: FlameHead
) -> None:
    for head in (flame_head, replace(open_flame_head, arkit_to_expression=None)):
        with pytest.raises(AssetError, match="landmarks") as caught:
            flame_from_film(film, head, tracker=LipTracker())
        assert caught.value.hint


def test_it_can_be_stopped(film: str, open_flame_head: FlameHead) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        flame_from_film(film, open_flame_head, tracker=LipTracker(), progress=stop)


def test_every_picture_of_a_film_is_shown_with_its_face(film: str) -> None:
    shown = []
    take = take_from_film(
        film, LipTracker(4), seen=lambda picture, face: shown.append((picture.time_s, face))
    )
    assert [face is None for _, face in shown] == [index == 4 for index in range(PICTURES)]
    np.testing.assert_allclose([time_s for time_s, _ in shown], take.times_s, atol=1e-6)
