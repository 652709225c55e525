"""Videos of people as a data set for the portrait trainer: tracked, cropped, masked.

What the renderer of synthetic people knows, the face tracker guesses: weights, gaze, landmarks and
the pose that follows from them. Depth and flow stay unknown (NaN), and the trainer asks nothing
about them.

Source:
    Crops, masks and poses from landmarks as in EMOPortraits, arXiv:2404.19110, and its released
    code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.sources import open_source
from avatar_core.emoportraits.alignment import canonical_points, image_space, theta_from_landmarks
from avatar_core.emoportraits.crop import SteadyCrop, cropped, head_crop
from avatar_core.errors import AssetError, FaceNotFoundError
from avatar_core.io.arrays import arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.training.portrait_data import FRAMES, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar_core.driving.face_tracker import TrackedFace
    from avatar_core.driving.matte import Matting
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import AnyArray

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi")

IBUG_OF_MESH = (
    127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356,
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,
    168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
"""The 68 iBUG points among the 478 landmarks of the face tracker, as near as its mesh has them."""

_OUTER_CORNERS = (263, 33)
_LEAST_FRAMES = 2
_VALIDATION = 10
_READ_S = 10.0


class Tracking(Protocol):
    """What follows a face, see `FaceTracker`."""

    def reset(self) -> None: ...

    def track(self, image: UInt8, time_s: float) -> TrackedFace | None: ...


@dataclass(frozen=True, slots=True)
class VideoReading:
    """How videos are read.

    Args:
        image_size: side of the pictures that are kept.
        every: takes every so-manieth frame.
        most_frames: of a person.
    """

    image_size: int = 512
    every: int = 5
    most_frames: int = 200


def read_videos(
    folder: Path,
    out: Path,
    reading: VideoReading,
    tracker: Tracking,
    matte: Matting,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Turn a folder of videos into a data set of people; persons that are there already stay.

    Args:
        folder: a video a person, or a folder of videos a person.
        out: of the data set; every tenth person is for validation.
        reading: size and number of the pictures.
        tracker: follows the face.
        matte: tells the person from the background.
        progress: called with (done, planned) persons.

    Returns:
        How many persons the set holds.

    Raises:
        AssetError: there are no videos, or the set cannot be written.
    """
    persons = sorted(_videos_of(folder).items())
    if not persons:
        raise AssetError(f"There are no videos in '{folder}'.", "One video a person, or a folder.")
    out.mkdir(parents=True, exist_ok=True)
    kept: list[dict[str, str]] = []
    for index, (name, videos) in enumerate(persons):
        path = out / name / FRAMES
        if path.is_file() or _write_person(path, videos, reading, tracker, matte):
            split = "val" if len(kept) % _VALIDATION == _VALIDATION - 1 else "train"
            kept.append({"name": name, "split": split})
            _write_index(out, kept, reading)
        if progress is not None:
            progress(index + 1, len(persons))
    return len(kept)


def _videos_of(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in VIDEO_SUFFIXES:
            name = path.stem if path.parent == folder else path.relative_to(folder).parts[0]
            found.setdefault(name, []).append(path)
    return found


def _write_person(
    path: Path, videos: list[Path], reading: VideoReading, tracker: Tracking, matte: Matting
) -> bool:
    """Write a person's frames; False where too few show a face."""
    frames: list[dict[str, AnyArray]] = []
    for video in videos:
        for frame in _frames_of(video, reading, tracker, matte):
            frames.append(frame)
            if len(frames) == reading.most_frames:
                break
    if len(frames) < _LEAST_FRAMES:
        return False
    arrays = {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}
    path.parent.mkdir(exist_ok=True)
    with atomic_write(path) as file:
        file.write(arrays_to_npz(arrays))
    return True


def _frames_of(
    video: Path, reading: VideoReading, tracker: Tracking, matte: Matting
) -> Iterator[dict[str, AnyArray]]:
    reference = load_landmarker_bundle().reference.points
    canonical = canonical_points(reference, reference[list(_OUTER_CORNERS)])
    source = open_source(str(video), paced=False, loop=False)
    tracker.reset()
    crop = SteadyCrop()
    number = 0
    try:
        while not source.ended:
            taken = source.read(_READ_S)
            if taken is None:
                continue
            number += 1
            if (number - 1) % reading.every:
                continue
            face = tracker.track(taken.image, taken.time_s)
            if face is None:
                continue
            height, width = taken.image.shape[:2]
            crop = crop.followed(head_crop(face.box, width, height))
            frame = _frame(taken.image, face, crop, canonical, reading, matte)
            if frame is not None:
                yield frame
    finally:
        source.close()


def _frame(
    image: UInt8,
    face: TrackedFace,
    crop: SteadyCrop,
    canonical: Float32,
    reading: VideoReading,
    matte: Matting,
) -> dict[str, AnyArray] | None:
    box, size = crop.box, reading.image_size
    assert box is not None
    points = image_space(face.landmarks, box)
    try:
        theta = theta_from_landmarks(points, canonical)
    except FaceNotFoundError:
        return None
    mask = np.rint(255 * matte.of(image, box)).astype(np.uint8)
    grid = size // 2
    gaze = face.motion.gaze
    return {
        "images": cropped(image, box, size),
        "masks": cropped(mask, box, size),
        "weights": np.clip(face.motion.weights, 0, 1).astype(np.float32),
        "head_rotation": face.motion.head_rotation.astype(np.float32),
        "gaze": np.zeros((2, 2), np.float32) if gaze is None else gaze.astype(np.float32),
        "theta": theta.astype(np.float32),
        "landmarks": points[list(IBUG_OF_MESH)].astype(np.float32),
        "depth": np.full((grid, grid), np.nan, np.float16),
        "neutral": np.full((grid, grid, 3), np.nan, np.float16),
    }


def _write_index(out: Path, persons: list[dict[str, str]], reading: VideoReading) -> None:
    content = {
        "format": "avatar-studio people of videos",
        "version": 1,
        "image_size": reading.image_size,
        "persons": persons,
    }
    with atomic_write(out / INDEX) as file:
        file.write(json.dumps(content, indent=1).encode())
