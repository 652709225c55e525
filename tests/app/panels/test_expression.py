from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.panels.expression import ExpressionPanel
from app.panels.expression_rows import GROUP_ORDER, POSE_ROWS, unit_rows
from avatar_core.motion import ARKIT_UNITS, ChannelGroup, MotionFrame
from avatar_core.project import Expression

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> ExpressionPanel:
    widget = ExpressionPanel()
    qtbot.addWidget(widget)
    widget.resize(380, 900)
    widget.show()
    return widget


def _asked(panel: ExpressionPanel) -> list[dict[str, float]]:
    asked: list[dict[str, float]] = []
    panel.weights_edited.connect(asked.append)
    return asked


def test_all_52_units_have_a_slider_in_the_section_of_their_group() -> None:
    units = [unit for group in GROUP_ORDER for row in unit_rows(group) for unit in row.units]
    assert sorted(units) == sorted(ARKIT_UNITS)
    assert set(GROUP_ORDER) == set(ChannelGroup)


def test_left_and_right_share_a_row_with_the_left_first() -> None:
    rows = {row.label: row.units for row in unit_rows(ChannelGroup.LIPS)}
    assert rows["Smile"] == ("mouthSmileLeft", "mouthSmileRight")
    assert rows["Sideways"] == ("mouthLeft", "mouthRight")
    assert rows["Pucker"] == ("mouthPucker",)


def test_a_slider_asks_for_its_unit(panel: ExpressionPanel) -> None:
    asked = _asked(panel)
    panel.unit_slider("jawOpen").value_edited.emit(0.4)
    panel.unit_slider("eyeBlinkLeft").value_edited.emit(1.0)
    assert asked == [{"jawOpen": 0.4}, {"eyeBlinkLeft": 1.0}]


def test_linked_sides_move_together_but_sideways_does_not(panel: ExpressionPanel) -> None:
    asked = _asked(panel)
    panel.set_linked(True)
    panel.unit_slider("mouthSmileRight").value_edited.emit(0.5)
    panel.unit_slider("jawLeft").value_edited.emit(0.5)
    assert asked == [{"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}, {"jawLeft": 0.5}]


def test_a_drag_is_announced_as_one_gesture(qtbot: QtBot, panel: ExpressionPanel) -> None:
    slider = panel.unit_slider("jawOpen")
    with qtbot.waitSignals([panel.gesture_started, panel.gesture_ended, panel.gesture_cancelled]):
        slider.gesture_started.emit()
        slider.gesture_ended.emit()
        slider.gesture_cancelled.emit()


def test_poses_are_shown_in_the_natural_direction_and_asked_for_in_the_stored_one(
    panel: ExpressionPanel,
) -> None:
    asked: list[tuple[str, int, float]] = []
    panel.pose_edited.connect(lambda *request: asked.append(request))
    pitch = panel.pose_slider("head_rotation", 0)
    panel.show_expression(Expression(head_rotation=np.array([0.2, 0, 0], np.float32)))
    assert pitch.value == pytest.approx(-0.2)  # turning about +x looks down
    pitch.value_edited.emit(0.3)
    assert asked == [("head_rotation", 0, -0.3)]


def test_it_shows_the_expression_and_counts_what_is_changed(panel: ExpressionPanel) -> None:
    with_smile = Expression().with_weight("mouthSmileLeft", 0.5).with_weight("jawOpen", 0.25)
    asked = _asked(panel)
    panel.show_expression(with_smile)
    assert panel.unit_slider("mouthSmileLeft").value == 0.5
    assert panel.unit_slider("jawOpen").value == 0.25
    assert panel.unit_slider("mouthSmileRight").value == 0.0
    assert _note(panel, ChannelGroup.LIPS) == "Lips   1 changed"
    assert _note(panel, ChannelGroup.BROWS) == "Brows"
    assert asked == []


def _note(panel: ExpressionPanel, group: ChannelGroup) -> str:
    from PySide6.QtWidgets import QToolButton

    text: str = panel.sections[group].findChild(QToolButton, "section").text()
    return text


def test_search_finds_units_by_any_name_and_opens_their_sections(panel: ExpressionPanel) -> None:
    panel.sections[ChannelGroup.LIPS].set_open(False)
    panel.search("mouth smile")
    assert panel.unit_slider("mouthSmileLeft").isVisible()
    assert not panel.unit_slider("mouthFrownLeft").isVisible()
    assert not panel.sections[ChannelGroup.BROWS].isVisible()
    panel.search("Brows")
    assert panel.unit_slider("browInnerUp").isVisible()
    panel.search("")
    assert panel.sections[ChannelGroup.BROWS].isVisible()
    assert not panel.sections[ChannelGroup.LIPS].is_open  # folded by hand: stays folded


def test_reset_buttons_ask_for_everything_or_a_group(qtbot: QtBot, panel: ExpressionPanel) -> None:
    from PySide6.QtWidgets import QToolButton

    buttons = {button.toolTip(): button for button in panel.findChildren(QToolButton)}
    with qtbot.waitSignal(panel.reset_requested):
        buttons["Reset everything to neutral (N)"].click()
    with qtbot.waitSignal(panel.group_reset_requested) as asked:
        buttons["Reset Brows"].click()
    assert asked.args == [ChannelGroup.BROWS]


def test_live_marks_follow_the_avatar_without_moving_sliders(panel: ExpressionPanel) -> None:
    gaze = np.array([[0.1, 0.0], [0.3, 0.0]], np.float32)
    motion = MotionFrame(weights=MotionFrame.from_units(jawOpen=0.8).weights, gaze=gaze)
    before = panel.unit_slider("jawOpen").grab().toImage()
    panel.show_live(motion)
    assert panel.unit_slider("jawOpen").grab().toImage() != before
    assert panel.unit_slider("jawOpen").value == 0.0
    panel.show_live(None)
    assert panel.unit_slider("jawOpen").grab().toImage() == before


def test_every_pose_row_says_which_way_is_positive() -> None:
    assert all("Positive" in row.tip for rows in POSE_ROWS.values() for row in rows)
