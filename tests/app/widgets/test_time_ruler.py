from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.widgets.time_ruler import TimeRuler
from app.widgets.times import clock
from app.widgets.waveform import movement_peaks, waveform_peaks

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def ruler(qtbot: QtBot) -> TimeRuler:
    widget = TimeRuler()
    qtbot.addWidget(widget)
    widget.resize(216, 80)  # 200 pixels of time between the margins
    widget.set_duration(10.0)
    widget.show()
    return widget


def test_press_and_drag_ask_for_times(qtbot: QtBot, ruler: TimeRuler) -> None:
    asked: list[float] = []
    ruler.scrubbed.connect(asked.append)
    with qtbot.waitSignals([ruler.scrub_started, ruler.scrub_ended]):
        qtbot.mousePress(ruler, _LEFT, pos=QPoint(108, 40))
        qtbot.mouseMove(ruler, QPoint(158, 40))
        qtbot.mouseRelease(ruler, _LEFT, pos=QPoint(158, 40))
    assert asked[0] == pytest.approx(5.0)
    assert asked[-1] == pytest.approx(7.5)


def test_times_stay_within_the_material(qtbot: QtBot, ruler: TimeRuler) -> None:
    asked: list[float] = []
    ruler.scrubbed.connect(asked.append)
    qtbot.mouseClick(ruler, _LEFT, pos=QPoint(1, 40))
    qtbot.mouseClick(ruler, _LEFT, pos=QPoint(214, 40))
    assert asked == [0.0, 10.0]


def test_arrow_keys_go_a_second_and_home_to_the_start(qtbot: QtBot, ruler: TimeRuler) -> None:
    asked: list[float] = []
    ruler.scrubbed.connect(asked.append)
    ruler.set_position(4.0)
    qtbot.keyClick(ruler, Qt.Key.Key_Right)
    qtbot.keyClick(ruler, Qt.Key.Key_Left)
    qtbot.keyClick(ruler, Qt.Key.Key_Home)
    qtbot.keyClick(ruler, Qt.Key.Key_End)
    assert asked == [5.0, 3.0, 0.0, 10.0]


def test_without_material_there_is_nothing_to_scrub(qtbot: QtBot, ruler: TimeRuler) -> None:
    ruler.set_duration(None)
    with qtbot.assertNotEmitted(ruler.scrubbed):
        qtbot.mouseClick(ruler, _LEFT, pos=QPoint(100, 40))
    ruler.grab()


def test_the_playhead_stands_at_the_position(ruler: TimeRuler) -> None:
    ruler.set_position(5.0)
    row = ruler.grab().toImage()
    blue = [x for x in range(row.width()) if row.pixelColor(x, 60).blue() > 150]
    assert blue
    assert abs(np.mean(blue) - 108) <= 1


def test_it_paints_lanes_of_any_length(ruler: TimeRuler) -> None:
    for sound in (None, np.zeros(0, np.float32), np.ones(1, np.float32), np.ones(5000, np.float32)):
        ruler.set_lanes(sound, np.full(30, 0.5, np.float32))
        assert not ruler.grab().isNull()


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0, "0:00.00"), (7.25, "0:07.25"), (61.999, "1:02.00"), (3600, "1:00:00.00"), (-1, "0:00.00")],
)
def test_clock(time_s: float, text: str) -> None:
    assert clock(time_s) == text


def test_waveform_keeps_the_loudest_of_each_stretch() -> None:
    samples = np.zeros((100, 2), np.float32)
    samples[30, 1] = -0.8
    peaks = waveform_peaks(samples, 10)
    assert peaks.tolist() == pytest.approx([0, 0, 0, 0.8, 0, 0, 0, 0, 0, 0])


def test_waveform_of_no_sound_is_silence() -> None:
    assert waveform_peaks(np.zeros((0, 1), np.float32), 4).tolist() == [0, 0, 0, 0]


def test_more_bins_than_samples_still_fit() -> None:
    assert waveform_peaks(np.ones((2, 1), np.float32), 5).tolist() == [1] * 5


def test_movement_is_one_where_the_face_moves_most() -> None:
    weights = np.zeros((6, 52), np.float32)
    weights[3:, 0] = 0.5
    weights[5:, 1] = 0.25
    assert movement_peaks(weights, 6).tolist() == pytest.approx([0, 0, 0, 1, 0, 0.5])
    assert movement_peaks(np.zeros((3, 52), np.float32), 3).tolist() == [0, 0, 0]
