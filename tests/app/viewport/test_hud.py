from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.theme import COLOURS
from app.viewport.hud import DrawReadings, Hud, hud_text
from app.workers.status import DriverState, PerformanceStatus, RecordingStatus

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

CAMERA = "camera:0"


@pytest.mark.parametrize(
    ("status", "state", "tone"),
    [
        (PerformanceStatus(), "Sliders", "text_dim"),
        (PerformanceStatus(source=CAMERA), "Waiting for a face", "text_dim"),
        (PerformanceStatus(source=CAMERA, tracking="tracked"), "Face tracked", "good"),
        (PerformanceStatus(source=CAMERA, tracking="lost"), "Face lost", "warning"),
        (PerformanceStatus(source="mic:", tracking="tracked"), "Voice heard", "good"),
        (PerformanceStatus(source="mic:", tracking="lost"), "Voice lost", "warning"),
        (PerformanceStatus(take_id="a", is_playing=True), "Take plays", "accent"),
        (PerformanceStatus(take_id="a", tracking="tracked"), "Take holds", "text_dim"),
    ],
)
def test_says_what_drives_and_how_that_goes(
    status: PerformanceStatus, state: str, tone: str
) -> None:
    text = hud_text(status, DrawReadings())
    assert text.state.startswith(state)
    assert text.tone == tone
    assert hasattr(COLOURS, tone)


def test_reads_rate_age_and_all_that_was_dropped() -> None:
    text = hud_text(PerformanceStatus(dropped=3), DrawReadings(29.7, 46.4, 2))
    assert dict(text.readings) == {"Rate": "30 fps", "Capture to screen": "46 ms", "Dropped": "5"}


def test_several_drivers_are_counted() -> None:
    camera, phone = DriverState(CAMERA, "live"), DriverState("vmc:39539", "lost")
    alone = hud_text(PerformanceStatus(drivers=(camera,)), DrawReadings())
    assert "Drivers live" not in dict(alone.readings)
    both = hud_text(PerformanceStatus(drivers=(camera, phone)), DrawReadings())
    assert dict(both.readings)["Drivers live"] == "1 of 2"


def test_slow_pictures_are_told_from_none() -> None:
    assert dict(hud_text(None, DrawReadings(2.34)).readings)["Rate"] == "2.3 fps"
    assert dict(hud_text(None, DrawReadings()).readings)["Rate"] == "at rest"


def test_stages_come_in_the_order_of_the_work() -> None:
    status = PerformanceStatus(stage_ms={"pose": 2.0, "track": 14.25, "mix": 0.01})
    text = hud_text(status, DrawReadings(stage_ms={"draw": 5.0, "sort": 0.3, "unknown": 9.0}))
    assert text.stages == (("track", 142), ("pose", 20), ("sort", 3), ("draw", 50))


def test_recordings_are_told_with_what_they_lost() -> None:
    clip = PerformanceStatus(recording=RecordingStatus(True, 72.9, 4))
    take = PerformanceStatus(recording=RecordingStatus(False, 5.0))
    assert hud_text(clip, DrawReadings()).badge == "Clip 1:12   4 dropped"
    assert hud_text(take, DrawReadings()).badge == "Take 0:05"
    over = replace(take, recording=RecordingStatus(False, 5.0, is_punch=True))
    assert hud_text(over, DrawReadings()).badge == "Over take 0:05"
    assert hud_text(PerformanceStatus(), DrawReadings()).badge == ""


def test_without_a_performance_it_speaks_of_the_picture() -> None:
    assert hud_text(None, DrawReadings(60.0)).state == "Neutral"


class _Window(QWidget):
    """A window with a HUD over it, and its picture as an array."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(480, 320)
        self.hud = Hud(self)
        self.hud.setGeometry(self.rect())
        self.paints = 0
        paint = self.hud.paintEvent

        def counted(event: Any) -> None:
            self.paints += 1
            paint(event)

        self.hud.paintEvent = counted  # type: ignore[method-assign]

    def pixels(self) -> np.ndarray:
        image = self.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        wide = rows[:, : 3 * image.width()].copy()  # the image goes with this function
        return wide.reshape(image.height(), image.width(), 3)


@pytest.fixture
def window(qtbot: QtBot) -> _Window:
    made = _Window()
    qtbot.addWidget(made)
    made.show()
    return made


def test_readings_can_be_hidden_but_a_recording_cannot(window: _Window) -> None:
    bare = window.pixels()
    status = PerformanceStatus(recording=RecordingStatus(True, 3.0))
    window.hud.show_text(hud_text(status, DrawReadings()))
    shown = window.pixels()
    assert (shown[:100, :150] != bare[:100, :150]).any()
    window.hud.set_readings_visible(False)
    hidden = window.pixels()
    assert (hidden[:100, :150] == bare[:100, :150]).all()
    assert (hidden[:40, 300:] != bare[:40, 300:]).any()


@pytest.mark.parametrize(("width", "has_stages"), [(600, True), (300, False)])
def test_a_narrow_view_keeps_the_face_clear_of_stages(
    window: _Window, width: int, has_stages: bool
) -> None:
    window.resize(width, 320)
    window.hud.resize(width, 320)
    bare = window.pixels()
    stages = dict.fromkeys(("upload", "sort", "draw", "gpu", "show"), 9.0)
    window.hud.show_text(hud_text(None, DrawReadings(stage_ms=stages)))
    below = (window.pixels() != bare)[130:, :200]
    assert below.any() == has_stages


def test_a_failure_covers_the_picture(window: _Window) -> None:
    window.hud.show_message("The viewport got no OpenGL 4.1 context.\n\nUpdate the driver.")
    pixels = window.pixels()
    assert (pixels[5, 5] == [0x1C] * 3).all()
    assert (pixels[120:200] > 150).any()


def test_equal_readings_need_no_repaint(window: _Window, qtbot: QtBot) -> None:
    window.hud.show_text(hud_text(None, DrawReadings(30.2)))
    qtbot.waitUntil(lambda: window.paints > 0, timeout=2000)
    qtbot.wait(50)
    before = window.paints
    window.hud.show_text(hud_text(None, DrawReadings(30.3)))
    qtbot.wait(50)
    assert window.paints == before
    window.hud.show_text(hud_text(None, DrawReadings(31.9)))
    qtbot.waitUntil(lambda: window.paints > before, timeout=2000)


def test_lets_the_mouse_through(window: _Window) -> None:
    assert window.childAt(window.rect().center()) is None
