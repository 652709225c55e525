"""PortraitWall: which pictures hang in the portrait view, where, and what is written below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.viewport.portrait_tiles import GAP_PX, Tile, natural_aspect, tiles
from avatar_core.frame import PortraitFrame
from avatar_core.motion import MotionFrame
from avatar_core.project import PortraitBackground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.viewport.ports import PortraitFrames, PortraitMoment
    from avatar_core.emoportraits.performer import DriverPicture
    from avatar_core.project import Portrait, PortraitSettings

DRIVER = "driver"
"""Key of the driver's picture; those of portraits are their ids, which are longer."""

_REST_S = 1.0
_NO_DRIVER = np.full((3, 4, 3), 40, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class ShownPortrait:
    """A portrait in the view.

    Args:
        id: in the project.
        name: what the artist calls it.
        portrait: its picture, through its crop.
        settings: how it performs.
    """

    id: str
    name: str
    portrait: Portrait
    settings: PortraitSettings


@dataclass(frozen=True, slots=True)
class Caption:
    """What is written below a picture.

    Args:
        title: who it is.
        details: what may be said of it, the most important first.
        problem: why it does not perform, or empty.
    """

    title: str
    details: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Hung:
    """One picture in its place.

    Args:
        key: the portrait's id, or `DRIVER`.
        frame: what is seen.
        tile: where, in pixels of the wall.
    """

    key: str
    frame: PortraitFrame
    tile: Tile


class PortraitWall:
    """What is shown, as plain data: portraits, their newest moments, the driver.

    A portrait without a moment shows its still picture. The whole picture of the `cropped` one
    hangs alone; `shows_driver` hangs the driver before the others, `is_driver_alone` instead.
    """

    def __init__(self) -> None:
        self.shows_driver = False
        self.is_driver_alone = False
        self.cropped: str | None = None
        self._shown: dict[str, ShownPortrait] = {}
        self._stills: dict[str, _Stills] = {}
        self._frames: PortraitFrames | None = None
        self._taken_s = 0.0
        self._driver: tuple[DriverPicture, PortraitFrame] | None = None
        self._nobody = _still(_NO_DRIVER, (0.0, 0.0, 4.0, 3.0))

    @property
    def portraits(self) -> tuple[ShownPortrait, ...]:
        return tuple(self._shown.values())

    def show(self, portraits: Sequence[ShownPortrait]) -> None:
        """Hang these from now on, in this order."""
        before, self._stills = self._stills, {}
        for each in portraits:
            kept = before.get(each.id)
            is_same = kept is not None and kept.fits(each.portrait)
            self._stills[each.id] = kept if is_same and kept else _Stills(each.portrait)
        self._shown = {each.id: each for each in portraits}
        if self.cropped not in self._shown:
            self.cropped = None

    def take(self, frames: PortraitFrames, now_s: float) -> None:
        """Show these moments from now on."""
        self._frames, self._taken_s = frames, now_s

    def hung(self, width: int, height: int, *, is_filmed: bool = False) -> list[Hung]:
        """The pictures on a wall of that size, pixels; `is_filmed`: the portraits alone."""
        pictures = self._portraits() if is_filmed else self._pictures()
        aspects = [_aspect(frame) for frame in pictures.values()]
        places = tiles(aspects, width, height)
        return [
            Hung(key, frame, place.fitted(aspect))
            for (key, frame), place, aspect in zip(pictures.items(), places, aspects, strict=True)
        ]

    def natural_size(self, height: int, most_wide: int) -> tuple[int, int]:
        """Width and height of a wall of that height that portraits fill side by side.

        Both even; no wider than `most_wide`, where they leave room above and below.
        """
        count = max(len(self._shown), 1)
        aspect = natural_aspect([_aspect(frame) for frame in self._portraits().values()])
        width = min(round(height * aspect) + GAP_PX * (count - 1), most_wide)
        return width + width % 2, height + height % 2

    def still_size(self) -> tuple[int, int]:
        """Width and height at which no portrait is shown smaller than its pixels are."""
        frames = self._portraits().values()
        height = max((round(frame.shown[3]) for frame in frames), default=2)
        return self.natural_size(height, 1 << 14)

    def caption(self, key: str, now_s: float) -> Caption:
        """What is to be read below a picture."""
        if key == DRIVER:
            return Caption("Driver", () if self._driver_picture else ("No picture drives now",))
        shown = self._shown[key]
        if self.cropped == key:
            return Caption(shown.name, ("Drag the square about the head",))
        return _caption(shown.name, self._moment(key), is_at_rest=now_s - self._taken_s > _REST_S)

    def _pictures(self) -> dict[str, PortraitFrame]:
        if self.cropped is not None:
            return {self.cropped: self._stills[self.cropped].whole}
        if self.is_driver_alone:
            return {DRIVER: self._driver_frame()}
        before = {DRIVER: self._driver_frame()} if self.shows_driver else {}
        return before | self._portraits()

    def _portraits(self) -> dict[str, PortraitFrame]:
        moments = {key: self._moment(key) for key in self._shown}
        return {
            key: self._still(key) if moment is None or moment.frame is None else moment.frame
            for key, moment in moments.items()
        }

    def _moment(self, key: str) -> PortraitMoment | None:
        return None if self._frames is None else self._frames.moments.get(key)

    @property
    def _driver_picture(self) -> DriverPicture | None:
        return None if self._frames is None else self._frames.driver

    def _driver_frame(self) -> PortraitFrame:
        picture = self._driver_picture
        if picture is None:
            return self._nobody
        if self._driver is None or self._driver[0] is not picture:
            box = picture.box
            self._driver = picture, _still(picture.image, (box.x, box.y, box.side, box.side))
        return self._driver[1]

    def _still(self, key: str) -> PortraitFrame:
        is_whole = self._shown[key].settings.background is PortraitBackground.PICTURE
        return self._stills[key].whole if is_whole else self._stills[key].head


class _Stills:
    """A portrait at rest: its whole picture, and its head alone."""

    def __init__(self, portrait: Portrait) -> None:
        self._box = portrait.box
        self.whole = _still(
            portrait.picture, (0.0, 0.0, float(portrait.width_px), float(portrait.height_px))
        )
        self.head = _still(portrait.picture, (self._box.x, self._box.y, *2 * (self._box.side,)))

    def fits(self, portrait: Portrait) -> bool:
        return self.whole.ground is portrait.picture and self._box == portrait.box


def _caption(name: str, moment: PortraitMoment | None, *, is_at_rest: bool) -> Caption:
    if moment is None:
        return Caption(name, ("Getting ready …",))
    if moment.problem is not None:
        sentence = f"{moment.problem.message} {moment.problem.hint}".strip()
        return Caption(name, ("Does not perform",), sentence)
    if not moment.engine:
        return Caption(name, ("Getting ready …",))
    pace = "at rest" if is_at_rest else f"{moment.rate_fps:.0f} fps"
    return Caption(name, (moment.engine, pace, f"{moment.took_ms:.0f} ms"))


def _aspect(frame: PortraitFrame) -> float:
    return frame.shown[2] / frame.shown[3]


def _still(image: np.ndarray, shown: tuple[float, float, float, float]) -> PortraitFrame:
    height, width = image.shape[:2]
    return PortraitFrame(MotionFrame(), (width, height), shown, ground=image)
