from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.range_wizard import RangeStep, RangeWizard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
STEPS = (
    RangeStep("rest", "Relax your face", "Close your mouth."),
    RangeStep("smile", "Smile as strongly as you can", "Both corners up."),
)


@pytest.fixture
def wizard(qtbot: QtBot) -> Iterator[RangeWizard]:
    dialog = RangeWizard(STEPS, "Webcam", clock=lambda: 20 * time.monotonic())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    dialog._timer.setInterval(1)
    dialog.show()
    qtbot.addWidget(dialog)
    yield dialog
    dialog.close()


@pytest.fixture
def told(wizard: RangeWizard) -> list[tuple[str, bool]]:
    heard: list[tuple[str, bool]] = []
    wizard.watching.connect(lambda *each: heard.append(each))
    return heard


def test_it_asks_for_one_thing_after_the_other(qtbot: QtBot, wizard: RangeWizard) -> None:
    assert (wizard.heading.text(), wizard.count.text()) == ("Relax your face", "1 of 2")
    QTest.mouseClick(wizard.go, LEFT)
    qtbot.waitUntil(lambda: wizard.count.text() == "2 of 2")
    assert wizard.heading.text() == "Smile as strongly as you can"
    with qtbot.waitSignals([wizard.completed, wizard.accepted]):
        QTest.mouseClick(wizard.go, LEFT)


def test_the_face_counts_once_the_person_had_time_to_get_ready(
    qtbot: QtBot, wizard: RangeWizard, told: list[tuple[str, bool]]
) -> None:
    QTest.mouseClick(wizard.go, LEFT)
    assert "Get ready" in wizard.state.text()
    assert told == []
    qtbot.waitUntil(lambda: told == [("rest", True)])
    assert "Hold it" in wizard.state.text()
    qtbot.waitUntil(lambda: told == [("rest", True), ("rest", False)])


def test_a_window_that_hangs_makes_no_step_longer_and_skips_none(qtbot: QtBot) -> None:
    now_s = 0.0
    dialog = RangeWizard(STEPS, "Webcam", clock=lambda: now_s)
    qtbot.addWidget(dialog)
    told: list[bool] = []
    dialog.watching.connect(lambda _step, is_on: told.append(is_on))
    dialog.go.click()
    now_s = 60.0
    dialog._tick()
    assert told == [True]
    now_s = 61.9
    dialog._tick()
    assert "Hold it … 0" in dialog.state.text()
    now_s = 90.0
    dialog._tick()
    assert told == [True, False]
    assert dialog.count.text() == "2 of 2"


def test_steps_can_be_left_out_and_done_again(
    qtbot: QtBot, wizard: RangeWizard, told: list[tuple[str, bool]]
) -> None:
    with qtbot.waitSignal(wizard.skipped) as asked:
        QTest.mouseClick(wizard.skip, LEFT)
    assert asked.args == ["rest"]
    QTest.mouseClick(wizard.back, LEFT)
    assert wizard.step.id == "rest"
    assert not wizard.back.isEnabled()


def test_closing_it_in_the_middle_completes_nothing(
    qtbot: QtBot, wizard: RangeWizard, told: list[tuple[str, bool]]
) -> None:
    QTest.mouseClick(wizard.go, LEFT)
    qtbot.waitUntil(lambda: told == [("rest", True)])
    with qtbot.assertNotEmitted(wizard.completed):
        QTest.mouseClick(wizard.cancel, LEFT)
    assert told == [("rest", True), ("rest", False)]


def test_without_a_face_it_waits(wizard: RangeWizard) -> None:
    wizard.show_strength(None)
    assert wizard.state.text() == "No face is seen. Look at the camera."
    assert not wizard.go.isEnabled()
    wizard.show_strength(0.4)
    assert wizard.go.isEnabled()
    assert wizard.strength.value() == 40


def test_strength_stays_within_its_bar(wizard: RangeWizard) -> None:
    wizard.show_strength(1.7)
    assert wizard.strength.value() == 100
