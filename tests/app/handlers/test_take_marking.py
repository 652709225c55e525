from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QInputDialog

from app.workers.status import PerformanceStatus
from avatar_core.motion import Marker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.take_editing import TakeEditing
    from app.panels.timeline import TimelinePanel

pytestmark = pytest.mark.usefixtures("in_hand")


@pytest.fixture
def timeline(timeline: TimelinePanel) -> TimelinePanel:
    timeline.resize(816, 300)
    timeline.show()
    timeline.ruler.set_duration(2.0)
    return timeline


def stand(engine: Any, time_s: float) -> None:
    engine.answer = PerformanceStatus(take_id="first", position_s=time_s, duration_s=2.0)


def at(timeline: TimelinePanel, time_s: float) -> QPoint:
    return QPoint(round(timeline.ruler.axis.x(time_s, timeline.ruler.width())), 8)


def test_the_whole_take_is_in_hand_at_first(timeline: TimelinePanel) -> None:
    assert (timeline.ruler.marks.start_s, timeline.ruler.marks.end_s) == (0, 2.0)


def test_in_and_out_are_where_the_take_stands(
    context: StudioContext, engine: Any, editing: TakeEditing, timeline: TimelinePanel
) -> None:
    stand(engine, 0.5)
    context.actions["take.set_in"].trigger()
    stand(engine, 1.5)
    context.actions["take.set_out"].trigger()
    assert editing.hand.span == (0.5, 1.5)
    assert timeline.ruler.marks.end_s == 1.5
    stand(engine, 1.8)  # an in point behind the out point starts a new range
    context.actions["take.set_in"].trigger()
    assert editing.hand.span == (1.8, 2.0)
    stand(engine, 0.2)
    context.actions["take.set_out"].trigger()
    assert editing.hand.span == (0.0, 0.2)


def test_brackets_are_dragged(qtbot: QtBot, editing: TakeEditing, timeline: TimelinePanel) -> None:
    ruler, left = timeline.ruler, Qt.MouseButton.LeftButton
    with qtbot.assertNotEmitted(ruler.scrubbed):
        qtbot.mousePress(ruler, left, pos=at(timeline, 0.0))
        qtbot.mouseMove(ruler, at(timeline, 0.5))
        qtbot.mouseRelease(ruler, left, pos=at(timeline, 0.5))
    assert editing.hand.span[0] == pytest.approx(0.5, abs=0.01)
    qtbot.mousePress(ruler, left, pos=at(timeline, 2.0))
    qtbot.mouseMove(ruler, at(timeline, 0.1))  # never before the in point
    qtbot.mouseRelease(ruler, left, pos=at(timeline, 0.1))
    start_s, end_s = editing.hand.span
    assert 0 < end_s - start_s < 0.02


def test_keys_of_the_ruler_set_marks(
    qtbot: QtBot, engine: Any, editing: TakeEditing, timeline: TimelinePanel
) -> None:
    stand(engine, 0.75)
    for key in (Qt.Key.Key_I, Qt.Key.Key_M):
        qtbot.keyClick(timeline.ruler, key)
    stand(engine, 1.25)
    qtbot.keyClick(timeline.ruler, Qt.Key.Key_O)
    assert editing.hand.span == (0.75, 1.25)
    assert editing.hand.take is not None
    assert editing.hand.take.markers == (Marker(0.75, "Marker 1"),)


def test_markers_are_dragged_in_one_step_and_never_past_one_another(
    qtbot: QtBot, context: StudioContext, engine: Any, editing: TakeEditing,
    timeline: TimelinePanel,
) -> None:  # fmt: skip
    for time_s in (1.0, 0.5):
        stand(engine, time_s)
        context.actions["take.marker"].trigger()
    ruler, left = timeline.ruler, Qt.MouseButton.LeftButton
    qtbot.mousePress(ruler, left, pos=at(timeline, 0.5))
    for time_s in (0.6, 0.8, 1.7):
        qtbot.mouseMove(ruler, at(timeline, time_s))
    qtbot.mouseRelease(ruler, left, pos=at(timeline, 1.7))
    assert editing.hand.take is not None
    assert [marker.time_s for marker in editing.hand.take.markers] == [1.0, 1.0]
    context.session.undo()
    assert [m.time_s for m in context.project.takes["first"].markers] == [0.5, 1.0]


def test_a_marker_is_named_and_removed(
    context: StudioContext, engine: Any, editing: TakeEditing, timeline: TimelinePanel
) -> None:
    stand(engine, 0.5)
    context.actions["take.marker"].trigger()
    timeline.ruler.marker_activated.emit(0)
    dialog = timeline.findChild(QInputDialog)
    assert dialog is not None
    assert dialog.textValue() == "Marker 1"
    dialog.setTextValue("Smile")
    dialog.accept()
    assert context.project.takes["first"].markers == (Marker(0.5, "Smile"),)
    editing.marking.remove(0)
    assert context.project.takes["first"].markers == ()
    editing.marking.ask_name(7)  # one that is gone


def test_jumps_lead_to_the_next_thing_that_means_something(
    context: StudioContext, engine: Any, editing: TakeEditing, timeline: TimelinePanel
) -> None:
    asked: list[float] = []
    timeline.seek_requested.connect(asked.append)
    stand(engine, 0.5)
    context.actions["take.marker"].trigger()
    editing.hand.set_span(0.25, 2.0)
    stand(engine, 0.0)
    context.actions["take.next_marker"].trigger()
    stand(engine, 0.25)
    context.actions["take.next_marker"].trigger()
    stand(engine, 1.0)
    context.actions["take.previous_marker"].trigger()
    stand(engine, 0.0)
    context.actions["take.previous_marker"].trigger()
    assert asked == [0.25, 0.5, 0.5]


def test_frames_are_stepped_through(
    context: StudioContext, engine: Any, editing: TakeEditing, timeline: TimelinePanel
) -> None:
    asked: list[float] = []
    timeline.seek_requested.connect(asked.append)
    stand(engine, 10 / 30)
    context.actions["take.step_on"].trigger()
    context.actions["take.step_back"].trigger()
    stand(engine, 0.0)
    context.actions["take.step_back"].trigger()
    assert asked == pytest.approx([11 / 30, 9 / 30, 0.0])
