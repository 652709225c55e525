from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.dialogs.face_picker import FacePicker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_BOXES = ((100.0, 50.0, 200.0, 150.0), (300.0, 60.0, 360.0, 120.0), (320.0, 80.0, 350.0, 110.0))


@pytest.fixture
def picker(qtbot: QtBot) -> FacePicker:
    picture = QImage(400, 200, QImage.Format.Format_RGB888)
    picture.fill(Qt.GlobalColor.darkGreen)
    dialog = FacePicker(picture, _BOXES)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test asks it still
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitExposed(dialog)
    return dialog


def test_return_takes_the_largest(qtbot: QtBot, picker: FacePicker) -> None:
    with qtbot.waitSignal(picker.face_chosen) as told:
        qtbot.keyClick(picker.view, Qt.Key.Key_Return)
    assert told.args == [0]
    assert picker.result() == picker.DialogCode.Accepted


def test_a_click_takes_the_face_under_it(qtbot: QtBot, picker: FacePicker) -> None:
    with qtbot.waitSignal(picker.face_chosen) as told:
        place = picker.view.box(1).topLeft().toPoint()
        place += place.__class__(3, 3)
        qtbot.mouseClick(picker.view, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [1]


def test_a_face_before_another_is_the_smaller_one(qtbot: QtBot, picker: FacePicker) -> None:
    with qtbot.waitSignal(picker.face_chosen) as told:
        place = picker.view.box(2).center().toPoint()
        qtbot.mouseClick(picker.view, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [2]


def test_a_click_beside_all_faces_takes_none(qtbot: QtBot, picker: FacePicker) -> None:
    with qtbot.assertNotEmitted(picker.face_chosen):
        place = picker.view.picture_rect().topLeft().toPoint()
        place += place.__class__(5, 5)
        qtbot.mouseClick(picker.view, Qt.MouseButton.LeftButton, pos=place)
    assert picker.isVisible()


def test_arrows_light_another_and_escape_takes_none(qtbot: QtBot, picker: FacePicker) -> None:
    qtbot.keyClick(picker.view, Qt.Key.Key_Left)
    assert picker.view.face == 2
    qtbot.keyClick(picker.view, Qt.Key.Key_Right)
    qtbot.keyClick(picker.view, Qt.Key.Key_Right)
    assert picker.view.face == 1
    with (
        qtbot.assertNotEmitted(picker.face_chosen),
        qtbot.waitSignal(picker.rejected),
    ):
        qtbot.keyClick(picker.view, Qt.Key.Key_Escape)
