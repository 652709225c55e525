"""Driving in the whole window, by mouse and keys; devices are stand-ins, all else is real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from app.handlers import drivers
from app.library import Portraits
from app.main_window import MainWindow
from app.workers import device_list
from app.workers.backends import Backends
from app.workers.performance import PerformanceEngine
from avatar_core.motion import ChannelGroup
from avatar_core.project.digest import digest
from avatar_core.session import Session
from tests.app.hands import LEFT, PATIENCE_MS, opened
from tests.app.hands import on_a_display as on_a_display
from tests.app.workers.conftest import (
    FakeMicrophone,
    FakePhone,
    FakeSource,
    FakeSpeech,
    FakeTracker,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from app.workers.status import DriverState
    from avatar_core.motion.driver_address import DriverAddress

pytestmark = [
    pytest.mark.window,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("on_a_display"),
]
CAMERA, MICROPHONE, PHONE = "camera:0", "mic:", "ifacialmocap:49983"


class Devices:
    """A camera whose face opens its jaw by a third, a loud microphone, a phone."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.brightness = [85] * 100_000

    def source(self, uri: str) -> FakeSource:
        self.opened.append(uri)
        return FakeSource(self.brightness)

    def microphone(self, address: DriverAddress) -> FakeMicrophone:
        self.opened.append(str(address))
        return FakeMicrophone()

    def phone(self, uri: str) -> FakePhone:
        self.opened.append(uri)
        return FakePhone()

    def backends(self) -> Backends:
        made: dict[str, Any] = {
            "open_source": self.source,
            "make_tracker": FakeTracker,
            "open_microphone": self.microphone,
            "make_speech": FakeSpeech,
            "open_phone": self.phone,
        }
        return Backends(**made)


@pytest.fixture
def devices() -> Devices:
    return Devices()


@pytest.fixture
def studio(
    qtbot: QtBot,
    preferences: Preferences,
    tmp_path: Path,
    devices: Devices,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MainWindow]:
    found = device_list.Devices(((CAMERA, "Webcam"),), (("mic:USB", "USB"),))
    monkeypatch.setattr(drivers, "list_devices", lambda: found)
    engine = PerformanceEngine(backends=devices.backends())
    window = MainWindow(Session(), engine, preferences, Portraits(tmp_path / "pictures"))
    window.windowing.restore_layout()
    window.resize(1280, 800)

    def is_ready() -> bool:
        return window.docks["mixer"].widget() is not None and _cameras(window) == ["Webcam"]

    with opened(qtbot, window, "perform", is_ready):
        yield window


def _cameras(studio: MainWindow) -> list[str]:
    return [action.text() for action in studio.driving.add_menu.cameras.actions()]


def _add(studio: MainWindow, branch: str, text: str) -> None:
    """Take a line of the menu that adds drivers."""
    menu = studio.driving.add_menu
    submenus = {menu.cameras.title(): menu.cameras, menu.microphones.title(): menu.microphones}
    actions = (submenus[branch] if branch else menu).actions()
    next(action for action in actions if action.text() == text).trigger()


def _state(studio: MainWindow, uri: str) -> DriverState | None:
    return next((each for each in studio._engine.status().drivers if each.uri == uri), None)


def _is_live(studio: MainWindow, uri: str) -> bool:
    state = _state(studio, uri)
    return state is not None and state.state == "live"


def _jaw(studio: MainWindow) -> float:
    motion = studio._engine.status().motion
    return -1.0 if motion is None else motion.weight("jawOpen")


def _click(widget: QWidget) -> None:
    QTest.mouseClick(widget, LEFT, pos=widget.rect().center())


def _tick(panel: QWidget, words: str) -> None:
    box = next(each for each in panel.findChildren(QCheckBox) if each.text() == words)
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))


def _see(studio: MainWindow, dock: str) -> None:
    studio.docks[dock].show()
    studio.docks[dock].raise_()


def test_a_camera_drives_and_a_microphone_takes_the_mouth_with_one_click(
    qtbot: QtBot, studio: MainWindow
) -> None:
    _add(studio, "Camera", "Webcam")
    qtbot.waitUntil(lambda: _is_live(studio, CAMERA), timeout=PATIENCE_MS)
    line = studio.driving.list.line(CAMERA)
    qtbot.waitUntil(lambda: line.words.text() == "Face tracked", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "fps" in line.numbers.text(), timeout=PATIENCE_MS)
    before = digest(studio.events.session.project)
    _see(studio, "mixer")
    panel = studio.perform.get().mixing.panel
    qtbot.waitUntil(panel.mouth.isVisible)
    _click(panel.mouth)
    qtbot.waitUntil(lambda: _is_live(studio, MICROPHONE), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: abs(_jaw(studio) - 0.5) < 0.05, timeout=PATIENCE_MS)
    assert panel.grid.row(ChannelGroup.JAW).drivers.text() == "Mic + Camera"
    studio.actions_table["edit.undo"].trigger()
    assert digest(studio.events.session.project) == before
    qtbot.waitUntil(lambda: _state(studio, MICROPHONE) is None, timeout=PATIENCE_MS)


