from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from app.panels.capture_check import CaptureCheckPanel
from avatar_core.training.capture_findings import Finding, Severity

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

FINDINGS = (
    Finding(Severity.ERROR, "2 mattes are empty.", "Make them again.", ("face/1", "face/2")),
    Finding(Severity.NOTE, "There is no series test."),
)


@pytest.fixture
def panel(qtbot: QtBot) -> CaptureCheckPanel:
    widget = CaptureCheckPanel()
    qtbot.addWidget(widget)
    widget.resize(360, 400)
    widget.show()
    return widget


def test_progress_then_findings(panel: CaptureCheckPanel) -> None:
    panel.show_progress(0.5, "Looking at face/1")
    assert panel.summary == "Looking at face/1 …"
    assert panel._progress.isVisible()
    panel.show_findings(FINDINGS)
    assert not panel._progress.isVisible()
    assert panel.summary == "The check has found 1 error and 1 note."
    assert [card.message.text() for card in panel.cards] == [f.message for f in FINDINGS]
    assert panel.cards[0].hint.text() == "Make them again."
    assert not panel.cards[1].hint.isVisible()


def test_a_click_on_a_finding_shows_where_it_is(qtbot: QtBot, panel: CaptureCheckPanel) -> None:
    panel.show_findings(FINDINGS)
    with qtbot.waitSignal(panel.frame_requested) as told:
        qtbot.mouseClick(panel.cards[0], Qt.MouseButton.LeftButton)
    assert told.args == ["face/1"]
    with qtbot.assertNotEmitted(panel.frame_requested):
        qtbot.mouseClick(panel.cards[1], Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("findings", [(), FINDINGS[1:]])
def test_a_good_capture_is_called_good(
    panel: CaptureCheckPanel, findings: tuple[Finding, ...]
) -> None:
    panel.show_findings(FINDINGS)
    panel.show_findings(findings)
    assert panel.summary.startswith("Nothing is wrong")
    assert len(panel.cards) == len(findings)


def test_it_can_be_stopped_and_begun_again(qtbot: QtBot, panel: CaptureCheckPanel) -> None:
    panel.show_progress(0.1, "Looking")
    with qtbot.waitSignal(panel.stop_requested):
        qtbot.mouseClick(panel._stop, Qt.MouseButton.LeftButton)
    panel.show_stopped()
    assert panel.summary == "The check was stopped."
    with qtbot.waitSignal(panel.check_requested):
        qtbot.mouseClick(panel._again, Qt.MouseButton.LeftButton)
