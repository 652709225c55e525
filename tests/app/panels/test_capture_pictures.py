from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QAction

from app.panels.capture_pictures import CapturePictures
from avatar_core.training.captures import Capture, open_capture
from tests.avatar_core.training.conftest import capture_folder as capture_folder

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def capture(capture_folder: Path) -> Capture:
    return open_capture(capture_folder)


@pytest.fixture
def panel(qtbot: QtBot) -> CapturePictures:
    actions = [QAction(str(number)) for number in range(3)]
    widget = CapturePictures(actions[:2], actions[2:])
    qtbot.addWidget(widget)
    widget.resize(700, 400)
    widget.show()
    return widget


def shown(panel: CapturePictures) -> str:
    return "" if panel.frame is None else panel.frame.name


def test_the_first_frame_is_asked_for(
    qtbot: QtBot, panel: CapturePictures, capture: Capture
) -> None:
    assert panel.position == ""
    with qtbot.waitSignal(panel.frame_chosen) as told:
        panel.show_series(capture.series)
    assert told.args == [panel.frame]
    assert panel.position == "1 / 6 neutral, camera 0"


def test_steps_go_round(qtbot: QtBot, panel: CapturePictures, capture: Capture) -> None:
    panel.show_series(capture.series)
    panel.choose_series("hair")
    names = []
    for by in (1, 1, 1, -1):
        with qtbot.waitSignal(panel.frame_chosen):
            panel.step(by)
        names.append(shown(panel))
    assert names == ["hair/00000_01", "hair/00000_02", "hair/00000_00", "hair/00000_02"]


def test_a_frame_is_found_by_its_name(
    qtbot: QtBot, panel: CapturePictures, capture: Capture
) -> None:
    panel.show_series(capture.series)
    with qtbot.waitSignal(panel.frame_chosen) as told:
        panel.choose_frame("full/00001_02")
    assert told.args == [capture.series["full"][5]]
    with qtbot.assertNotEmitted(panel.frame_chosen):
        panel.choose_frame("full/99999_99")


def test_a_camera_is_found_in_the_series_and_moment_that_is_shown(
    panel: CapturePictures, capture: Capture
) -> None:
    panel.show_series(capture.series)
    panel.choose_frame("full/00001_02")
    panel.choose_camera(0)
    assert shown(panel) == "full/00001_00"
    panel.choose_camera(77)
    assert shown(panel) == "full/00001_00"


def test_pictures_and_failures_are_shown(panel: CapturePictures, capture: Capture) -> None:
    panel.show_series(capture.series)
    pixels = np.zeros((4, 7, 3), np.uint8)
    pixels[1, 2] = (10, 20, 30)
    panel.show_picture(pixels)
    pixels[:] = 0  # the picture keeps its own
    image = panel.picture.image
    assert (image.width(), image.height()) == (7, 4)
    assert image.pixelColor(2, 1).getRgb()[:3] == (10, 20, 30)
    panel.show_failure("It cannot be read.")
    assert panel.picture.words == "It cannot be read."


def test_without_a_capture_nothing_can_be_stepped_through(panel: CapturePictures) -> None:
    panel.step(1)
    panel.choose_camera(0)
    assert panel.frame is None
