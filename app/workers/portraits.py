"""PortraitLoop: motion becomes portraits ready to be drawn."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.rate_meter import RateMeter
from app.workers.driver_frame import look_alike
from app.workers.driving import DrivenMotion
from app.workers.latest import Latest
from app.workers.loop import Loop, as_avatar_error
from avatar_core.motion import MotionFrame
from avatar_core.project import PortraitDriver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.workers.backends import OpenPerformer
    from app.workers.driver_crop import DriverCrop
    from app.workers.driver_frame import SeenDriver
    from avatar_core.emoportraits.performer import DriverPicture, Performer
    from avatar_core.errors import AvatarError
    from avatar_core.frame import PortraitFrame
    from avatar_core.project import Portrait, PortraitSettings

_ENOUGH_CORES = 4
"""With fewer, portraits leave half of their time to the avatar."""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitMoment:
    """What one portrait is at.

    Args:
        frame: its newest moment; None until there is one, and when its engine has failed.
        engine: what makes it move; empty while that is being opened.
        rate_fps: moments a second, lately.
        took_ms: milliseconds that the newest one took.
        problem: why it does not perform, or None.
    """

    frame: PortraitFrame | None = None
    engine: str = ""
    rate_fps: float = 0.0
    took_ms: float = 0.0
    problem: AvatarError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PortraitFrames:
    """All portraits in one moment.

    Args:
        moments: by id, in the order in which the portraits were given.
        driver: the picture that drives them; None without one.
        captured_s: as in `AvatarFrame`.
    """

    moments: Mapping[str, PortraitMoment] = field(default_factory=dict)
    driver: DriverPicture | None = None
    captured_s: float | None = None


class PortraitLoop(Loop):
    """Lets every portrait perform the newest motion; older ones are overtaken.

    All portraits show the same moment. An engine that fails is said once, and its portrait rests
    until it is given another picture or engine; the others go on.

    Args:
        frames: where the newest moments go.
        open_performer: makes a portrait's engine, on this thread: it may load models.
        report: hears errors.
        notice: hears one sentence when an engine has to make do with less.
    """

    def __init__(
        self,
        frames: Latest[PortraitFrames],
        open_performer: OpenPerformer,
        report: Callable[[AvatarError], None],
        notice: Callable[[str], None],
    ) -> None:
        super().__init__("The portraits", report)
        self.motions: Latest[DrivenMotion] = Latest(self.wake)
        self.newest = PortraitFrames()
        self._frames = frames
        self._open_performer = open_performer
        self._notice = notice
        self._wanted: Latest[list[_Seat]] = Latest(self.wake)
        self._seats: dict[str, _Seat] = {}
        self._driven = DrivenMotion(MotionFrame())
        self._crop: DriverCrop | None = None
        self._driver: DriverPicture | None = None
        self._generation = 0
        self._shares_cores = (os.cpu_count() or 1) < _ENOUGH_CORES

    def set_portraits(self, portraits: Sequence[tuple[str, Portrait, PortraitSettings]]) -> None:
        """Who performs from now on: id, picture and settings of each; nobody when empty."""
        self._wanted.put([_Seat(*each, self._generation) for each in portraits])

    def renew_engines(self) -> None:
        """Those who are set from now on get new engines: there may be better ones than before."""
        self._generation += 1
        self.renew()

    def step(self) -> None:
        """Wait for a motion or a change among the portraits; open one engine, or perform once."""
        self.rest()
        wanted = self._wanted.take()
        if wanted is not None:
            self._place(wanted)
        driven = self.motions.take()
        has_new_driver = driven is not None and self._noted_driver(driven)
        if wanted is not None:
            self._hand_over()  # so that newcomers are seen while their engines load
        changes = [self._opened_next()]
        started_s = time.perf_counter()
        changes += [self._performed(seat) for seat in self._seats.values()]
        if has_new_driver or any(changes):
            self._hand_over()
        if self._shares_cores:
            self._stopping.wait(time.perf_counter() - started_s)

    def close(self) -> None:
        self._seats.clear()

    def _place(self, wanted: list[_Seat]) -> None:
        """Take over those who stay with the engines they have."""
        self._seats = {
            seat.id: seat.continuing(self._seats[seat.id]) if seat.id in self._seats else seat
            for seat in wanted
        }

    def _noted_driver(self, driven: DrivenMotion) -> bool:
        """Whether a motion came with another picture of the driver than the one before."""
        is_new = driven.seen is not self._driven.seen
        self._driven = driven
        if is_new:
            self._driver = None if driven.seen is None else self._cropped(driven.seen)
        return is_new

    def _cropped(self, seen: SeenDriver) -> DriverPicture | None:
        if self._crop is None:
            from app.workers.driver_crop import DriverCrop

            self._crop = DriverCrop()
        return self._crop.picture(seen)

    def _opened_next(self) -> bool:
        """Whether there was an engine to be opened; comes back for the next one."""
        waiting = [seat for seat in self._seats.values() if seat.is_waiting]
        if not waiting:
            return False
        if len(waiting) > 1:
            self.wake.set()
        seat = waiting[0]
        try:
            seat.performer = self._open_performer(seat.portrait, seat.settings, self._notice)
        except Exception as error:  # noqa: BLE001 - the other portraits go on
            self._refuse(seat, error)
        return True

    def _performed(self, seat: _Seat) -> bool:
        """Whether a portrait has a new moment, or has failed to make one."""
        if seat.performer is None or not seat.is_due(self._driven, self._driver):
            return False
        started_s = time.perf_counter()
        try:
            seat.frame = seat.performer.perform(
                self._driven.motion, seat.settings, self._driver, self._driven.captured_s
            )
        except Exception as error:  # noqa: BLE001 - the other portraits go on
            self._refuse(seat, error)
            return True
        seat.note_performed(self._driven, self._driver, started_s)
        return True

    def _refuse(self, seat: _Seat, error: Exception) -> None:
        seat.performer = seat.frame = None
        seat.problem = as_avatar_error(error, f"The portrait {seat.portrait.name}")
        self._report(seat.problem)

    def _hand_over(self) -> None:
        self.newest = PortraitFrames(
            {name: seat.moment for name, seat in self._seats.items()},
            self._driver,
            self._driven.captured_s,
        )
        self._frames.put(self.newest)


class _Seat:
    """A portrait, its engine, and what it has shown last."""

    def __init__(
        self, portrait_id: str, portrait: Portrait, settings: PortraitSettings, generation: int
    ) -> None:
        self.id = portrait_id
        self.portrait = portrait
        self.settings = settings
        self.generation = generation
        self.performer: Performer | None = None
        self.frame: PortraitFrame | None = None
        self.problem: AvatarError | None = None
        self._rate = RateMeter()
        self._took_ms = 0.0
        self._shown: tuple[MotionFrame, PortraitSettings, DriverPicture | None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether its engine is still to be opened."""
        return self.performer is None and self.problem is None

    @property
    def moment(self) -> PortraitMoment:
        engine = "" if self.performer is None else self.performer.label
        return PortraitMoment(
            self.frame, engine, self._rate.per_second, self._took_ms, self.problem
        )

    def continuing(self, before: _Seat) -> _Seat:
        """The seat before with these settings; this one, empty, if it needs another engine."""
        is_same = (
            self.portrait.picture is before.portrait.picture
            and self.portrait.box == before.portrait.box
            and self.settings.engine is before.settings.engine
            and self.generation == before.generation
        )
        if not is_same:
            return self
        before.settings = self.settings
        return before

    def is_due(self, driven: DrivenMotion, driver: DriverPicture | None) -> bool:
        """Whether there is anything that it has not shown yet."""
        if self._shown is None:
            return True
        motion, settings, picture = self._shown
        if settings is not self.settings and settings != self.settings:
            return True
        if self.settings.follows is PortraitDriver.PICTURE and picture is not driver:
            return True
        return not look_alike(motion, driven.motion)

    def note_performed(
        self, driven: DrivenMotion, driver: DriverPicture | None, started_s: float
    ) -> None:
        self._shown = (driven.motion, self.settings, driver)
        self._took_ms = 1000 * (time.perf_counter() - started_s)
        self._rate.mark()
