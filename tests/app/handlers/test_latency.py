from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from app.handlers.flash_watch import FlashWatch
from app.handlers.flashes import Flashes
from app.handlers.latency import LatencyHandler
from app.viewport.show_clock import FrameTimes
from app.workers.driver_frame import DriverFrame, SeenDriver
from app.workers.status import DriverState, PerformanceStatus
from avatar_core.commands import SetSource
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.dialogs.latency import LatencyDialog
    from app.handlers.context import StudioContext

CAMERA = "camera:0"


class TestFlashWatch:
    def test_a_rise_after_a_flash_is_its_delay(self) -> None:
        watch = FlashWatch()
        for step in range(20):
            watch.note_picture(step / 30, 100.0 + step % 2)
        watch.note_flash(0.65)
        watch.note_picture(0.70, 101.0)
        assert watch.is_waiting
        watch.note_picture(0.75, 130.0)
        assert watch.delays_ms == [pytest.approx(100.0)]
        assert not watch.is_waiting

    def test_noise_is_no_flash(self) -> None:
        watch, rng = FlashWatch(), np.random.default_rng(3)
        for step in range(60):
            watch.note_picture(step / 30, float(rng.normal(100, 4)))
        watch.note_flash(2.0)
        for step in range(60, 120):
            watch.note_picture(step / 30, float(rng.normal(100, 4)))
        assert (watch.delays_ms, watch.missed) == ([], 1)

    def test_the_picture_before_is_not_counted_again(self) -> None:
        watch = FlashWatch()
        watch.note_picture(1.0, 10.0)
        watch.note_flash(1.05)
        watch.note_picture(1.0, 200.0)
        assert watch.is_waiting

    def test_a_camera_that_gives_no_more_pictures_has_missed_it(self) -> None:
        watch = FlashWatch()
        watch.note_flash(1.0)
        watch.expire(1.5)
        assert watch.is_waiting
        watch.expire(2.5)
        assert (watch.missed, watch.is_waiting) == (1, False)

    def test_what_was_captured_before_the_flash_cannot_show_it(self) -> None:
        watch = FlashWatch()
        watch.note_flash(1.0)
        watch.note_picture(0.99, 250.0)
        assert watch.delays_ms == []


def test_a_camera_that_looks_at_the_window_sees_its_flashes(qtbot: QtBot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    place.resize(60, 40)
    place.setStyleSheet("background: #202020")
    place.show()

    def newest() -> DriverFrame:
        colour = place.grab().toImage().pixelColor(30, 20)
        image = np.full((16, 16, 3), colour.red(), np.uint8)
        return DriverFrame(MotionFrame(), time.perf_counter(), seen=SeenDriver(image))

    flashes = Flashes(place, newest, count=2)
    watch = flashes.watch
    with qtbot.waitSignal(flashes.destroyed, timeout=20_000):
        pass
    assert (len(watch.delays_ms), watch.missed) == (2, 0)
    assert not any(child.isVisible() for child in place.findChildren(QWidget))


@pytest.fixture
def latency(
    context: StudioContext, engine: Any, view: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LatencyHandler]:
    context.push(SetSource.of(context.project, CAMERA))
    engine.answer = PerformanceStatus(drivers=(DriverState(CAMERA, "live"),))
    monkeypatch.setattr("app.handlers.latency._MEASURED_S", 0.3)
    handler = LatencyHandler(context, engine, view, lambda uri: {CAMERA: "Webcam"}.get(uri, uri))
    yield handler
    handler.shutdown()


@pytest.fixture
def dialog(latency: LatencyHandler, context: StudioContext) -> LatencyDialog:
    context.actions["perform.latency"].trigger()
    return latency.open()


class TestTheDialog:
    def test_it_names_the_driver_as_the_list_does(self, dialog: LatencyDialog) -> None:
        assert dialog.words.text() == "Ready to measure Webcam."

    def test_frames_are_followed_and_their_ages_told(
        self, qtbot: QtBot, view: Any, dialog: LatencyDialog
    ) -> None:
        dialog.measure.click()
        (follow,) = view.asked("follow_frames")[-1]
        for step in range(10):
            follow(FrameTimes(step, step + 0.04, step + 0.05))
        qtbot.waitUntil(lambda: dialog.values["p50_ms"].text() == "40 ms")
        assert dialog.values["screen_p95_ms"].text() == "50 ms"
        assert dialog.values["flash_p50_ms"].text() == "not yet"
        assert dialog.words.text() == "10 frames were followed."
        assert view.asked("follow_frames")[-1] == (None,)

    def test_nothing_moved_is_said(self, qtbot: QtBot, dialog: LatencyDialog) -> None:
        dialog.measure.click()
        qtbot.waitUntil(lambda: "No frame came" in dialog.words.text())
        assert not dialog.save.isEnabled()

    def test_a_second_click_ends_it_early(
        self, qtbot: QtBot, view: Any, dialog: LatencyDialog
    ) -> None:
        dialog.measure.click()
        qtbot.waitUntil(lambda: dialog.measure.text() == "Stop")
        dialog.measure.click()
        assert view.asked("follow_frames")[-1] == (None,)
        assert dialog.measure.text() == "Measure"

    def test_without_a_live_driver_there_is_nothing_to_measure(
        self, qtbot: QtBot, engine: Any, dialog: LatencyDialog
    ) -> None:
        assert dialog.measure.isEnabled()
        engine.answer = PerformanceStatus()
        qtbot.waitUntil(lambda: not dialog.measure.isEnabled())
        assert dialog.words.text() == "There is no live driver to measure."

    def test_only_cameras_see_flashes(
        self, qtbot: QtBot, context: StudioContext, engine: Any, dialog: LatencyDialog
    ) -> None:
        assert dialog.flash.isEnabled()
        context.push(SetSource.of(context.project, "mic:"))
        engine.answer = PerformanceStatus(drivers=(DriverState("mic:", "live"),))
        qtbot.waitUntil(lambda: not dialog.flash.isEnabled())
        assert dialog.measure.isEnabled()

    def test_results_are_kept_as_a_file(
        self, latency: LatencyHandler, dialog: LatencyDialog, tmp_path: Path
    ) -> None:
        latency.results = {"p50_ms": 41.5, "p95_ms": 60.0}
        latency.save(tmp_path / "latency.json")
        told = json.loads((tmp_path / "latency.json").read_text(encoding="utf-8"))
        assert told == {"driver": CAMERA, "p50_ms": 41.5, "p95_ms": 60.0}

    def test_a_folder_that_is_gone_is_told(
        self, context: StudioContext, latency: LatencyHandler, tmp_path: Path
    ) -> None:
        latency.save(tmp_path / "gone" / "latency.json")
        assert "could not be written" in context.toast.text

    def test_closing_it_stops_following(self, view: Any, dialog: LatencyDialog) -> None:
        dialog.measure.click()
        dialog.close()
        assert view.asked("follow_frames")[-1] == (None,)