@pytest.mark.slow
def test_the_level_of_a_microphone_is_seen_and_its_gain_dragged(
    qtbot: QtBot, studio: MainWindow, devices: Devices
) -> None:
    _add(studio, "Microphone", "Microphone of the system")
    settings = studio.driving.settings
    assert settings.meter is not None
    qtbot.waitUntil(lambda: settings.meter.level > 0.5, timeout=PATIENCE_MS)
    gain = settings.number("gain")
    middle = gain.rect().center()
    QTest.mousePress(gain, LEFT, pos=middle)
    QTest.mouseMove(gain, middle + middle / 8)
    QTest.mouseMove(gain, middle + middle / 4)
    QTest.mouseRelease(gain, LEFT, pos=middle + middle / 4)
    qtbot.waitUntil(lambda: "gain=" in studio.events.session.project.source, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "gain=" in devices.opened[-1], timeout=PATIENCE_MS)
    studio.actions_table["edit.undo"].trigger()
    assert studio.events.session.project.source == MICROPHONE


@pytest.mark.slow
def test_a_phone_is_opened_to_the_network_with_a_warning(
    qtbot: QtBot, studio: MainWindow, devices: Devices
) -> None:
    _add(studio, "", "iFacialMocap  (49983)")
    qtbot.waitUntil(lambda: _is_live(studio, PHONE), timeout=PATIENCE_MS)
    assert devices.opened == [PHONE]
    _tick(studio.driving.settings, "Open to the network")
    qtbot.waitUntil(lambda: len(devices.opened) == 2, timeout=PATIENCE_MS)
    assert devices.opened[-1] == f"{PHONE}?open=1"
    assert any("Anyone in this network" in each.text() for each in _labels(studio))


def _labels(studio: MainWindow) -> list[Any]:
    from PySide6.QtWidgets import QLabel

    return studio.driving.settings.findChildren(QLabel)


def test_a_key_takes_the_neutral_face_of_the_driver(qtbot: QtBot, studio: MainWindow) -> None:
    _add(studio, "Camera", "Webcam")
    qtbot.waitUntil(lambda: _is_live(studio, CAMERA), timeout=PATIENCE_MS)
    qtbot.wait(300)
    studio.view.setFocus()
    qtbot.keyClick(studio.view, Qt.Key.Key_C)
    project = studio.events.session.project
    qtbot.waitUntil(lambda: project.mixer.profile(CAMERA).neutral is not None)
    qtbot.waitUntil(lambda: abs(_jaw(studio)) < 0.02, timeout=PATIENCE_MS)
    _see(studio, "mixer")
    relative = studio.perform.get().mixing.panel.relative
    qtbot.waitUntil(relative.isVisible)
    QTest.mouseDClick(relative, LEFT, pos=relative.rect().center())
    relative.value_edited.emit(0.0)
    qtbot.waitUntil(lambda: abs(_jaw(studio) - 1 / 3) < 0.02, timeout=PATIENCE_MS)


@pytest.mark.slow
def test_drivers_change_places_and_go_by_mouse(
    qtbot: QtBot, studio: MainWindow, devices: Devices
) -> None:
    _add(studio, "Camera", "Webcam")
    _add(studio, "", "iFacialMocap  (49983)")
    qtbot.waitUntil(
        lambda: _is_live(studio, CAMERA) and _is_live(studio, PHONE), timeout=PATIENCE_MS
    )
    _click(studio.driving.list.line(PHONE).main)
    assert studio.events.session.project.source == PHONE
    qtbot.waitUntil(lambda: abs(_jaw(studio) - 0.6) < 0.02, timeout=PATIENCE_MS)
    assert devices.opened == [CAMERA, PHONE]  # nothing was opened twice
    _click(studio.driving.list.line(PHONE).remove)
    assert studio.driving.list.uris == [CAMERA]
    qtbot.waitUntil(lambda: _state(studio, PHONE) is None, timeout=PATIENCE_MS)


@pytest.mark.slow
def test_plots_show_each_driver_of_a_group(qtbot: QtBot, studio: MainWindow) -> None:
    from app.panels.plots import AVATAR, PlotSubject

    _add(studio, "", "iFacialMocap  (49983)")
    _see(studio, "plots")
    studio.plots.show_subject(PlotSubject.DRIVERS)
    qtbot.waitUntil(
        lambda: set(studio.plots.curve_names) == {AVATAR, "iFacialMocap"}, timeout=PATIENCE_MS
    )


@pytest.mark.slow
def test_the_latency_test_follows_frames_to_the_screen(
    qtbot: QtBot, studio: MainWindow, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.handlers.latency._MEASURED_S", 5.0)
    devices.brightness = [40, 90, 140, 190] * 25_000
    _add(studio, "Camera", "Webcam")
    qtbot.waitUntil(lambda: _is_live(studio, CAMERA), timeout=PATIENCE_MS)
    studio.actions_table["perform.latency"].trigger()
    dialog = studio.perform.get().latency.open()
    qtbot.waitUntil(dialog.measure.isEnabled)
    _click(dialog.measure)
    qtbot.waitUntil(lambda: "frames were followed" in dialog.words.text(), timeout=PATIENCE_MS)
    on_screen = [dialog.values[name].text() for name in ("screen_p50_ms", "screen_p95_ms")]
    assert all(float(text.removesuffix(" ms")) > 0 for text in on_screen)
    dialog.close()
