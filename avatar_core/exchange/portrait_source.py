"""From any picture of a person to a portrait: faces found, one chosen, cropped, read and matted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.face_tracker import FaceTracker, TrackedFace
from avatar_core.driving.matte import Matting, PersonMatte
from avatar_core.emoportraits.crop import head_crop
from avatar_core.errors import FaceNotFoundError
from avatar_core.io.source_picture import SourcePicture, read_source_picture
from avatar_core.project import CropBox, Portrait

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8

GOOD_FACE_PX = 64
"""Smaller faces have too few pixels to look well when they move."""

SMALLEST_FACE_PX = 32
"""Still smaller ones are refused."""

_MOST_FACES = 24
_SURE_SCORE = 0.75  # detector scores: upright faces 0.8 and more, upside down 0.6 to 0.7
_MUCH_BETTER = 0.1
_EYE_CORNER_RIGHT, _EYE_CORNER_LEFT = 33, 263
_TIGHTEST_CROP = 1.4
"""Of a crop that lies at an edge of the picture, in longer sides of the face."""

_HINT = (
    "Use a picture in which the face is seen from the front, well lit and at least"
    f" {GOOD_FACE_PX} pixels wide."
)


@dataclass(frozen=True, slots=True, eq=False)
class FaceChoice:
    """One face of a picture, for whoever picks among several.

    Args:
        box: [4] left, top, right, bottom, pixels of the picture.
        score: 0..1, how sure the detector is.
        tracked: what the face does.
    """

    box: Float32
    score: float
    tracked: TrackedFace

    @property
    def size_px(self) -> float:
        """Its width."""
        return float(self.box[2] - self.box[0])

    @property
    def roll_rad(self) -> float:
        """How far its eyes are from level, positive clockwise in the picture."""
        points = self.tracked.landmarks
        x, y = (points[_EYE_CORNER_LEFT] - points[_EYE_CORNER_RIGHT])[:2]
        return float(np.arctan2(y, x))

    @property
    def is_upright(self) -> bool:
        return abs(self.roll_rad) <= np.pi / 4


@dataclass(frozen=True, slots=True, eq=False)
class PortraitSource:
    """A picture with the faces in it.

    Args:
        name: of the picture, without its ending.
        picture: what was read, turned so that its largest face stands upright.
        faces: at least one, largest first.
    """

    name: str
    picture: SourcePicture
    faces: tuple[FaceChoice, ...]


class PortraitReader:
    """Makes portraits of pictures. Networks are read when first asked for; one thread at a time.

    Args:
        tracker: reads faces; one of its own when left out.
        matte: tells people from the background; a `PersonMatte` of its own when left out.
    """

    def __init__(self, tracker: FaceTracker | None = None, matte: Matting | None = None) -> None:
        self._tracker = tracker
        self._matte = matte

    def open(self, path: Path) -> PortraitSource:
        """Read a picture file and find the faces in it.

        Raises:
            AssetError: no picture, damaged or too large; see `read_source_picture`.
            FaceNotFoundError: nobody is in it.
            WeightsError: the tracker's model file is missing.
        """
        return self.look(read_source_picture(path), path.stem)

    def look(self, picture: SourcePicture, name: str) -> PortraitSource:
        """Find the faces in a picture; one that lies on its side or on its head is turned.

        Args:
            picture: what was read, or pasted.
            name: what to call it.

        Raises:
            FaceNotFoundError: nobody is in it.
            WeightsError: the tracker's model file is missing.
        """
        turn, faces = self._best_turn(picture.pixels)
        if not faces:
            raise FaceNotFoundError(f"No face was found in the picture {name!r:.60}.", _HINT)
        return PortraitSource(name, _turned(picture, turn) if turn else picture, faces)

    def portrait(self, source: PortraitSource, face: int = 0) -> Portrait:
        """The portrait of one face.

        Args:
            source: the picture.
            face: place of the face in `source.faces`.

        Raises:
            FaceNotFoundError: the face is too small to show anything.
            WeightsError: the matte's model file is missing.
        """
        choice, picture = source.faces[face], source.picture
        notices = [*picture.notices, *_size_notices(choice)]
        box, box_notices = _box(choice, picture.pixels)
        motion = choice.tracked.motion
        return Portrait(
            name=source.name,
            description=f"From the picture {source.name}.",
            picture=picture.pixels,
            box=box,
            landmarks=choice.tracked.landmarks.astype(np.float32),
            matte=self._matte_of(picture, box),
            weights=np.clip(motion.weights, 0, 1).astype(np.float32),
            head_rotation=motion.head_rotation.astype(np.float32),
            gaze=None if motion.gaze is None else motion.gaze.astype(np.float32),
            provenance={"picture": source.name, "notices": [*notices, *box_notices]},
        )

    def _matte_of(self, picture: SourcePicture, box: CropBox) -> UInt8:
        if picture.matte is not None:
            return picture.matte
        self._matte = self._matte or PersonMatte()
        return np.rint(255 * self._matte.of(picture.pixels, box)).astype(np.uint8)

    def _best_turn(self, pixels: UInt8) -> tuple[int, tuple[FaceChoice, ...]]:
        """Quarter turns counter-clockwise that set the largest face upright, and the faces then.

        The detector also takes faces for faces that lie on their side or, less sure of itself,
        stand on their head; so other turns are looked at unless it is sure.
        """
        best_turn, best = 0, self._faces(pixels)
        if best and best[0].is_upright and best[0].score >= _SURE_SCORE:
            return 0, best
        score = best[0].score + _MUCH_BETTER if best and best[0].is_upright else 0.0
        for turn in (1, 3, 2):
            faces = self._faces(np.ascontiguousarray(np.rot90(pixels, turn)))
            if faces and faces[0].is_upright and faces[0].score > score:
                best_turn, best, score = turn, faces, faces[0].score
        return best_turn, best

    def _faces(self, pixels: UInt8) -> tuple[FaceChoice, ...]:
        self._tracker = self._tracker or FaceTracker()
        choices = []
        for face in self._tracker.faces(pixels)[:_MOST_FACES]:
            tracked = self._tracker.read_face(pixels, face)
            if tracked is not None:
                choices.append(FaceChoice(face.box, face.score, tracked))
        return tuple(choices)


def _turned(picture: SourcePicture, turn: int) -> SourcePicture:
    matte = picture.matte
    way = {1: "It lay on its side", 2: "It stood on its head", 3: "It lay on its side"}[turn]
    return replace(
        picture,
        pixels=np.ascontiguousarray(np.rot90(picture.pixels, turn)),
        matte=None if matte is None else np.ascontiguousarray(np.rot90(matte, turn)),
        notices=(*picture.notices, f"{way} and was turned upright."),
    )


def _size_notices(choice: FaceChoice) -> list[str]:
    if choice.size_px < SMALLEST_FACE_PX:
        raise FaceNotFoundError(
            f"The face is only {choice.size_px:.0f} pixels wide, too small for a portrait.", _HINT
        )
    if choice.size_px < GOOD_FACE_PX:
        return [f"The face is only {choice.size_px:.0f} pixels wide, so it will look soft."]
    return []


def _box(choice: FaceChoice, pixels: UInt8) -> tuple[CropBox, list[str]]:
    """The head's crop; where the picture ends near it, moved inwards rather than cut tight."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = (float(edge) for edge in choice.box)
    longer = max(right - left, bottom - top)
    try:
        box = head_crop(choice.box, width, height)
    except FaceNotFoundError:
        box = None
    if box is not None and box.side >= _TIGHTEST_CROP * longer:
        return box, []
    side = (right - left) + (bottom - top)
    about = CropBox((left + right - side) / 2, (top + bottom - side) / 2, side)
    notice = "The face is close to the edge of the picture; check its crop."
    return about.inside(width, height), [notice]
