from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from app.workers import driver_loop
from app.workers.driver_frame import DriverFrame
from app.workers.driver_loop import DriverEvents
from app.workers.latest import Latest
from app.workers.picture_driver import PictureDriver
from app.workers.playback import Transport
from avatar_core.errors import AssetError, AvatarError, DeviceError, WeightsError
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
        return Transport(source.duration_s, is_looping=True)


@pytest.fixture
def rig(fake: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(driver_loop, "_FIRST_RETRY_S", 0.05)
    made = Rig(fake)
    yield made
    for driver in made.drivers:
        driver.stop()
    assert all(driver.join(2.0) for driver in made.drivers)


def _brightness(image: CapturedImage) -> int:
    return int(image.image[0, 0, 0])


def test_hands_on_the_pictures_of_a_camera(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source([10, 20, 30])
    rig.open("camera")
    assert [_brightness(rig.next()) for _ in range(3)] == [10, 20, 30]
    assert rig.drivers[0].transport is None


def test_gives_the_source_back_when_it_stops(rig: Rig, fake: Any) -> None:
    source = fake.Source([10] * 1000)
    rig.sources["camera"] = source
    driver = rig.open("camera")
    assert _brightness(rig.next()) == 10
    driver.stop()
    assert driver.join(1.0)
    assert source.is_closed
    assert driver.state.state == "off"


def test_a_missing_file_is_said_once_and_opened_when_it_is_there(rig: Rig, fake: Any) -> None:
    driver = rig.open("film")
    rig.until(lambda: rig.errors)
    time.sleep(0.3)  # tried again meanwhile
    assert [error.message for error in rig.errors] == ["There is no file film."]
    assert driver.state.state == "failed"
    assert driver.state.words == "There is no file film."
    rig.sources["film"] = fake.Source([10])
    assert _brightness(rig.next()) == 10


def test_one_that_is_asked_for_again_says_again_why_it_does_not_open(rig: Rig) -> None:
    driver = rig.open("film")
    rig.until(lambda: len(rig.errors) == 1)
    time.sleep(0.3)  # tried again meanwhile, and said no more
    driver.retry()
    rig.until(lambda: len(rig.errors) == 2)
    assert [error.message for error in rig.errors] == ["There is no file film."] * 2
    assert [error.hint for error in rig.errors] == ["Choose another."] * 2
    assert (driver.state.state, driver.state.words) == ("failed", "There is no file film.")
    assert rig.notices == []


def test_an_unplugged_camera_comes_back_by_itself(rig: Rig, fake: Any) -> None:
    gone = DeviceError("Camera 0 no longer gives pictures.", "Check its cable.")
    missing = DeviceError("There is no camera 0.", "Connect one.")
    first = fake.Source([10] * 10, error=gone)
    rig.sources["camera:0"] = first
    driver = rig.open("camera:0", tracked=True)
    rig.until(lambda: driver.state.state == "live")

    def unplugged() -> Any:
        raise missing

    rig.sources["camera:0"] = unplugged
    rig.until(lambda: driver.state.state == "lost")
    assert first.is_closed
    assert driver.newest is None
    assert not driver.is_open
    rig.until(lambda: driver.state.words == missing.message)
    assert rig.errors == [gone]  # once, however often it is tried
    assert rig.notices == []
    rig.sources["camera:0"] = fake.Source([20] * 1000)
    rig.until(lambda: driver.state.state == "live")
    assert rig.notices == ["Camera 0 is back."]
    assert driver.newest is not None
    assert driver.newest.motion.weight("jawOpen") == pytest.approx(20 / 255)


def test_every_outage_is_said(rig: Rig, fake: Any) -> None:
    gone = DeviceError("Camera 0 no longer gives pictures.", "Check its cable.")
    rig.sources["camera:0"] = lambda: fake.Source([10] * 3, error=gone)
    rig.open("camera:0", tracked=True)
    rig.until(lambda: len(rig.notices) >= 2)
    assert len(rig.errors) >= 2


def test_waits_longer_from_try_to_try(rig: Rig) -> None:
    tries: list[float] = []

    def missing() -> Any:
        tries.append(time.perf_counter())
        raise DeviceError("There is no camera 0.", "Connect one.")

    rig.sources["camera:0"] = missing
    rig.open("camera:0")
    rig.until(lambda: len(tries) == 5)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps[3] > 4 * 0.05
    assert gaps[3] > gaps[1] > 0.05


def test_a_fault_in_a_source_does_not_end_the_thread(rig: Rig, fake: Any) -> None:
    rig.sources["film"] = fake.Source([], error=RuntimeError("decoder"))
    rig.open("film")
    rig.until(lambda: rig.errors)
    assert "RuntimeError" in rig.errors[0].message
    rig.sources["film"] = fake.Source([10])
    assert _brightness(rig.next()) == 10


def test_pictures_are_tracked_and_lost_faces_told(rig: Rig, fake: Any) -> None:
    rig.sources["camera:0"] = fake.Source([255] * 10 + [0] * 1000)
    driver = rig.open("camera:0", tracked=True)
    rig.until(lambda: driver.state.state == "live")
    frame = driver.newest
    assert isinstance(frame, DriverFrame)
    assert set(frame.stage_ms) == {"capture", "track"}
    rig.until(lambda: driver.state.state == "silent")
    assert driver.state.words == "No face is in the picture."
    assert driver.newest is not None
    assert driver.newest.motion.confidence == 0
    assert driver.state.fps > 5
    assert driver.state.age_ms is not None
    assert driver.recent_motion(60.0)[0].weight("jawOpen") == 1.0


def test_a_tracker_that_fails_is_said_once_and_tried_when_asked(rig: Rig, fake: Any) -> None:
    error = WeightsError("The face model is damaged.", "Reinstall.")
    rig.tracker = fake.Tracker(error)
    rig.sources["camera:0"] = fake.Source([102] * 1000)
    driver = rig.open("camera:0", tracked=True)
    rig.until(lambda: rig.errors)
    time.sleep(0.15)
    assert rig.errors == [error]
    assert (driver.state.state, driver.state.words) == ("failed", "The face model is damaged.")
    rig.tracker = fake.Tracker()
    driver.retry()
    rig.until(lambda: driver.state.state == "live")


def test_a_tracker_that_fails_while_it_follows_a_face_lets_go_of_it(rig: Rig, fake: Any) -> None:
    rig.sources["camera:0"] = fake.Source([102] * 10_000)
    driver = rig.open("camera:0", tracked=True)
    rig.until(lambda: driver.state.state == "live")
    rig.tracker._error = WeightsError("The face model is damaged.", "Reinstall.")
    rig.until(lambda: driver.state.state == "failed")
    assert driver.newest is None
    assert driver.recent_motion(60.0) == []
    rig.tracker = fake.Tracker()
    driver.retry()
    rig.until(lambda: driver.newest is not None)
    assert driver.state.state == "live"


def test_a_camera_that_goes_while_its_last_picture_is_tracked_is_lost(
    rig: Rig, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_loop, "_FIRST_RETRY_S", 60.0)
    source = fake.Source([102] * 10_000)
    rig.sources["camera:0"] = source
    driver = rig.open("camera:0", tracked=True)
    rig.until(lambda: driver.state.state == "live")
    is_giving, is_over = threading.Event(), threading.Event()

    def give_slowly() -> None:
        is_giving.set()
        is_over.wait(0.3)

    monkeypatch.setattr(driver.rate, "mark", give_slowly)
    assert is_giving.wait(10.0)
    del rig.sources["camera:0"]
    source.unplug(DeviceError("Camera 0 no longer gives pictures.", "Check its cable."))
    rig.until(lambda: rig.errors)
    is_over.set()
    time.sleep(0.1)
    assert driver.state.state == "lost"
    assert driver.newest is None
    assert driver.recent_motion(60.0) == []


def test_a_film_keeps_its_own_pace_and_begins_again(rig: Rig, fake: Any) -> None:
    rig.sources["film"] = fake.Source([10, 20, 30, 40], fps=20.0, is_film=True)
    rig.open("film")
    seen = [rig.next() for _ in range(8)]
    assert [_brightness(image) for image in seen] == [10, 20, 30, 40] * 2
    assert [image.looped for image in seen] == [0] * 4 + [1] * 4
    gaps = [later.captured_s - earlier.captured_s for earlier, later in pairwise(seen)]
    # Seven gaps of 50 ms; a busy machine may be late with one, not early with all.
    assert sum(gaps) >= 0.3


def test_the_sound_of_a_film_begins_with_its_first_picture(rig: Rig, fake: Any) -> None:
    film = fake.Source([10] * 100, fps=50.0, is_film=True)
    film.reads = 5  # its first picture comes a tenth of a second after its clock's zero
    rig.sources["film"] = film
    rig.open("film")
    rig.next()
    assert rig.starts_s == pytest.approx(0.1)


def test_a_paused_film_waits_and_goes_on(rig: Rig, fake: Any) -> None:
    film = fake.Source(list(range(1, 100)), fps=50.0, is_film=True)
    rig.sources["film"] = film
    rig.open("film")
    rig.next()
    transport = rig.drivers[0].transport
    assert transport is not None
    transport.pause()
    time.sleep(0.05)
    rig.images.take()
    reads = film.reads
    time.sleep(0.2)
    assert rig.images.take() is None
    assert film.reads <= reads + 1
    transport.play()
    rig.drivers[0].wake.set()
    rig.next()


def test_seeking_a_film_shows_the_place_even_while_paused(rig: Rig, fake: Any) -> None:
    rig.sources["film"] = lambda: fake.Source(list(range(200)), fps=100.0, is_film=True)
    rig.open("film")
    rig.next()
    transport = rig.drivers[0].transport
    assert transport is not None
    transport.pause()
    time.sleep(0.05)
    rig.images.take()
    for place_s, brightness in ((1.5, 150), (0.4, 40)):
        rig.drivers[0].seek(place_s)
        assert _brightness(rig.next()) == brightness
        assert transport.position_s == pytest.approx(place_s)


def test_seeking_without_a_film_is_harmless(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source([10] * 100)
    rig.open("camera")
    rig.drivers[0].seek(1.0)
    rig.next()
    rig.drivers[0].seek(1.0)
    rig.next()
    assert rig.errors == []


def test_late_pictures_of_a_film_are_skipped(rig: Rig, fake: Any) -> None:
    film = fake.Source(list(range(200)), fps=100.0, is_film=True)
    quick = film.read

    def stalls_once(timeout_s: float) -> Any:
        if film.reads == 10:
            time.sleep(0.5)
        return quick(timeout_s)

    film.read = stalls_once
    rig.sources["film"] = film
    rig.open("film")
    rig.until(lambda: film.reads > 100)
    assert (
        20 <= rig.drivers[0].dropped - rig.images.dropped <= 60
    )  # 0.5 s at 100 a second, less what may be late


def test_a_film_that_is_always_late_is_tracked_now_and_then(rig: Rig, fake: Any) -> None:
    film = fake.Source(list(range(400)), fps=100.0, is_film=True)
    quick = film.read

    def slow(timeout_s: float) -> Any:
        time.sleep(0.03)  # a third of the pictures a second that the film has
        return quick(timeout_s)

    film.read = slow
    rig.sources["film"] = film
    rig.open("film")
    rig.until(lambda: film.reads > 40)
    found = [rig.next(), rig.next()]
    assert rig.drivers[0].dropped - rig.images.dropped > 10
    assert found[0] is not found[1]


def test_a_film_that_is_behind_shows_where_it_stands_once_it_is_paused(rig: Rig, fake: Any) -> None:
    film = fake.Source(list(range(250)), fps=50.0, is_film=True)
    quick = film.read

    def slow(timeout_s: float) -> Any:
        time.sleep(0.04)
        return quick(timeout_s)

    film.read = slow
    rig.sources["film"] = film
    rig.open("film")
    rig.until(lambda: film.reads > 30)
    transport = rig.drivers[0].transport
    assert transport is not None
    transport.pause()
    time.sleep(0.1)
    rig.images.take()
    assert _brightness(rig.next()) / 50 == pytest.approx(transport.position_s, abs=0.12)


def test_a_still_is_handed_on_a_few_times_and_then_rests(rig: Rig, fake: Any) -> None:
    still = fake.Source([])
    image = fake.picture(90)
    still.read = lambda timeout_s: (time.sleep(0.005), image)[1]
    rig.sources["still"] = still
    rig.open("still")
    count = 0
    while rig.images.wait(0.3) is not None:
        count += 1
    assert 1 <= count <= 5


def test_nothing_queues_up_when_nobody_takes(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source(list(range(1, 60)), fps=500.0)
    rig.open("camera")
    rig.until(lambda: rig.images.dropped >= 58)
    assert _brightness(rig.next()) == 59
    assert rig.images.take() is None


def test_ends_while_a_film_waits_for_its_next_picture(rig: Rig, fake: Any) -> None:
    film = fake.Source([10, 20], fps=0.1, is_film=True)
    rig.sources["film"] = film
    rig.open("film")
    rig.next()
    rig.drivers[0].stop()
    assert rig.drivers[0].join(1.0)
    assert film.is_closed
