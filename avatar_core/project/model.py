"""The document: plain data, changed only by commands, saved by `io.project_file`.

`Project` is the one thing that changes; all it holds are frozen values, replaced as a whole. So a
value handed to another thread stays what it was, and a copy of the document costs next to nothing.
Where the camera stands now, docks and playback position are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.motion import UNIT_INDEX, MixerSettings, MotionFrame
from avatar_core.motion.shares import SLIDERS as SLIDERS
from avatar_core.project.hair_edits import HairEdits
from avatar_core.project.paint import Painting

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.motion import Take
    from avatar_core.project.portrait import ProjectPortrait

DEMO_AVATAR = "demo:rosa"
"""Reference of the avatar that new projects have."""

MOST_PIXELS = 65_536
"""The longest side of a picture."""

HIGHEST_FPS = 100_000.0

_FARTHEST_M = 100.0
_BUNDLED_SCHEME = "demo:"
_TAKE_SCHEME = "take:"


class Part(StrEnum):
    """The parts of a project a view may show; a `Change` names those it touched."""

    PROJECT = "project"
    """Its name."""
    AVATAR = "avatar"
    HAIR = "hair"
    """What was done to the hair: layers, and what is hidden or locked."""
    EXPRESSION = "expression"
    MIXER = "mixer"
    DRIVING = "driving"
    TAKES = "takes"
    CLIPS = "clips"
    SCENE = "scene"
    BOOKMARKS = "bookmarks"
    SELECTION = "selection"
    """Which Gaussians are selected."""
    PAINT = "paint"
    """What was painted on the face: layers, and what of them is baked."""
    PORTRAITS = "portraits"
    """Which portraits perform, and how."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit touched. No parts: only the history itself or its clean mark moved."""

    parts: frozenset[Part]

    @classmethod
    def of(cls, *parts: Part) -> Change:
        return cls(frozenset(parts))

    def __or__(self, other: Change) -> Change:
        return Change(self.parts | other.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """The sliders: a pose held under, or instead of, what drives the avatar.

    Args:
        weights: [52] 0..1 in ARKit packet order.
        head_rotation: [3] axis-angle, radians, axes as in `MotionFrame`.
        head_translation: [3] metres.
        gaze: [2] (yaw, pitch) radians, for both eyes.

    Raises:
        ShapeError: an array does not have the shape above.
        ValueError: a weight is not 0..1, a number is not finite, or not float32.
    """

    weights: Float32 = field(default_factory=lambda: np.zeros(52, np.float32))
    head_rotation: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    head_translation: Float32 = field(default_factory=lambda: np.zeros(3, np.float32))
    gaze: Float32 = field(default_factory=lambda: np.zeros(2, np.float32))

    def __post_init__(self) -> None:
        expect_shapes(
            weights=(self.weights, "52"),
            head_rotation=(self.head_rotation, "3"),
            head_translation=(self.head_translation, "3"),
            gaze=(self.gaze, "2"),
        )
        # Comparisons with NaN are false, so this refuses NaN too.
        if not ((self.weights >= 0) & (self.weights <= 1)).all():
            raise ValueError("weights: expected 0..1")
        for array in (self.weights, self.head_rotation, self.head_translation, self.gaze):
            if array.dtype != np.float32 or not np.isfinite(array).all():
                raise ValueError("expression: expected finite float32 numbers")

    def weight(self, unit: str) -> float:
        return float(self.weights[UNIT_INDEX[unit]])

    def with_weight(self, unit: str, value: float) -> Expression:
        """The same pose with one unit at another value."""
        weights = self.weights.copy()
        weights[UNIT_INDEX[unit]] = value
        return replace(self, weights=weights)

    def motion(self, time_s: float = 0.0) -> MotionFrame:
        """The pose as a frame for the mixer.

        Gaze at rest is left out, so that the eyeLook sliders have their say.
        """
        return MotionFrame(
            time_s=time_s,
            weights=self.weights,
            head_rotation=self.head_rotation,
            head_translation=self.head_translation,
            gaze=np.stack([self.gaze, self.gaze]) if self.gaze.any() else None,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """How the avatar is shown: background colour (sRGB 0..1) and what is drawn.

    `background_image` is the absolute path of a picture in place of the colour; empty for none.

    Raises:
        ValueError: the background is no colour.
    """

    background: tuple[float, float, float] = (0.46, 0.46, 0.46)
    show_grid: bool = True
    show_hair: bool = True
    background_image: str = ""

    def __post_init__(self) -> None:
        if len(self.background) != 3 or not all(0 <= value <= 1 for value in self.background):
            raise ValueError(f"background: expected three numbers 0..1, got {self.background}")


@dataclass(frozen=True, slots=True)
class Clip:
    """A recorded film.

    Args:
        path: the file, absolute.
        take_id: the take it shows; that take may have been removed since.
        width_px: width of the picture.
        height_px: height of the picture.
        fps: frames per second.

    Raises:
        ValueError: no picture has such a size or rate.
    """

    path: str
    take_id: str
    width_px: int
    height_px: int
    fps: float

    def __post_init__(self) -> None:
        if not (0 < self.width_px <= MOST_PIXELS and 0 < self.height_px <= MOST_PIXELS):
            raise ValueError(f"clip: impossible size {self.width_px} x {self.height_px}")
        if not 0 < self.fps <= HIGHEST_FPS:
            raise ValueError(f"clip: impossible rate {self.fps}")
        # A whole number would come back from a file as another kind of one.
        object.__setattr__(self, "fps", float(self.fps))


@dataclass(frozen=True, slots=True)
class CameraBookmark:
    """A view to come back to: a camera that looks at a target.

    Args:
        name: what the artist calls it.
        target: x, y and z in the world, metres.
        yaw_rad: how far the camera walked round to the person's left; 0 is in front.
        pitch_rad: how far it climbed.
        distance_m: from the camera to the target.
        fov_y_rad: vertical field of view.

    Raises:
        ValueError: no camera looks like that.
    """

    name: str
    target: tuple[float, float, float]
    yaw_rad: float
    pitch_rad: float
    distance_m: float
    fov_y_rad: float

    def __post_init__(self) -> None:
        # Comparisons with NaN are false, so this refuses NaN too.
        if len(self.target) != 3 or not all(abs(each) <= _FARTHEST_M for each in self.target):
            raise ValueError(f"target: expected three lengths, got {self.target}")
        if not all(abs(each) <= 2 * np.pi for each in (self.yaw_rad, self.pitch_rad)):
            raise ValueError(f"expected angles of a turn, got {self.yaw_rad}, {self.pitch_rad}")
        if not 0 < self.distance_m <= _FARTHEST_M:
            raise ValueError(f"distance_m: expected 0..{_FARTHEST_M:g}, got {self.distance_m}")
        if not 0 < self.fov_y_rad < np.pi:
            raise ValueError(f"fov_y_rad: expected 0..pi, got {self.fov_y_rad}")


@dataclass(slots=True, eq=False)
class Project:
    """Everything an artist's work consists of. `project.digest` compares two of them.

    Args:
        name: what the artist calls it.
        avatar: `demo:NAME` or the absolute path of an `.avatar` file.
        avatar_sha256: hash of that file when it was chosen; empty for a bundled avatar.
        hair: the hairstyle that the avatar wears: empty for its own, `demo:NAME` or the absolute
            path of a `.hair` file.
        hair_sha256: hash of that file when it was chosen; empty like `avatar_sha256`.
        hair_edits: what was done to that hair.
        painting: what was painted on the face.
        expression: the sliders.
        mixer: the mixer's controls.
        source: URI of the main driver: `SLIDERS`, `camera:N`, `file:PATH`, `take:ID` and others
            that `DriverAddress` knows.
        drivers: URIs of those that listen beside it, in the order of the list.
        takes: recorded performances by id, in the order of the library.
        active_take: id of the take in the timeline, or None.
        clips: recorded films by id, in the order of the library.
        scene: how the avatar is shown.
        bookmarks: views to come back to by id, in the order of the menu.
        portraits: portraits that perform beside the avatar by id, in the order of the view.
    """

    name: str = "Untitled"
    avatar: str = DEMO_AVATAR
    avatar_sha256: str = ""
    hair: str = ""
    hair_sha256: str = ""
    hair_edits: HairEdits = field(default_factory=HairEdits)
    painting: Painting = field(default_factory=Painting)
    expression: Expression = field(default_factory=Expression)
    mixer: MixerSettings = field(default_factory=MixerSettings)
    source: str = SLIDERS
    drivers: tuple[str, ...] = ()
    takes: dict[str, Take] = field(default_factory=dict)
    active_take: str | None = None
    clips: dict[str, Clip] = field(default_factory=dict)
    scene: Scene = field(default_factory=Scene)
    bookmarks: dict[str, CameraBookmark] = field(default_factory=dict)
    portraits: dict[str, ProjectPortrait] = field(default_factory=dict)

    def copy(self) -> Project:
        """A copy that later edits leave alone; cheap, because the values in it are shared."""
        return replace(
            self,
            takes=dict(self.takes),
            clips=dict(self.clips),
            bookmarks=dict(self.bookmarks),
            portraits=dict(self.portraits),
        )

    def restore(self, earlier: Project) -> None:
        """Become equal to an earlier `copy`."""
        again = earlier.copy()
        for each in fields(self):
            setattr(self, each.name, getattr(again, each.name))

    @property
    def source_take(self) -> Take | None:
        """The take that drives the avatar, or None when something else does."""
        return self.takes.get(self.source.removeprefix(_TAKE_SCHEME)) if self._by_take else None

    @property
    def _by_take(self) -> bool:
        return self.source.startswith(_TAKE_SCHEME)


def is_bundled(reference: str) -> bool:
    """Whether a reference names something that ships with the studio; others are paths."""
    return reference.startswith(_BUNDLED_SCHEME)


def take_source(take_id: str) -> str:
    """The source that plays a take of the project."""
    return f"{_TAKE_SCHEME}{take_id}"
