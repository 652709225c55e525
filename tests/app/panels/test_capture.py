from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.panels.capture import CapturePanel
from app.widgets.camera_map import MappedCamera
from avatar_core.training.capture_summary import SeriesSummary

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SERIES = (
    SeriesSummary("hair", "learns the hair", 24, 24, 1, 24, 24, 24, (512, 512)),
    SeriesSummary("face", "learns the face", 1328, 8, 41, 1300, 0, 1328, (512, 512)),
)
CAMERAS = tuple(
    MappedCamera(index, np.float32([index, 0, 1]), np.float32([0, 0, -1])) for index in range(3)
)


@pytest.fixture
def panel(qtbot: QtBot) -> CapturePanel:
    widget = CapturePanel()
    qtbot.addWidget(widget)
    widget.resize(340, 600)
    widget.show()
    return widget


def show(panel: CapturePanel) -> None:
    panel.show_capture(Path("/captures/rosa"), SERIES, CAMERAS, (0, 0, 0))


def test_series_are_listed_with_what_they_have(panel: CapturePanel) -> None:
    show(panel)
    assert panel.words == "1,352 pictures of 512 x 512, 3 cameras"
    assert panel.rows == [
        ["hair", "24", "24", "24 of 24 mattes", "24 of 24 label pictures",
         "24 of 24 depth pictures"],
        ["face", "1,328", "8", "1300 of 1328 mattes", "0 of 1328 label pictures",
         "1328 of 1328 depth pictures"],
    ]  # fmt: skip
    assert len(panel.map.cameras) == 3


def test_a_click_on_a_series_asks_for_its_pictures(qtbot: QtBot, panel: CapturePanel) -> None:
    show(panel)
    with qtbot.waitSignal(panel.series_chosen) as told:
        panel.table.setCurrentItem(panel.table.topLevelItem(1))
    assert told.args == ["face"]
    with qtbot.assertNotEmitted(panel.series_chosen):
        panel.mark_series("hair")
    assert panel.table.currentItem() is panel.table.topLevelItem(0)


def test_recent_captures_are_offered(qtbot: QtBot, panel: CapturePanel) -> None:
    panel.show_recent([Path("/captures/rosa"), Path("/captures/omar")])
    assert [action.text() for action in panel.recent_menu.actions()] == ["rosa", "omar"]
    with qtbot.waitSignal(panel.recent_requested) as told:
        panel.recent_menu.actions()[1].trigger()
    assert told.args == [Path("/captures/omar")]


def test_reading_and_failing_are_told(panel: CapturePanel) -> None:
    show(panel)
    panel.show_opening(Path("/captures/omar"))
    assert panel.words == "Reading …"
    assert panel.rows == []
    panel.show_failure(Path("/captures/omar"), "It is no capture.")
    assert panel.words == "It is no capture."
    assert panel.map.cameras == ()
