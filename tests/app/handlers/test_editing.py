from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.handlers.editing import EditHandler
from app.panels.expression import ExpressionPanel
from app.panels.history import HistoryPanel
from avatar_core.motion import ChannelGroup

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def expression(qtbot: QtBot, context: StudioContext) -> ExpressionPanel:
    panel, history = ExpressionPanel(), HistoryPanel()
    qtbot.addWidget(panel)
    qtbot.addWidget(history)
    EditHandler(context, panel, history).refresh()
    return panel


def _labels(context: StudioContext) -> list[str]:
    return [step.label for step in context.session.history.steps]


def test_a_slider_changes_the_project_and_shows_it(
    context: StudioContext, expression: ExpressionPanel
) -> None:
    expression.weights_edited.emit({"jawOpen": 0.4})
    assert context.project.expression.weight("jawOpen") == pytest.approx(0.4)
    assert expression.unit_slider("jawOpen").value == pytest.approx(0.4)
    assert context.session.dirty


def test_a_drag_is_one_step_however_many_moves_it_had(
    context: StudioContext, expression: ExpressionPanel
) -> None:
    expression.gesture_started.emit()
    for step in range(20):
        expression.weights_edited.emit({"jawOpen": step / 20})
    expression.gesture_ended.emit()
    assert _labels(context) == ["Set jawOpen"]
    context.actions["edit.undo"].trigger()
    assert expression.unit_slider("jawOpen").value == 0.0


def test_both_sides_in_one_drag_are_one_step(
    context: StudioContext, expression: ExpressionPanel
) -> None:
    expression.gesture_started.emit()
    for step in range(5):
        expression.weights_edited.emit({"mouthSmileLeft": step / 5, "mouthSmileRight": step / 5})
    expression.gesture_ended.emit()
    assert _labels(context) == ["Set mouthSmile of both sides"]
    assert context.project.expression.weight("mouthSmileRight") == pytest.approx(0.8)


def test_escape_takes_the_drag_back(context: StudioContext, expression: ExpressionPanel) -> None:
    expression.gesture_started.emit()
    expression.pose_edited.emit("head_rotation", 1, 0.3)
    expression.gesture_cancelled.emit()
    assert not context.project.expression.head_rotation.any()
    assert _labels(context) == []


def test_poses_reach_the_project(context: StudioContext, expression: ExpressionPanel) -> None:
    expression.pose_edited.emit("head_translation", 2, 0.05)
    expression.pose_edited.emit("gaze", 0, -0.1)
    assert context.project.expression.head_translation.tolist() == pytest.approx([0, 0, 0.05])
    assert context.project.expression.gaze.tolist() == pytest.approx([-0.1, 0])


def test_a_group_is_reset_alone_and_neutral_resets_all(
    context: StudioContext, expression: ExpressionPanel
) -> None:
    expression.weights_edited.emit({"jawOpen": 0.4})
    expression.weights_edited.emit({"eyeLookUpLeft": 0.4})
    expression.pose_edited.emit("gaze", 0, 0.2)
    expression.group_reset_requested.emit(ChannelGroup.GAZE)
    assert context.project.expression.weight("eyeLookUpLeft") == 0.0
    assert not context.project.expression.gaze.any()
    assert context.project.expression.weight("jawOpen") == pytest.approx(0.4)
    context.actions["edit.neutral"].trigger()
    assert not context.project.expression.weights.any()
    assert _labels(context)[-2:] == ["Reset Gaze", "Reset expression"]


def test_undo_and_redo_say_what_they_will_do(
    context: StudioContext, expression: ExpressionPanel
) -> None:
    undo, redo = context.actions["edit.undo"], context.actions["edit.redo"]
    assert not undo.isEnabled()
    expression.weights_edited.emit({"jawOpen": 0.4})
    assert undo.isEnabled()
    assert undo.text() == "&Undo Set jawOpen"
    undo.trigger()
    assert redo.text() == "&Redo Set jawOpen"
    redo.trigger()
    assert context.project.expression.weight("jawOpen") == pytest.approx(0.4)


def test_another_project_is_shown_at_once(
    context: StudioContext, expression: ExpressionPanel
) -> None:
    expression.weights_edited.emit({"jawOpen": 0.4})
    context.session.new()
    assert expression.unit_slider("jawOpen").value == 0.0
