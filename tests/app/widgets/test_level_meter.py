from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.theme import COLOURS
from app.widgets.level_meter import LevelMeter

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def meter(qtbot: QtBot) -> LevelMeter:
    widget = LevelMeter()
    qtbot.addWidget(widget)
    widget.resize(200, 8)
    widget.show()
    return widget


@pytest.mark.parametrize(
    ("level", "colour"),
    [(0.5, COLOURS.good), (0.85, COLOURS.warning), (0.97, COLOURS.record), (7.0, COLOURS.record)],
)
def test_colours_tell_how_loud_it_is(meter: LevelMeter, level: float, colour: str) -> None:
    meter.show_level(level)
    assert meter.colour == colour


def test_what_the_gate_stops_is_grey(meter: LevelMeter) -> None:
    meter.show_gate(-30)  # half the scale
    meter.show_level(0.45)
    assert meter.colour == COLOURS.text_off
    meter.show_level(0.55)
    assert meter.colour == COLOURS.good


def test_bar_and_mark_lie_where_they_should(meter: LevelMeter) -> None:
    meter.show_level(0.25)
    meter.show_gate(-15)
    image = meter.grab().toImage()
    colours = [image.pixelColor(x, 4).name() for x in (10, 60, 150)]
    assert colours == [COLOURS.text_off, COLOURS.field, COLOURS.text]


def test_no_gate_no_mark(meter: LevelMeter) -> None:
    meter.show_gate(-90)
    image = meter.grab().toImage()
    assert {image.pixelColor(x, 4).name() for x in range(200)} == {COLOURS.field}
