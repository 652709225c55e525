from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.widgets.range_histogram import RangeHistogram, ValueFormat

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bars(qtbot: QtBot) -> RangeHistogram:
    widget = RangeHistogram()
    qtbot.addWidget(widget)
    widget.resize(200, 80)
    widget.show()
    return widget


def _drag(bars: RangeHistogram, start: int, end: int) -> None:
    QTest.mousePress(bars, _LEFT, pos=QPoint(start, 20))
    QTest.mouseMove(bars, QPoint(end, 20))
    QTest.mouseRelease(bars, _LEFT, pos=QPoint(end, 20))


def test_bars_are_as_high_as_values_are_common(bars: RangeHistogram) -> None:
    values = np.concatenate([np.zeros(900), np.ones(100), [np.nan, np.inf]]).astype(np.float32)
    bars.show_values(values)
    assert bars.bars[0] == 1.0
    assert bars.bars[-1] == pytest.approx(1 / 3)  # the root of the ratio: rare ones show too
    assert not bars.bars[1:-1].any()


def test_one_stray_giant_does_not_squeeze_the_rest(bars: RangeHistogram) -> None:
    values = np.append(np.linspace(0, 1, 5000), 1000).astype(np.float32)
    bars.show_values(values)
    assert bars.value_at(200) < 1.01
    assert (bars.bars > 0.5).all()


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_without_values_there_is_nothing_to_drag(
    qtbot: QtBot, bars: RangeHistogram, values: list[float]
) -> None:
    bars.show_values(np.array(values, np.float32))
    with qtbot.assertNotEmitted(bars.range_chosen):
        _drag(bars, 20, 100)


def test_one_value_can_be_chosen(qtbot: QtBot, bars: RangeHistogram) -> None:
    bars.show_values(np.full(10, 0.5, np.float32))
    with qtbot.waitSignal(bars.range_chosen) as asked:
        _drag(bars, 0, 200)
    assert asked.args[:2] == [-np.inf, np.inf]


def test_an_end_of_the_range_is_dragged_on(qtbot: QtBot, bars: RangeHistogram) -> None:
    bars.show_values(np.linspace(0, 1, 1000, dtype=np.float32))
    _drag(bars, 50, 100)
    with qtbot.waitSignal(bars.range_chosen) as asked:
        _drag(bars, 101, 150)
    assert asked.args[0] == pytest.approx(0.25, abs=0.01)
    assert asked.args[1] == pytest.approx(0.75, abs=0.01)
    assert bars.chosen == pytest.approx((0.25, 0.75), abs=0.01)


def test_a_range_that_touches_an_end_takes_in_what_lies_beyond(
    qtbot: QtBot, bars: RangeHistogram
) -> None:
    bars.show_values(np.linspace(0, 1, 1000, dtype=np.float32))
    with qtbot.waitSignal(bars.range_chosen) as asked:
        _drag(bars, 100, 230)
    assert asked.args[0] == pytest.approx(0.5, abs=0.01)
    assert asked.args[1] == np.inf


def test_values_are_written_with_their_unit() -> None:
    assert ValueFormat(1000, 1, " mm").text(0.01234) == "12.3 mm"
    assert ValueFormat(100, 0, " %").text(-0.0001) == "0 %"
