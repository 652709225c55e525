"""What each series of a capture records: expressions, cameras, with or without hair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthetic_capture.expressions import EXPRESSIONS, NATURAL, UNITS, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Series:
    """Every expression seen by every camera; `samples` of light for each pixel."""

    expressions: tuple[str, ...]
    cameras: tuple[int, ...]
    has_hair: bool
    samples: int


@dataclass(frozen=True)
class Frame:
    """One picture to be made."""

    series: str
    expression: str
    camera: int

    @property
    def timestep(self) -> int:
        """Number of the expression, the same in every series."""
        return list(EXPRESSIONS).index(self.expression)

    @property
    def has_hair(self) -> bool:
        """Whether the hair is shown; brows and lashes always are."""
        return SERIES[self.series].has_hair

    @property
    def files(self) -> dict[str, str]:
        """Paths of its four images below the identity's folder, by their key in the index."""
        stem = f"{self.series}/{{}}/{self.timestep:05d}_{self.camera:02d}"
        return {
            "file_path": stem.format("images") + ".webp",
            "fg_mask_path": stem.format("fg_masks") + ".png",
            "parsing_path": stem.format("parsing") + ".png",
            "depth_path": stem.format("depth") + ".png",
        }


_JOINT = ("smile_squint", "laugh", "surprise", "anger", "phoneme_oo", "blink", "gaze_left")
_FEW = (
    "smile_squint",
    "surprise",
    "anger",
    "blink",
    "jaw_open",
    "pucker",
    "upper_up",
    "lower_down",
    "gaze_left",
    "phoneme_ee",
    "brow_down",
)
_ALL_AROUND = tuple(range(24))
_FRONT = (0, 3, 4, 5, 6, 8, 14, 15)

SERIES = {
    "hair": Series(("neutral",), _ALL_AROUND, has_hair=True, samples=20),
    "test": Series(tuple(UNSEEN), (24, 25, 26), has_hair=True, samples=16),
    "face": Series(("neutral", *UNITS, *NATURAL), _FRONT, has_hair=False, samples=9),
    "full": Series(("neutral", *_JOINT), (0, 3, 4, 5, 8, 13), has_hair=True, samples=10),
    "hair_small": Series(("neutral",), _ALL_AROUND[:16], has_hair=True, samples=10),
    "face_small": Series(("neutral", *_FEW), (0, 3, 4, 5, 8, 14), has_hair=False, samples=12),
}


def frames_of(names: Iterable[str]) -> Iterator[Frame]:
    """The frames of some series, expression by expression."""
    for name in names:
        for expression in SERIES[name].expressions:
            for camera in SERIES[name].cameras:
                yield Frame(name, expression, camera)
