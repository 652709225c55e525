from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit

from app.panels.driver_kinds import DriverKind
from app.panels.driver_line import DriverEntry
from app.panels.driving import DrivingPanel
from app.workers.status import DriverState

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

CAMERA, MICROPHONE, PHONE = "camera:0", "mic:", "livelink:11111"
ENTRIES = (
    DriverEntry(CAMERA, "Webcam", is_main=True),
    DriverEntry(MICROPHONE, "Microphone"),
    DriverEntry(PHONE, "Live Link Face", is_used=False),
)


@pytest.fixture
def panel(qtbot: QtBot) -> DrivingPanel:
    widget = DrivingPanel()
    qtbot.addWidget(widget)
    widget.resize(392, 700)
    widget.show_drivers(ENTRIES, CAMERA)
    widget.show()
    return widget


def _words(widget: QWidget) -> str:
    QApplication.processEvents()  # which shows what has just come
    return " | ".join(
        label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)
    )


class TestList:
    def test_without_drivers_it_says_how_to_get_one(self, panel: DrivingPanel) -> None:
        panel.show_drivers((), "")
        assert "Only the sliders move the avatar." in _words(panel.list)
        assert not panel.list.view.isVisible()

    def test_it_says_how_each_does(self, panel: DrivingPanel) -> None:
        panel.show_readings(
            {
                CAMERA: DriverState(CAMERA, "live", 29.8, 41.6),
                PHONE: DriverState(PHONE, "failed", words="Port 11111 is taken."),
            }
        )
        camera, phone = panel.list.line(CAMERA), panel.list.line(PHONE)
        assert (camera.words.text(), camera.numbers.text()) == ("Face tracked", "30 fps  42 ms")
        assert phone.words.text() == "Port 11111 is taken."
        assert phone.numbers.text() == ""
        assert panel.list.line(MICROPHONE).words.text() == "Not listened to"
        panel.show_readings({PHONE: DriverState(PHONE, "live")})
        assert phone.words.text() == "Not in the mixer yet. Motion arrives"

    def test_all_that_is_wrong_with_the_chosen_one_can_be_read(self, panel: DrivingPanel) -> None:
        panel.show_drivers(ENTRIES, PHONE)
        words = "Port 11111 is taken by another program, which has to be closed first."
        panel.show_readings({PHONE: DriverState(PHONE, "failed", words=words)})
        assert panel.trouble.text() == words
        assert panel.trouble.isVisible()
        panel.show_readings({PHONE: DriverState(PHONE, "live")})
        assert not panel.trouble.isVisible()

    def test_the_trouble_of_one_driver_is_not_left_beside_another(
        self, panel: DrivingPanel
    ) -> None:
        panel.show_drivers(ENTRIES, MICROPHONE)
        panel.show_readings({MICROPHONE: DriverState(MICROPHONE, "failed", words="It is off.")})
        assert panel.trouble.text() == "It is off."
        panel.show_drivers(ENTRIES, CAMERA)
        assert not panel.trouble.isVisible()
        panel.show_drivers(ENTRIES, MICROPHONE)
        assert panel.trouble.text() == "It is off."
        panel.show_drivers((), "")
        assert not panel.trouble.isVisible()

    def test_silence_says_what_to_do_about_a_phone(self, panel: DrivingPanel) -> None:
        words = "Live Link Face sends nothing. Open the app."
        panel.show_readings({CAMERA: DriverState(CAMERA, "silent", words="No face is seen.")})
        assert not panel.trouble.isVisible()  # its line says all of it
        panel.show_drivers(ENTRIES, PHONE)
        panel.show_readings({PHONE: DriverState(PHONE, "silent", words=words)})
        assert panel.trouble.text() == words

    def test_lines_of_those_that_stay_are_kept(self, panel: DrivingPanel) -> None:
        line = panel.list.line(CAMERA)
        panel.show_drivers(ENTRIES, MICROPHONE)
        assert panel.list.line(CAMERA) is line

    def test_a_click_chooses_a_star_makes_main_and_a_cross_removes(
        self, qtbot: QtBot, panel: DrivingPanel
    ) -> None:
        left = Qt.MouseButton.LeftButton
        with qtbot.waitSignal(panel.chosen) as asked:
            QTest.mouseClick(panel.list.line(MICROPHONE).words, left)
        assert asked.args == [MICROPHONE]
        with qtbot.waitSignal(panel.main_requested) as asked:
            QTest.mouseClick(panel.list.line(PHONE).main, left)
        assert asked.args == [PHONE]
        with qtbot.waitSignal(panel.remove_requested) as asked:
            QTest.mouseClick(panel.list.line(PHONE).remove, left)
        assert asked.args == [PHONE]

    def test_delete_removes_the_chosen_one(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        with qtbot.waitSignal(panel.remove_requested) as asked:
            QTest.keyClick(panel.list.view, Qt.Key.Key_Delete)
        assert asked.args == [CAMERA]

    def test_showing_another_choice_asks_for_nothing(
        self, qtbot: QtBot, panel: DrivingPanel
    ) -> None:
        with qtbot.assertNotEmitted(panel.chosen):
            panel.show_drivers(ENTRIES, PHONE)


class TestAddMenu:
    def test_devices_and_takes_are_offered_by_name(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        menu = panel.add_menu
        menu.show_devices([(CAMERA, "Webcam")], [("mic:USB", "USB")])
        menu.show_takes([("take:1", "Monologue")])
        offered = {
            branch.title(): [action.text() for action in branch.actions()]
            for branch in (menu.cameras, menu.microphones, menu.takes)
        }
        assert offered == {
            "Camera": ["Webcam"],
            "Microphone": ["Microphone of the system", "USB"],
            "Take": ["Monologue"],
        }
        with qtbot.waitSignal(menu.driver_wanted) as asked:
            menu.cameras.actions()[0].trigger()
        assert asked.args == [CAMERA]

    def test_what_is_not_there_is_said(self, panel: DrivingPanel) -> None:
        panel.add_menu.show_devices((), ())
        (none,) = panel.add_menu.cameras.actions()
        assert (none.text(), none.isEnabled()) == ("No camera found", False)
        (none,) = panel.add_menu.microphones.actions()
        assert none.text() == "No microphone found"

    def test_phones_come_with_their_ports(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        texts = {action.text(): action for action in panel.add_menu.actions()}
        with qtbot.waitSignal(panel.add_menu.driver_wanted) as asked:
            texts["iFacialMocap  (49983)"].trigger()
        assert asked.args == ["ifacialmocap:49983"]

    def test_files_are_asked_for(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        texts = {action.text(): action for action in panel.add_menu.actions()}
        with qtbot.waitSignal(panel.add_menu.file_wanted) as asked:
            texts["Numbered pictures …"].trigger()
        assert asked.args == [DriverKind.SEQUENCE]


class TestSettings:
    def test_a_camera_is_asked_for_size_and_rate(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        panel.settings.show_driver("camera:0?fps=60")
        size = panel.settings.findChild(QComboBox)
        with qtbot.waitSignal(panel.settings.address_edited) as asked:
            size.activated.emit(size.findText("1280 x 720"))
        assert asked.args == ["camera:0?fps=60", "camera:0?fps=60&size=1280x720"]

    def test_a_size_that_is_not_offered_is_kept(self, panel: DrivingPanel) -> None:
        panel.settings.show_driver("camera:0?size=800x600")
        assert panel.settings.findChild(QComboBox).currentText() == "800 x 600"

    def test_a_drag_opens_the_microphone_anew_only_once(
        self, qtbot: QtBot, panel: DrivingPanel
    ) -> None:
        panel.settings.show_driver("mic:")
        asked: list[list[str]] = []
        panel.settings.address_edited.connect(lambda *uris: asked.append(list(uris)))
        gain = panel.settings.number("gain")
        for value in (1.0, 3.0, 6.0):
            gain.value_edited.emit(value)
        assert (gain.value, asked) == (6.0, [])
        qtbot.waitUntil(lambda: asked == [["mic:", "mic:?gain=6"]])

    def test_a_hand_that_rests_on_a_field_keeps_it(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        panel.settings.show_driver("mic:")
        panel.settings._apply.setInterval(1)
        gain = panel.settings.number("gain")
        middle = gain.rect().center()
        QTest.mousePress(gain, Qt.MouseButton.LeftButton, pos=middle)
        with qtbot.assertNotEmitted(panel.settings.address_edited, wait=30):
            QTest.mouseMove(gain, middle + middle / 4)
        with qtbot.waitSignal(panel.settings.address_edited):
            QTest.mouseRelease(gain, Qt.MouseButton.LeftButton, pos=middle + middle / 4)

    def test_the_gate_is_off_at_its_least(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        panel.settings.show_driver("mic:?gate=-50")
        gate = panel.settings.number("gate")
        assert gate.value == -50
        with qtbot.waitSignal(panel.settings.address_edited) as asked:
            gate.reset()
        assert asked.args == ["mic:?gate=-50", "mic:"]

    def test_the_level_reaches_the_meter_of_the_chosen_microphone(
        self, panel: DrivingPanel
    ) -> None:
        panel.settings.show_driver(MICROPHONE)
        panel.show_level({MICROPHONE: DriverState(MICROPHONE, "live", level=0.1)})
        assert panel.settings.meter is not None
        assert panel.settings.meter.level == pytest.approx(0.1)

    def test_a_phone_says_what_to_type_and_warns_when_it_is_open(
        self, qtbot: QtBot, panel: DrivingPanel
    ) -> None:
        panel.settings.show_driver(PHONE, ["192.168.1.20"])
        assert "Listens on this computer alone" in _words(panel.settings)
        assert "Anyone in this network" not in _words(panel.settings)
        with qtbot.waitSignal(panel.settings.address_edited) as asked:
            panel.settings.findChild(QCheckBox).click()
        assert asked.args == [PHONE, "livelink:11111?open=1"]
        panel.settings.show_driver("livelink:11111?open=1", ["192.168.1.20"])
        words = _words(panel.settings)
        assert "<b>192.168.1.20</b>, port <b>11111</b>" in words
        assert "Anyone in this network" in words

    def test_a_phone_can_be_asked_to_send(self, qtbot: QtBot, panel: DrivingPanel) -> None:
        panel.settings.show_driver("ifacialmocap:49983?open=1")
        field = panel.settings.findChild(QLineEdit)
        QTest.keyClicks(field, "192.168.1.7")
        with qtbot.waitSignal(panel.settings.address_edited) as asked:
            QTest.keyClick(field, Qt.Key.Key_Return)
        assert asked.args[1] == "ifacialmocap:49983?open=1&phone=192.168.1.7"

    def test_a_phone_that_is_asked_needs_no_open_port(self, panel: DrivingPanel) -> None:
        panel.settings.show_driver("ifacialmocap:49983?phone=192.168.1.7")
        assert "the port is open to it alone" in _words(panel.settings)

    def test_a_voice_takes_the_mouth_with_one_click(
        self, qtbot: QtBot, panel: DrivingPanel
    ) -> None:
        panel.settings.show_driver("sound:/voices/a.wav")
        with qtbot.waitSignal(panel.settings.mouth_wanted) as asked:
            panel.settings.mouth.click()
        assert asked.args == ["sound:/voices/a.wav"]
