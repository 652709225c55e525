from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice
from PySide6.QtTest import QTest

if TYPE_CHECKING:
    from app.viewport.tools import ViewTool

PRESS, MOVE, RELEASE = (
    QEvent.Type.TabletPress,
    QEvent.Type.TabletMove,
    QEvent.Type.TabletRelease,
)
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
RIGHT, MIDDLE = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


def test_without_a_tool_the_mouse_moves_the_camera_as_ever(desk: Any) -> None:
    pose = desk.rig.pose
    desk.drag((120, 100), (140, 100), button=RIGHT)
    assert desk.rig.pose is pose
    desk.drag((120, 100), (140, 100))
    assert desk.rig.pose.yaw_rad < pose.yaw_rad
    assert not desk.view.hasMouseTracking()


def test_a_left_drag_is_the_tools(desk: Any, telling: Any) -> None:
    pose = desk.rig.pose
    desk.drag((100, 50), (110, 60), (120, 70), keys=SHIFT)
    assert telling.words == ["press", "drag", "release"]
    assert desk.rig.pose is pose
    _, pressed = telling.told[0]
    assert (pressed.x_px, pressed.y_px, pressed.pressure) == (100, 50, 1)
    assert pressed.modifiers == SHIFT


def test_every_sample_arrives_once_and_in_order(desk: Any, telling: Any) -> None:
    """However many come between two pictures."""
    desk.press(100, 50)
    places = [(100 + step, 50 + step // 2) for step in range(1, 90)]
    for place in places:
        desk.move(*place)
    desk.release(190, 94)
    assert [(each.x_px, each.y_px) for each in telling.samples()] == places
    times = [each.time_s for each in telling.samples()]
    assert times == sorted(times)
    assert telling.words[-1] == "release"
    assert len(telling.words) < 10  # together, not one by one


def test_moves_are_not_joined_while_a_tool_is_there(desk: Any, telling: Any) -> None:
    joins = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
    assert not QCoreApplication.testAttribute(joins)
    desk.mouse.set_tool(None)
    assert QCoreApplication.testAttribute(joins)


def test_a_press_the_tool_refuses_moves_the_camera(desk: Any, telling: Any) -> None:
    yaw_rad = desk.rig.pose.yaw_rad
    desk.drag((20, 100), (40, 100), (120, 100))
    desk.settle()
    assert "press" not in telling.words
    assert telling.samples() == []
    assert "leave" in telling.words
    assert desk.rig.pose.yaw_rad < yaw_rad
    desk.drag((100, 100), (120, 100))
    assert "press" in telling.words


@pytest.mark.parametrize("button", [RIGHT, MIDDLE])
def test_other_buttons_move_the_camera_over_the_head_too(
    desk: Any, telling: Any, button: Qt.MouseButton
) -> None:
    pose = desk.rig.pose
    desk.drag((120, 100), (140, 90), button=button)
    assert "press" not in telling.words
    assert (desk.rig.pose.yaw_rad != pose.yaw_rad) == (button == RIGHT)
    assert (desk.rig.pose.target != pose.target).any() == (button == MIDDLE)


def test_another_button_does_not_disturb_a_stroke(desk: Any, telling: Any) -> None:
    pose = desk.rig.pose
    desk.press(100, 50)
    desk.press(110, 50, RIGHT)
    desk.move(120, 60)
    desk.release(120, 60, RIGHT)
    desk.move(130, 60)
    desk.release(130, 60)
    assert [each.x_px for each in telling.samples()] == [120, 130]
    assert telling.words.count("press") == telling.words.count("release") == 1
    assert desk.rig.pose is pose


def test_only_the_newest_place_is_hovered(desk: Any, telling: Any) -> None:
    for x in (100, 105, 110):
        desk.move(x, 60)
    desk.qtbot.waitUntil(lambda: bool(telling.told) and telling.told[-1][1].x_px == 110)
    assert telling.words.count("hover") <= 3
    QCoreApplication.sendEvent(desk.view, QEvent(QEvent.Type.Leave))
    assert telling.words[-1] == "leave"


def test_the_wheel_zooms_and_with_alt_it_sizes_the_brush(desk: Any, telling: Any) -> None:
    steps: list[float] = []
    desk.mouse.size_stepped.connect(steps.append)
    far_m = desk.rig.pose.distance_m
    desk.wheel(QPoint(0, 120))
    assert desk.rig.pose.distance_m < far_m
    pose = desk.rig.pose
    desk.wheel(QPoint(0, -240), ALT)
    desk.wheel(QPoint(120, 0), ALT)
    QTest.keyClicks(desk.view, "[]]")
    assert steps == [-2, 1, -1, 1, 1]
    assert desk.rig.pose is pose


def test_escape_takes_a_stroke_back_and_the_rest_of_the_drag_means_nothing(
    desk: Any, telling: Any
) -> None:
    desk.press(100, 50)
    desk.move(110, 60)
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.move(120, 70)
    desk.release(120, 70)
    desk.settle()
    assert telling.words == ["press", "cancel"]


def test_keys_are_the_tools_only_while_something_is_begun(desk: Any, telling: Any) -> None:
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    QTest.keyClick(desk.view, Qt.Key.Key_Return)
    assert telling.words == []
    telling.busy = True
    QTest.keyClick(desk.view, Qt.Key.Key_Return)
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    assert telling.words == ["confirm", "cancel"]


def test_another_tool_ends_what_the_one_before_began(desk: Any, telling: Any) -> None:
    chosen: list[ViewTool | None] = []
    desk.mouse.tool_changed.connect(chosen.append)
    desk.press(100, 50)
    desk.mouse.set_tool(None)
    assert telling.words == ["press", "cancel", "leave"]
    desk.release(100, 50)
    assert telling.words == ["press", "cancel", "leave"]
    assert chosen == [None]
    desk.mouse.set_tool(None)
    assert chosen == [None]


def test_a_view_that_is_hidden_ends_a_stroke(desk: Any, telling: Any) -> None:
    desk.press(100, 50)
    desk.view.hide()
    assert telling.words[-1] == "cancel"


def test_the_cursor_is_the_tools(desk: Any, telling: Any) -> None:
    assert desk.view.cursor().shape() == Qt.CursorShape.CrossCursor
    desk.mouse.set_tool(None)
    assert desk.view.cursor().shape() == Qt.CursorShape.ArrowCursor


# The pen.


def test_a_pen_brings_pressure_and_tilt(desk: Any, telling: Any) -> None:
    assert desk.pen(PRESS, 100.25, 50.5, 0.3)
    assert desk.pen(MOVE, 110.5, 60.25, 0.7, (30, -60))
    assert desk.pen(MOVE, 111, 61, 0.9, (90, 0))
    assert desk.pen(RELEASE, 111, 61, 0.0)
    assert telling.words == ["press", "drag", "release"]
    _, pressed = telling.told[0]
    assert (pressed.x_px, pressed.y_px) == (100.25, 50.5)
    assert pressed.pressure == pytest.approx(0.3)
    first, second = telling.samples()
    assert first.pressure == pytest.approx(0.7)
    assert first.tilt == pytest.approx((0.5, -1.0))
    assert second.tilt == pytest.approx((1.0, 0.0))
    assert not first.is_eraser


def test_a_pen_turned_round_is_an_eraser(desk: Any, telling: Any) -> None:
    eraser = QPointingDevice(
        "Pen", 2, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Eraser,
        QInputDevice.Capability.Position, 1, 2,
    )  # fmt: skip
    desk.pen(PRESS, 100, 50, device=eraser)
    assert telling.told[0][1].is_eraser


def test_a_lifted_pen_hovers(desk: Any, telling: Any) -> None:
    assert desk.pen(MOVE, 100, 50, 0.0)
    desk.settle()
    assert telling.words == ["hover"]


def test_a_pen_beside_the_head_is_left_to_the_camera(desk: Any, telling: Any) -> None:
    """Qt then makes events of the mouse of it, which is up to the platform."""
    assert not desk.pen(PRESS, 20, 50)
    yaw_rad = desk.rig.pose.yaw_rad
    desk.press(20, 50)
    assert not desk.pen(MOVE, 60, 50)
    desk.move(60, 50)
    assert not desk.pen(RELEASE, 60, 50)
    desk.release(60, 50)
    assert "press" not in telling.words
    assert desk.rig.pose.yaw_rad < yaw_rad
    assert desk.pen(PRESS, 100, 50)
    assert telling.words[-1] == "press"
