from __future__ import annotations

import time
from typing import Any

import pytest

from tests.app.workers.picture_rig import Rig, brightness_of
from tests.app.workers.picture_rig import rig as rig


def test_a_film_keeps_its_own_pace_and_begins_again(rig: Rig, fake: Any) -> None:
    rig.sources["film"] = fake.Source([10, 20, 30, 40], fps=20.0, is_film=True)
    rig.clock = clock = fake.Clock()
    rig.open("film")
    seen = [rig.next()]
    for _ in range(7):
        assert rig.images.wait(0.03) is None  # before its time
        clock.forward(0.051)
        rig.drivers[0].wake.set()
        seen.append(rig.next())
    assert [brightness_of(image) for image in seen] == [10, 20, 30, 40] * 2
    assert [image.looped for image in seen] == [0] * 4 + [1] * 4


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
        assert brightness_of(rig.next()) == brightness
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
    stalls_s: list[float] = []

    def stalls_once(timeout_s: float) -> Any:
        if film.reads == 10:
            began_s = time.perf_counter()
            time.sleep(0.5)
            stalls_s.append(time.perf_counter() - began_s)
        return quick(timeout_s)

    film.read = stalls_once
    rig.sources["film"] = film
    rig.open("film")
    rig.until(lambda: film.reads > 100)
    skipped = rig.drivers[0].dropped - rig.images.dropped
    # What comes at 100 a second, less the tenth that may be late.
    assert skipped == pytest.approx(100 * (stalls_s[0] - 0.1), abs=20)


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
    assert brightness_of(rig.next()) / 50 == pytest.approx(transport.position_s, abs=0.12)


def test_ends_while_a_film_waits_for_its_next_picture(rig: Rig, fake: Any) -> None:
    film = fake.Source([10, 20], fps=0.1, is_film=True)
    rig.sources["film"] = film
    rig.open("film")
    rig.next()
    rig.drivers[0].stop()
    assert rig.drivers[0].join(1.0)
    assert film.is_closed
