from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import Any

import pytest

from app.workers import driver_loop
from app.workers.driver_frame import DriverFrame
from avatar_core.errors import DeviceError, WeightsError
from tests.app.workers.picture_rig import Rig, brightness_of
from tests.app.workers.picture_rig import rig as rig


def test_hands_on_the_pictures_of_a_camera(rig: Rig, fake: Any) -> None:
    rig.sources["camera"] = fake.Source([10, 20, 30])
    rig.open("camera")
    assert [brightness_of(rig.next()) for _ in range(3)] == [10, 20, 30]
    assert rig.drivers[0].transport is None


def test_gives_the_source_back_when_it_stops(rig: Rig, fake: Any) -> None:
    source = fake.Source([10] * 1000)
    rig.sources["camera"] = source
    driver = rig.open("camera")
    assert brightness_of(rig.next()) == 10
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
    assert brightness_of(rig.next()) == 10


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
    assert brightness_of(rig.next()) == 10


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
    rig.until(lambda: driver.state.fps > 5)
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
    assert brightness_of(rig.next()) == 59
    assert rig.images.take() is None
