from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.face_tracker import TrackedFace
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.errors import AssetError
from avatar_core.motion import MotionFrame
from avatar_core.training.portrait_batch import Sampling, draw_batch
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_videos import IBUG_OF_MESH, VideoReading, read_videos
from tests.avatar_core.driving.conftest import make_film as make_film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.project.portrait import CropBox

WIDTH, HEIGHT = 64, 48
READING = VideoReading(image_size=32, every=2, most_frames=3)


class StraightFace:
    """A tracker that always finds the reference face in the middle, 20 pixels wide."""

    def __init__(self, sees: bool = True) -> None:
        self._sees = sees

    def reset(self) -> None:
        pass

    def track(self, image: UInt8, time_s: float) -> TrackedFace | None:
        if not self._sees:
            return None
        points = load_landmarker_bundle().reference.points.astype(np.float32)
        points = np.concatenate([points, points[:10]])
        points = (points - points.mean(0)) * 20 / np.ptp(points[:, 0]) * [1, -1, -1]
        middle = np.array([WIDTH / 2, HEIGHT / 2, 0])
        points = (points + middle).astype(np.float32)
        box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])
        motion = MotionFrame.from_units(time_s, jawOpen=0.4)
        return TrackedFace(motion, points, box.astype(np.float32), 1.0)


class LeftHalf:
    """A matte that takes the left half for the person."""

    def of(self, image: UInt8, head: CropBox | None = None) -> Float32:
        matte = np.zeros(image.shape[:2], np.float32)
        matte[:, : image.shape[1] // 2] = 1
        return matte


def test_videos_become_people_that_the_trainer_reads(
    tmp_path: Path, make_film: Callable[..., Path]
) -> None:
    make_film("anna.mp4", frames=8)
    make_film("bert.mp4", frames=8)
    out = tmp_path / "set"
    assert read_videos(tmp_path, out, READING, StraightFace(), LeftHalf()) == 2
    people = People(out, "train", 32)
    assert people.names == ("anna", "bert")
    person = people.person("anna")
    assert len(person) == 3  # every second frame, three at most
    brightness = [int(image[16, 16, 0]) for image in person.images]
    assert brightness == pytest.approx([10, 30, 50], abs=4)
    assert person.masks[0, 16, 2] == 255
    assert person.masks[0, 16, 29] == 0
    assert person.weights[0].max() == pytest.approx(0.4)
    assert np.isnan(person.depth).all()
    batch = draw_batch(people, Sampling(people=2, drivers=1), (1,))
    assert batch.images.shape == (2, 2, 3, 32, 32)


def test_a_face_that_looks_ahead_has_a_pose_without_turn(
    tmp_path: Path, make_film: Callable[..., Path]
) -> None:
    make_film("anna.mp4", frames=8)
    read_videos(tmp_path, tmp_path / "set", READING, StraightFace(), LeftHalf())
    theta = People(tmp_path / "set", "train", 32).person("anna").theta[0]
    linear = theta[:3, :3] / np.cbrt(np.linalg.det(theta[:3, :3]))
    assert np.allclose(linear, np.eye(3), atol=0.02)


def test_folders_of_videos_are_one_person_each_and_read_once(
    tmp_path: Path, make_film: Callable[..., Path]
) -> None:
    (tmp_path / "carla").mkdir()
    for name in ("carla/first.mp4", "carla/second.mp4"):
        make_film(name, frames=3)
    out = tmp_path / "set"
    read_videos(tmp_path, out, READING, StraightFace(), LeftHalf())
    assert len(People(out, "train", 32).person("carla")) == 3
    written = (out / "carla" / "frames.npz").stat().st_mtime_ns
    read_videos(tmp_path, out, READING, StraightFace(), LeftHalf())
    assert (out / "carla" / "frames.npz").stat().st_mtime_ns == written


def test_videos_without_a_face_are_left_out(tmp_path: Path, make_film: Callable[..., Path]) -> None:
    make_film("nobody.mp4", frames=4)
    out = tmp_path / "set"
    assert read_videos(tmp_path, out, READING, StraightFace(sees=False), LeftHalf()) == 0


def test_no_videos_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no videos"):
        read_videos(tmp_path, tmp_path / "set", READING, StraightFace(), LeftHalf())


def test_every_tenth_person_is_kept_for_validation(
    tmp_path: Path, make_film: Callable[..., Path]
) -> None:
    for number in range(11):
        make_film(f"person{number:02}.mp4", frames=3)
    out = tmp_path / "set"
    read_videos(tmp_path, out, VideoReading(32, 1, 2), StraightFace(), LeftHalf())
    persons = json.loads((out / "people.json").read_text())["persons"]
    assert [p["name"] for p in persons if p["split"] == "val"] == ["person09"]


def test_the_landmarks_of_both_sides_are_mirror_images() -> None:
    from avatar_core.training.portrait_batch import _MIRRORED_LANDMARKS

    points = load_landmarker_bundle().reference.points[list(IBUG_OF_MESH)]
    mirrored = points[_MIRRORED_LANDMARKS] * [-1, 1, 1]
    assert np.abs(mirrored - points).max() < 0.004  # metres
