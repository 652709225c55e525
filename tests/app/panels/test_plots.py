from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph
import pytest
from PySide6.QtWidgets import QLabel

from app.panels.channel_menu import ChannelMenu
from app.panels.plots import AVATAR, DEFAULT_CHANNELS, PlotsPanel, PlotSubject
from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> PlotsPanel:
    widget = PlotsPanel()
    qtbot.addWidget(widget)
    widget.resize(420, 240)
    widget.show()
    return widget


def _curves(panel: PlotsPanel) -> list[tuple[list[float], list[float]]]:
    items = panel.findChild(pyqtgraph.PlotWidget).listDataItems()
    return [tuple(axis.tolist() for axis in item.getData()) for item in items]


def test_it_draws_the_chosen_channels_against_time_ago(panel: PlotsPanel) -> None:
    panel.set_channels(["jawOpen"])
    for step in range(3):
        panel.append(10.0 + step, MotionFrame.from_units(jawOpen=step / 4), {})
    panel.redraw(12.0)
    assert _curves(panel) == [([-2.0, -1.0, 0.0], [0.0, 0.25, 0.5])]


def test_stages_come_and_go(panel: PlotsPanel) -> None:
    panel.append(0.0, None, {"pose": 1.0})
    panel.append(1.0, None, {"pose": 2.0, "track": 9.0})
    panel.show_subject(PlotSubject.STAGES)
    panel.redraw(1.0)
    assert set(panel.curve_names) == {"pose", "track"}
    assert ([0.0], [9.0]) in _curves(panel)
    panel.show_subject(PlotSubject.CHANNELS)
    panel.redraw(1.0)
    assert _curves(panel) == []


def test_the_menu_chooses_channels(qtbot: QtBot, panel: PlotsPanel) -> None:
    menu = panel.findChild(ChannelMenu)
    assert menu.ticked() == tuple(unit for unit in ARKIT_UNITS if unit in DEFAULT_CHANNELS)
    with qtbot.waitSignal(panel.channels_changed) as asked:
        menu.unit_action("cheekPuff").trigger()
    assert set(asked.args[0]) == {*DEFAULT_CHANNELS, "cheekPuff"}
    assert set(panel.channels) == {*DEFAULT_CHANNELS, "cheekPuff"}


def test_remembered_channels_that_do_not_exist_are_left_out(panel: PlotsPanel) -> None:
    panel.set_channels(["jawOpen", "earWiggle"])
    assert panel.channels == ("jawOpen",)
    legend = [label.text() for label in panel.findChildren(QLabel)]
    assert any("jawOpen" in text and "earWiggle" not in text for text in legend)


def test_nothing_is_drawn_while_hidden(panel: PlotsPanel) -> None:
    panel.hide()
    panel.append(0.0, MotionFrame(), {})
    panel.redraw(0.0)
    assert panel.findChild(pyqtgraph.PlotWidget) is None


def test_each_driver_of_a_group_has_a_curve_beside_the_avatars(panel: PlotsPanel) -> None:
    panel.show_subject(PlotSubject.DRIVERS)
    for step in range(2):
        spoken = MotionFrame.from_units(jawOpen=step / 2, mouthSmileLeft=1.0)
        panel.append(float(step), MotionFrame.from_units(jawOpen=step / 4), {})
        panel.append_drivers(float(step), {"Mic": spoken, "Camera <0>": MotionFrame()})
    panel.redraw(1.0)
    assert panel.curve_names == (AVATAR, "Mic", "Camera <0>")
    assert _curves(panel) == [
        ([-1.0, 0.0], [0.0, 0.25]),
        ([-1.0, 0.0], [0.0, 0.5]),
        ([-1.0, 0.0], [0.0, 0.0]),
    ]
    panel.group.setCurrentText("Lips")
    panel.redraw(1.0)
    assert ([-1.0, 0.0], [1.0, 1.0]) in _curves(panel)


def test_a_driver_that_is_gone_leaves_the_plot(panel: PlotsPanel) -> None:
    panel.show_subject(PlotSubject.DRIVERS)
    panel.append_drivers(0.0, {"Mic": MotionFrame()})
    panel.append(20.0, MotionFrame(), {})
    panel.append_drivers(20.0, {"Camera": MotionFrame()})
    panel.redraw(20.0)
    assert panel.curve_names == (AVATAR, "Camera")


def test_choosers_belong_to_their_subjects(panel: PlotsPanel) -> None:
    assert not panel.group.isVisible()
    panel.show_subject(PlotSubject.DRIVERS)
    assert panel.group.isVisible()


def test_a_face_at_rest_does_not_fill_the_plot(panel: PlotsPanel) -> None:
    panel.show_subject(PlotSubject.DRIVERS)
    for step in range(3):
        panel.append_drivers(float(step), {"Mic": MotionFrame.from_units(jawOpen=step / 1000)})
    panel.redraw(2.0)
    low, high = panel.findChild(pyqtgraph.PlotWidget).viewRange()[1]
    assert low >= 0
    assert high - low >= 1
    panel.show_subject(PlotSubject.CHANNELS)
    panel.redraw(2.0)
    assert panel.findChild(pyqtgraph.PlotWidget).viewRange()[1] == pytest.approx([0, 1], abs=0.05)
