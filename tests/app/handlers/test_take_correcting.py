from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt

from avatar_core.motion import NO_CORRECTIONS
from avatar_core.project import digest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.take_editing import TakeEditing
    from app.panels.timeline import TimelinePanel
    from app.widgets.curve_lane import CurveLane
    from avatar_core.motion import Corrections, Take

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def timeline(timeline: TimelinePanel) -> TimelinePanel:
    timeline.resize(816, 360)
    timeline.show()
    timeline.ruler.set_duration(2.0)
    return timeline


@pytest.fixture(autouse=True)
def _shown_curve(editing: TakeEditing, in_hand: Take) -> None:
    editing.correcting.show_channel("jawOpen")


@pytest.fixture
def lane(editing: TakeEditing, timeline: TimelinePanel, qtbot: QtBot) -> CurveLane:
    qtbot.waitUntil(timeline.lane.isVisible)
    return timeline.lane


def corrections(context: StudioContext) -> Corrections:
    return context.project.takes["first"].corrections


def test_the_curve_of_a_channel_is_shown_and_hidden(
    timeline: TimelinePanel, editing: TakeEditing, lane: CurveLane
) -> None:
    assert lane.curve is not None
    assert (lane.curve.title, lane.curve.low, lane.curve.high) == ("jawOpen", 0, 1)
    editing.correcting.show_channel("headYaw")
    assert lane.curve is not None
    assert lane.curve.unit == "°"
    editing.correcting.show_channel("")
    assert not timeline.lane.isVisible()


def test_dragging_the_curve_corrects_that_moment_in_one_step(
    qtbot: QtBot, context: StudioContext, lane: CurveLane
) -> None:
    before = digest(context.project)
    start = lane.point(1.0, 0.5).toPoint()  # the jaw opens to a half in a second
    end = lane.point(1.0, 0.9).toPoint()
    qtbot.mousePress(lane, _LEFT, pos=start)
    for step in range(1, 6):
        qtbot.mouseMove(lane, start + (end - start) * step / 5)
    qtbot.mouseRelease(lane, _LEFT, pos=end)
    take = context.project.takes["first"]
    assert take.frame_at(1.0).weight("jawOpen") == pytest.approx(0.9, abs=0.02)
    assert take.frame_at(0.5).weight("jawOpen") == pytest.approx(0.25, abs=0.01)
    assert len(corrections(context).keys("jawOpen")) == 3
    context.session.undo()
    assert digest(context.project) == before


def test_a_key_is_dragged_in_time_and_height_between_its_neighbours(
    qtbot: QtBot, context: StudioContext, editing: TakeEditing, lane: CurveLane
) -> None:
    editing.correcting.add_key(1.0, 0.9)
    key = lane.point(1.0, 0.9).toPoint()
    qtbot.mousePress(lane, _LEFT, pos=key)
    qtbot.mouseMove(lane, lane.point(1.1, 0.7).toPoint())
    qtbot.mouseRelease(lane, _LEFT, pos=lane.point(1.1, 0.7).toPoint())
    assert lane.chosen == 1
    moved = corrections(context).keys("jawOpen")[1]
    assert moved.time_s == pytest.approx(1.1, abs=0.01)
    assert context.project.takes["first"].frame_at(moved.time_s).weight("jawOpen") == (
        pytest.approx(0.7, abs=0.02)
    )
    qtbot.mousePress(lane, _LEFT, pos=lane.point(1.1, 0.7).toPoint())
    qtbot.mouseMove(lane, QPoint(lane.width() - 1, 40))
    qtbot.mouseRelease(lane, _LEFT, pos=QPoint(lane.width() - 1, 40))
    times = [key.time_s for key in corrections(context).keys("jawOpen")]
    assert times == sorted(times)
    assert len(times) == 3


def test_shift_keeps_the_time(qtbot: QtBot, context: StudioContext, lane: CurveLane) -> None:
    lane.key_added.emit(1.0, 0.9)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(lane, _LEFT, shift, lane.point(1.0, 0.9).toPoint())
    lane._drag(lane.point(1.3, 0.6), is_upright=True)
    qtbot.mouseRelease(lane, _LEFT, shift, lane.point(1.3, 0.6).toPoint())
    assert corrections(context).keys("jawOpen")[1].time_s == 1.0


def test_delete_takes_the_chosen_key_away(
    qtbot: QtBot, context: StudioContext, lane: CurveLane
) -> None:
    lane.key_added.emit(1.0, 0.9)
    lane.choose(1)
    qtbot.keyClick(lane, Qt.Key.Key_Delete)
    assert [key.value for key in corrections(context).keys("jawOpen")] == [0, 0]
    lane.choose(-1)
    qtbot.keyClick(lane, Qt.Key.Key_Delete)
    assert len(corrections(context).keys("jawOpen")) == 2


def test_double_click_sets_a_key(qtbot: QtBot, context: StudioContext, lane: CurveLane) -> None:
    qtbot.mouseDClick(lane, _LEFT, pos=lane.point(0.5, 0.8).toPoint())
    take = context.project.takes["first"]
    assert take.frame_at(0.5).weight("jawOpen") == pytest.approx(0.8, abs=0.03)


def test_pressing_beside_the_curve_scrubs(
    qtbot: QtBot, context: StudioContext, timeline: TimelinePanel, lane: CurveLane
) -> None:
    asked: list[float] = []
    timeline.seek_requested.connect(asked.append)
    qtbot.mouseClick(lane, _LEFT, pos=lane.point(0.5, 0.95).toPoint())
    assert asked == pytest.approx([0.5], abs=0.01)
    assert corrections(context) == NO_CORRECTIONS


def test_head_turns_are_corrected_in_degrees(context: StudioContext, editing: TakeEditing) -> None:
    editing.correcting.show_channel("headYaw")
    editing.correcting.add_key(1.0, 10.0)
    turn = context.project.takes["first"].frame_at(1.0).head_rotation
    assert turn[1] == pytest.approx(math.radians(10))


def test_corrections_are_bypassed_baked_and_removed(
    context: StudioContext, editing: TakeEditing
) -> None:
    actions = context.actions
    assert not actions["take.bypass"].isEnabled()
    editing.correcting.add_key(1.0, 0.9)
    actions["take.bypass"].trigger()
    assert corrections(context).is_bypassed
    assert context.project.takes["first"].frame_at(1.0).weight("jawOpen") == pytest.approx(0.5)
    context.session.undo()
    assert not actions["take.bypass"].isChecked()
    actions["take.bake_corrections"].trigger()
    baked = context.project.takes["first"]
    assert baked.corrections == NO_CORRECTIONS
    assert baked.frame_at(1.0).weight("jawOpen") == pytest.approx(0.9)
    context.session.undo()
    actions["take.clear_corrections"].trigger()
    assert corrections(context) == NO_CORRECTIONS


def test_channels_with_keys_are_marked(editing: TakeEditing, timeline: TimelinePanel) -> None:
    from app.panels.take_tools import TakeTools

    tools = timeline.findChild(TakeTools)
    assert tools is not None
    editing.correcting.add_key(1.0, 0.9)
    marked = [tools.channel.itemText(at) for at in range(tools.channel.count())]
    assert "◆ jawOpen" in marked
    assert sum(text.startswith("◆") for text in marked) == 1
    assert tools.channel.currentData() == "jawOpen"
