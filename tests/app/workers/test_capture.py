from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from app.workers.capture import CaptureLoop
from app.workers.latest import Latest
from app.workers.playback import Transport
from avatar_core.errors import AssetError, AvatarError, DeviceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.driving.frame_source import CapturedImage


class Rig:
    """A capture loop on fake sources."""

    def __init__(self) -> None:
        self.sources: dict[str, Any] = {}
        self.errors: list[AvatarError] = []
        self.changes = 0
        self.images: Latest[CapturedImage] = Latest()
        self.loop = CaptureLoop(
            self.images, self._open, self._transport, self.errors.append, self._changed
        )
        self.loop.start()

    def next(self, timeout_s: float = 2.0) -> CapturedImage:
        image = self.images.wait(timeout_s)
        assert image is not None, "no picture came"
        return image

    def until(self, condition: Any) -> None:
        deadline = time.perf_counter() + 2.0
        while not condition():
            assert time.perf_counter() < deadline
            time.sleep(0.002)

    def _open(self, uri: str) -> Any:
        if uri not in self.sources:
            raise AssetError(f"There is no file {uri}.", "Choose another.")
        return self.sources[uri]() if callable(self.sources[uri]) else self.sources[uri]

    def _transport(self, source: Any, starts_s: float) -> Transport:
        self.starts_s = starts_s
        return Transport(source.duration_s, is_looping=True)

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.loop.stop()
    assert made.loop.join(2.0)


def _brightness(image: CapturedImage) -> int:
    return int(image.image[0, 0, 0])


def test_hands_on_the_pictures_of_a_camera(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source([10, 20, 30])
    rig.loop.request("camera")
    assert [_brightness(rig.next()) for _ in range(3)] == [10, 20, 30]
    assert rig.loop.transport is None


def test_changes_the_source_and_closes_the_old_one(rig: Rig, fake: Any) -> None:
    first, second = fake.Source([10] * 1000), fake.Source([200] * 1000)
    rig.sources.update(first=first, second=second)
    rig.loop.request("first")
    assert _brightness(rig.next()) == 10
    rig.loop.request("second")
    rig.until(lambda: first.is_closed)
    rig.until(lambda: _brightness(rig.next()) == 200)
    rig.loop.request(None)
    rig.until(lambda: second.is_closed)
    assert not rig.loop.is_open


def test_a_missing_file_is_said_once_and_the_next_one_opens(rig: Rig, fake: Any) -> None:
    rig.sources["good"] = fake.Source([10])
    rig.loop.request("bad")
    rig.until(lambda: rig.errors)
    time.sleep(0.2)
    assert [error.message for error in rig.errors] == ["There is no file bad."]
    rig.loop.request("good")
    assert _brightness(rig.next()) == 10


def test_an_unplugged_camera_stops_and_can_be_chosen_again(rig: Rig, fake: Any) -> None:
    gone = DeviceError("Camera 0 no longer gives pictures.", "Check its cable.")
    first = fake.Source([10], error=gone)
    rig.sources["camera"] = first
    rig.loop.request("camera")
    assert _brightness(rig.next()) == 10
    rig.until(lambda: rig.errors)
    assert rig.errors == [gone]
    assert first.is_closed
    assert not rig.loop.is_open
    rig.sources["camera"] = fake.Source([20])
    rig.loop.request("camera")
    assert _brightness(rig.next()) == 20


def test_a_fault_in_a_source_does_not_end_the_thread(rig: Rig, fake: Any) -> None:
    rig.sources["broken"] = fake.Source([], error=RuntimeError("decoder"))
    rig.sources["good"] = fake.Source([10])
    rig.loop.request("broken")
    rig.until(lambda: rig.errors)
    assert "RuntimeError" in rig.errors[0].message
    rig.loop.request("good")
    assert _brightness(rig.next()) == 10


def test_a_film_keeps_its_own_pace_and_begins_again(rig: Rig, fake: Any) -> None:
    rig.sources["film"] = fake.Source([10, 20, 30, 40], fps=20.0, is_film=True)
    rig.loop.request("film")
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
    rig.loop.request("film")
    assert rig.next().time_s == pytest.approx(0.1)
    assert rig.starts_s == pytest.approx(0.1)


def test_a_paused_film_waits_and_goes_on(rig: Rig, fake: Any) -> None:
    film = fake.Source(list(range(1, 100)), fps=50.0, is_film=True)
    rig.sources["film"] = film
    rig.loop.request("film")
    rig.next()
    transport = rig.loop.transport
    assert transport is not None
    transport.pause()
    time.sleep(0.05)
    rig.images.take()
    reads = film.reads
    time.sleep(0.2)
    assert rig.images.take() is None
    assert film.reads <= reads + 1
    transport.play()
    rig.loop.wake.set()
    rig.next()


def test_seeking_a_film_shows_the_place_even_while_paused(rig: Rig, fake: Any) -> None:
    rig.sources["film"] = lambda: fake.Source(list(range(200)), fps=100.0, is_film=True)
    rig.loop.request("film")
    rig.next()
    transport = rig.loop.transport
    assert transport is not None
    transport.pause()
    time.sleep(0.05)
    rig.images.take()
    for place_s, brightness in ((1.5, 150), (0.4, 40)):
        rig.loop.seek(place_s)
        assert _brightness(rig.next()) == brightness
        assert transport.position_s == pytest.approx(place_s)


def test_seeking_without_a_film_is_harmless(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source([10] * 100)
    rig.loop.seek(1.0)
    rig.loop.request("camera")
    rig.next()
    rig.loop.seek(1.0)
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
    rig.loop.request("film")
    rig.until(lambda: film.reads > 100)
    assert 20 <= rig.loop.skipped <= 60  # 0.5 s at 100 a second, less what may be late


def test_a_still_is_handed_on_a_few_times_and_then_rests(rig: Rig, fake: Any) -> None:
    still = fake.Source([])
    image = fake.picture(90)
    still.read = lambda timeout_s: (time.sleep(0.005), image)[1]
    rig.sources["still"] = still
    rig.loop.request("still")
    count = 0
    while rig.images.wait(0.3) is not None:
        count += 1
    assert 1 <= count <= 5


def test_nothing_queues_up_when_nobody_takes(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source(list(range(1, 60)), fps=500.0)
    rig.loop.request("camera")
    rig.until(lambda: rig.images.dropped >= 58)
    assert _brightness(rig.next()) == 59
    assert rig.images.take() is None


def test_ends_while_a_film_waits_for_its_next_picture(rig: Rig, fake: Any) -> None:
    film = fake.Source([10, 20], fps=0.1, is_film=True)
    rig.sources["film"] = film
    rig.loop.request("film")
    rig.next()
    rig.loop.stop()
    assert rig.loop.join(1.0)
    assert film.is_closed
