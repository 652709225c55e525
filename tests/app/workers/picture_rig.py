"""Picture drivers on stand-ins for cameras and films."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from app.workers import driver_loop
from app.workers.driver_loop import DriverEvents
from app.workers.latest import Latest
from app.workers.picture_driver import PictureDriver
from app.workers.playback import Transport
from avatar_core.errors import AssetError, AvatarError
from tests.app.workers.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar_core.driving.frame_source import CapturedImage


class Untracked:
    """In place of the tracking thread: keeps the newest picture."""

    def __init__(self) -> None:
        self.images: Latest[CapturedImage] = Latest()
        self.has_failed = False

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...

    def join(self, timeout_s: float) -> bool:
        return True


class Rig:
    """Picture drivers on fake sources."""

    def __init__(self, fake: Any) -> None:
        self.sources: dict[str, Any] = {}
        self.errors: list[AvatarError] = []
        self.notices: list[str] = []
        self.tracker = fake.Tracker()
        self.drivers: list[PictureDriver] = []
        self.starts_s = -1.0
        self.clock: Callable[[], float] = time.perf_counter

    def open(self, uri: str, *, tracked: bool = False) -> PictureDriver:
        events = DriverEvents(lambda: None, lambda: None, self.errors.append, self.notices.append)
        driver = PictureDriver(uri, events, self._open, lambda: self.tracker, self._transport)
        if not tracked:
            driver._tracking = Untracked()  # type: ignore[assignment]
        self.drivers.append(driver)
        driver.start()
        return driver

    @property
    def images(self) -> Latest[CapturedImage]:
        return self.drivers[-1]._tracking.images

    def next(self, timeout_s: float = 10.0) -> CapturedImage:
        image = self.images.wait(timeout_s)
        assert image is not None, "no picture came"
        return image

    def until(self, condition: Callable[[], object]) -> None:
        until(condition, lambda: (self._seen(), self.errors, self.notices))

    def _seen(self) -> list[tuple[str, str, int]]:
        states = [driver.state for driver in self.drivers]
        dropped = [driver.dropped for driver in self.drivers]
        return [(each.state, each.words, n) for each, n in zip(states, dropped, strict=True)]

    def _open(self, uri: str) -> Any:
        if uri not in self.sources:
            raise AssetError(f"There is no file {uri}.", "Choose another.")
        return self.sources[uri]() if callable(self.sources[uri]) else self.sources[uri]

    def _transport(self, source: Any, starts_s: float) -> Transport:
        self.starts_s = starts_s
        return Transport(source.duration_s, is_looping=True, clock=self.clock)


@pytest.fixture
def rig(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(driver_loop, "_FIRST_RETRY_S", 0.05)
    made = Rig(fake)
    yield made
    for driver in made.drivers:
        driver.stop()
    assert all(driver.join(2.0) for driver in made.drivers)


def brightness_of(image: CapturedImage) -> int:
    return int(image.image[0, 0, 0])
